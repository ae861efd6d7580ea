package securitytrax_test

import (
	"errors"
	"io"
	"net/http"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// lateTransport gives up before it reads a body, and reads it afterwards, as
// net/http may when a request is canceled while its connection is written to.
type lateTransport struct{ body io.ReadCloser }

func (l *lateTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	l.body = r.Body
	return nil, errors.New("gave up")
}

// TestCreateCustomers_nothingGoesOutAfterTheAnswer shows that a request which
// was answered as not sent cannot be sent by the transport any more.
func TestCreateCustomers_nothingGoesOutAfterTheAnswer(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	late := &lateTransport{}
	sink := newSink(t, srv, func(c *securitytrax.Config) {
		c.Transport, c.MaxRetries = late, -1
		c.Credentials = accessToken("pat")
	})
	results, err := sink.CreateCustomers(t.Context(), customers(t, srv, 1))
	if err == nil || results[0].Status != adcimport.WriteNotSent {
		t.Fatalf("results = %+v, %v", results, err)
	}
	if n, err := late.body.Read(make([]byte, 100)); n != 0 || err == nil || errors.Is(err, io.EOF) {
		t.Errorf("read %d bytes, %v, after the answer", n, err)
	}
}
