//go:build unix

package crash_test

import (
	"context"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// TestResidualWindow stops an importer in the one place where nothing can hold
// its write back, and lets a successor finish. The request goes out when the
// process is woken: SecurityTrax has the record twice, unless it honours the
// idempotency key.
func TestResidualWindow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options []securitytraxtest.Option
		doubled int
	}{
		"without idempotency":             {nil, 1},
		"the idempotency key is honoured": {[]securitytraxtest.Option{securitytraxtest.WithIdempotencyKeys()}, 0},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, 400, newSQLite(t), "residual", tt.options...)
			late := w.wakeInWindow(t)
			var found findings
			w.content(&found, adcimport.KindCustomer)
			if found.Doubled != tt.doubled || found.Lost > 0 {
				t.Errorf("%d records doubled, want %d: %q", found.Doubled, tt.doubled, found.wrong)
			}
			t.Logf("a write arrived %s after the end of its lease; %d doubled", late.Round(time.Millisecond), found.Doubled)
		})
	}
}

// wakeInWindow stops a child in the window, lets a successor finish, wakes the
// child, and answers how long after the end of its lease its write arrived.
func (w *world) wakeInWindow(t *testing.T) time.Duration {
	t.Helper()
	stopped := w.stopAt(t, pointSocket, 10)
	end := time.Now().Add(stoppedTTL) // at the latest
	w.succeed(t)
	stopped.signal(t, syscall.SIGCONT)
	if code := stopped.exit(t); code != exitComplete {
		t.Errorf("the woken child ended with %d: %s", code, stopped.end.Stderr)
	}
	for range 100 { // the server may still be reading
		for _, a := range w.gateway.writes(stopped.cfg.Name) {
			if a.At.After(end) {
				return a.At.Sub(end)
			}
		}
		_ = pause(t.Context(), 10*time.Millisecond)
	}
	t.Fatal("no write came out of the window")
	return 0
}

// TestResidualWindow_isShort measures how long an undisturbed process is in the
// window, and that no write goes out without a check right before it.
func TestResidualWindow_isShort(t *testing.T) {
	t.Parallel()
	w := newWorld(t, 401, newSQLite(t), "window")
	cfg := w.config()
	var watch windowWatch
	sink, err := securitytrax.New(securitytrax.Config{
		BaseURL: cfg.SecurityTraxURL, Profile: cfg.Profile, ISPID: cfg.ISPID, RequestsPerSecond: -1, Concurrency: 1,
		Credentials: securitytrax.Login(cfg.SinkUser, cfg.SinkPassword).WithIntegratorKey(cfg.IntegratorKey),
		Transport: &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
			return &writeConn{Conn: conn, head: func() {}, body: func(p []byte, _, last bool) (int, error) {
				watch.written(last)
				return conn.Write(p)
			}}, err
		}},
	})
	if err != nil {
		t.Fatal(err)
	}
	records := make([]adcimport.CustomerRecord, 1000)
	for i := range records {
		records[i] = adcimport.CustomerRecord{
			AlarmComID: strconv.Itoa(i + 1), FirstName: "A", LastName: "B", Phone1: "5550100", City: "C", State: "UT",
			SaleDate: "2026-01-02", OfficeID: cfg.OfficeID,
		}
	}
	if _, err := sink.CreateCustomers(checkedContext{t.Context(), &watch}, records); err != nil {
		t.Fatal(err)
	}
	spans := watch.spans
	if len(spans) != len(records) || watch.unchecked > 0 {
		t.Fatalf("%d writes of %d records, %d of them without a check", len(spans), len(records), watch.unchecked)
	}
	slices.Sort(spans)
	t.Logf("from the last check to the socket, %d writes: p50 %s, p99 %s, longest %s",
		len(spans), spans[len(spans)/2], spans[len(spans)*99/100], spans[len(spans)-1])
	if p50 := spans[len(spans)/2]; p50 > 5*time.Millisecond {
		t.Errorf("half of the writes leave more than %s after the last check", p50)
	}
}

// windowWatch measures from each check of the right to write to the write.
type windowWatch struct {
	mu        sync.Mutex
	checked   time.Time
	spans     []time.Duration
	unchecked int
}

// checkedContext sees adcimport.CheckWrite look for the lease.
type checkedContext struct {
	context.Context //nolint:containedctx // it is a context
	watch           *windowWatch
}

// Value implements context.Context.
func (c checkedContext) Value(key any) any {
	if lease.IsKey(key) {
		c.watch.mu.Lock()
		defer c.watch.mu.Unlock()
		c.watch.checked = time.Now()
	}
	return c.Context.Value(key)
}

// written ends the window of a part of a create. The last part is what counts.
func (w *windowWatch) written(last bool) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.checked.IsZero() {
		w.unchecked++
	}
	if last {
		w.spans = append(w.spans, now.Sub(w.checked))
	}
	w.checked = time.Time{}
}
