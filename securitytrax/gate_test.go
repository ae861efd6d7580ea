package securitytrax_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/lease"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// heldUp is a transport that is held up when it sent what it got of a create's
// body.
type heldUp struct {
	base  http.RoundTripper
	begun func() // when it has read as much as it gets at once

	first, all []byte
}

func (h *heldUp) RoundTrip(r *http.Request) (*http.Response, error) {
	if !strings.HasSuffix(r.URL.Path, "/customers") {
		return h.base.RoundTrip(r)
	}
	buf := make([]byte, r.ContentLength)
	n, err := r.Body.Read(buf)
	if err != nil {
		return nil, err
	}
	h.first = buf[:n]
	h.begun()
	rest, err := io.ReadAll(r.Body)
	h.all = append(bytes.Clone(h.first), rest...)
	if err != nil {
		return nil, err
	}
	r = r.Clone(r.Context())
	r.Body = io.NopCloser(bytes.NewReader(h.all))
	return h.base.RoundTrip(r)
}

// TestCreateCustomers_heldUp shows that a create which is held up on its way does
// not become a whole request after the end of its lease, and that one is not cut
// off by a run that is only told to stop.
func TestCreateCustomers_heldUp(t *testing.T) {
	t.Parallel()
	const ttl = time.Minute
	tests := map[string]struct {
		meanwhile func(stop context.CancelFunc)
		want      adcimport.WriteStatus
		sent      bool
		err       error
	}{
		"not for long":             {func(context.CancelFunc) {}, adcimport.WriteCreated, true, nil},
		"past the lease":           {func(context.CancelFunc) { time.Sleep(ttl) }, adcimport.WriteUnknown, false, ledger.ErrLeaseLost},
		"while the run shall stop": {func(stop context.CancelFunc) { stop() }, adcimport.WriteCreated, true, nil},
		"past the end of a stopped run": {func(stop context.CancelFunc) {
			stop()
			time.Sleep(ttl)
		}, adcimport.WriteUnknown, false, ledger.ErrLeaseLost},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				srv := securitytraxtest.New()
				run, stop := context.WithCancel(t.Context())
				defer stop()
				held := &heldUp{begun: func() { tt.meanwhile(stop) }}
				sink := newSink(t, srv, func(c *securitytrax.Config) {
					held.base, c.Transport = c.Transport, held
					c.Timeout = 10 * ttl
				})
				recs := customers(t, srv, 1)
				keeper := lease.New(run, nil, ledger.Lease{TTL: ttl}, time.Now(), func(error) {}, func(ledger.Ask) {}, nil)
				ctx, cancel, err := keeper.Call(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				defer cancel()
				results, _ := sink.CreateCustomers(ctx, recs)
				if len(results) != 1 || results[0].Status != tt.want || !errors.Is(results[0].Err, tt.err) {
					t.Errorf("results = %+v, want status %d, %v", results, tt.want, tt.err)
				}
				if whole := len(held.all) > len(held.first); whole != tt.sent || len(held.first) == 0 {
					t.Errorf("sent %d bytes at first and %d in all", len(held.first), len(held.all))
				}
				if n := len(srv.Customers()); (n == 1) != tt.sent {
					t.Errorf("%d customers", n)
				}
			})
		})
	}
}
