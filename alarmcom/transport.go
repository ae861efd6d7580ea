package alarmcom

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// maxRedirects bounds how often one attempt is sent on within the same host.
const maxRedirects = 3

// idleTimeout is how long a connection is kept that nobody needs.
const idleTimeout = 90 * time.Second

func newHTTPClient(cfg Config, base http.RoundTripper, p *pacing.Pacer) *http.Client {
	return &http.Client{
		Transport:     &pacing.Transport{Base: base, Pacer: p, Timeout: cfg.Timeout},
		CheckRedirect: checkRedirect,
	}
}

func newTransport(cfg Config) http.RoundTripper {
	if cfg.Transport != nil {
		return cfg.Transport
	}
	return service.NewTransport(idleTimeout, cfg.MaxInFlight)
}

// checkRedirect follows a redirect only to the same host, by the same scheme and
// with the same method: the body holds the credentials, and a call that became a
// GET is none.
func checkRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	if len(via) > maxRedirects || next.Method != first.Method ||
		next.URL.Scheme != first.URL.Scheme || next.URL.Host != first.URL.Host {
		return errRedirect
	}
	return nil
}

// body answers a reader of resp's body, unpacked where the transport has not
// done that.
func body(resp *http.Response) (io.Reader, error) {
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip":
		r, err := gzip.NewReader(resp.Body)
		if err != nil {
			return nil, fmt.Errorf("unpack the reply: %w", err)
		}
		return r, nil
	}
	return nil, errBadReply
}
