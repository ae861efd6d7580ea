//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/securitytrax/adcimport"
)

// notifier posts what became of a run, as to a service that sends mails.
type notifier struct{ url string }

// Name is what the ledger knows it by.
func (notifier) Name() string { return "fleet" }

// Notify implements [adcimport.Notifier].
func (n notifier) Notify(ctx context.Context, s adcimport.Summary) error {
	body, err := json.Marshal(s) // ids, codes and counts
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, n.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Idempotency-Key", s.Notice)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusNoContent {
		return fmt.Errorf("the receiver of notices replied %s", res.Status)
	}
	return nil
}

// receiver is that service: it is idempotent by the notice's id.
type receiver struct {
	server *httptest.Server

	mu      sync.Mutex
	told    map[string][]adcimport.Summary // by run
	repeats int
	seen    map[string]bool
}

func newReceiver() *receiver {
	r := &receiver{told: make(map[string][]adcimport.Summary), seen: make(map[string]bool)}
	r.server = httptest.NewServer(r)
	return r
}

// ServeHTTP implements http.Handler.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	var s adcimport.Summary
	if err := json.NewDecoder(req.Body).Decode(&s); err != nil {
		http.Error(w, "not a summary", http.StatusBadRequest)
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if id := req.Header.Get("Idempotency-Key"); r.seen[id] {
		r.repeats++
	} else {
		r.seen[id] = true
		r.told[s.RunID] = append(r.told[s.RunID], s)
	}
	w.WriteHeader(http.StatusNoContent)
}

// of are the notices of a run.
func (r *receiver) of(runID string) []adcimport.Summary {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.told[runID]
}

// repeated is how many notices came again.
func (r *receiver) repeated() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.repeats
}
