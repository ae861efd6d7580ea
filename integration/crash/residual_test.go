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
	watch.create(t, cfg, &http.Transport{DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
		conn, err := (&net.Dialer{}).DialContext(ctx, network, addr)
		return &writeConn{Conn: conn, head: func() {}, body: func(p []byte, _, last bool) (int, error) {
			watch.written(true)
			if last {
				watch.over()
			}
			return conn.Write(p)
		}}, err
	}})
	if len(watch.spans) != windowWrites || watch.unchecked > 0 {
		t.Fatalf("%d writes of %d records, %d of them without a check", len(watch.spans), windowWrites, watch.unchecked)
	}
	watch.check(t)
}

// windowWrites is how many creates the window is measured with.
const windowWrites = 1000

// create creates records by a transport, one after the other.
func (w *windowWatch) create(t *testing.T, cfg childConfig, transport http.RoundTripper) {
	t.Helper()
	sink, err := securitytrax.New(securitytrax.Config{
		BaseURL: cfg.SecurityTraxURL, Profile: cfg.Profile, ISPID: cfg.ISPID, RequestsPerSecond: -1, Concurrency: 1,
		Credentials: securitytrax.Login(cfg.SinkUser, cfg.SinkPassword).WithIntegratorKey(cfg.IntegratorKey), Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	records := make([]adcimport.CustomerRecord, windowWrites)
	for i := range records {
		records[i] = adcimport.CustomerRecord{
			AlarmComID: strconv.Itoa(i + 1), FirstName: "A", LastName: "B", Phone1: "5550100", City: "C", State: "UT",
			SaleDate: "2026-01-02", OfficeID: cfg.OfficeID,
		}
	}
	if _, err := sink.CreateCustomers(checkedContext{t.Context(), w}, records); err != nil {
		t.Fatal(err)
	}
}

// check tells how long the window was, and fails when it is long.
func (w *windowWatch) check(t *testing.T) {
	t.Helper()
	slices.Sort(w.spans)
	n := len(w.spans)
	t.Logf("from the last check to the socket, %d writes: p50 %s, p99 %s, longest %s", n, w.spans[n/2], w.spans[n*99/100], w.spans[n-1])
	if p50 := w.spans[n/2]; p50 > 5*time.Millisecond {
		t.Errorf("half of the writes leave more than %s after the last check", p50)
	}
}

// windowWatch measures from each check of the right to write to the write.
type windowWatch struct {
	mu        sync.Mutex
	checked   time.Time
	span      time.Duration   // of the last part of a create that was written
	spans     []time.Duration // of the last parts
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

// written ends the window of what goes out. Each part of a body needs a check.
func (w *windowWatch) written(body bool) {
	now := time.Now()
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case !w.checked.IsZero():
		w.span = now.Sub(w.checked)
	case body:
		w.unchecked++
	}
	w.checked = time.Time{}
}

// over counts the window of a create whose last part was written.
func (w *windowWatch) over() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.spans = append(w.spans, w.span)
}
