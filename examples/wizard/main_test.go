package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The program brings the pages up, for each of its people their own.
func TestRun(t *testing.T) {
	t.Parallel()
	ctx, stop := context.WithCancel(t.Context())
	out, in := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		ended <- run(ctx, &settings{
			addr: "127.0.0.1:0", db: filepath.Join(t.TempDir(), "wizard.db"), customers: 50, pace: 1000, lease: 10 * time.Second,
		}, in)
	}()
	address, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	address = strings.TrimSuffix(strings.TrimSpace(address), "/")
	get := func(who, path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		req.AddCookie(&http.Cookie{Name: cookie, Value: who})
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		if err != nil {
			t.Fatal(err)
		}
		return res.StatusCode, string(body)
	}
	for _, tt := range []struct {
		who, path string
		status    int
		says      string
	}{
		{"maria", "/", http.StatusOK, "Acme Security"},
		{"maria", "/imports/acme/customers/start", http.StatusOK, "Alarm.com is connected."},
		{"maria", "/imports/bolt/", http.StatusNotFound, "Not here"},
		{"sam", "/imports/bolt/customers/filter", http.StatusOK, "Branch 300"},
		{"alex", "/", http.StatusOK, "Bolt Alarm &amp; Video"},
		{"nobody", "/", http.StatusUnauthorized, "Log in"},
		{"nobody", "/login", http.StatusOK, "Who are you?"},
		{"maria", "/elsewhere/alarmcom/customer/12", http.StatusOK, "customer 12 at alarmcom"},
	} {
		if status, body := get(tt.who, tt.path); status != tt.status || !strings.Contains(body, tt.says) {
			t.Errorf("%s gets %s: %d, without %q", tt.who, tt.path, status, tt.says)
		}
	}
	stop()
	if err := <-ended; err != nil {
		t.Error(err)
	}
}
