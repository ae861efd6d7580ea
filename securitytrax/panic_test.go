package securitytrax_test

import (
	"net/http"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// panickyTransport panics when the answer to the nth create is there.
type panickyTransport struct {
	base http.RoundTripper

	mu sync.Mutex
	n  int
}

func (p *panickyTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := p.base.RoundTrip(r)
	if r.Method == http.MethodPost && err == nil && resp.StatusCode == http.StatusCreated {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.n--; p.n == 0 {
			_ = resp.Body.Close()
			panic("transport")
		}
	}
	return resp, err
}

// A transport of the host's panics in a goroutine of the sink's (fault 47): the
// record may be there, so it is WriteUnknown, and the call ends with an error.
func TestTransportPanics(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		base := c.Transport
		if base == nil {
			base = new(http.Transport)
		}
		c.Transport, c.Concurrency = &panickyTransport{base: base, n: 3}, 1
	})
	res, err := sink.CreateCustomers(t.Context(), customers(t, srv, 5))
	want := []adcimport.WriteStatus{adcimport.WriteCreated, adcimport.WriteCreated, adcimport.WriteUnknown, adcimport.WriteNotSent, adcimport.WriteNotSent}
	if err == nil || len(res) != len(want) {
		t.Fatal(res, err)
	}
	for i := range want {
		if res[i].Status != want[i] {
			t.Errorf("record %d is %v: %v", i, res[i].Status, res[i].Err)
		}
	}
}
