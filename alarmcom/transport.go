package alarmcom

import (
	"compress/gzip"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/securitytrax/adcimport/internal/pacing"
)

// maxRedirects bounds how often one attempt is sent on within the same host.
const maxRedirects = 3

func newHTTPClient(cfg Config, p *pacing.Pacer) *http.Client {
	base := cfg.Transport
	if base == nil {
		base = newTransport()
	}
	return &http.Client{
		Transport:     &pacing.Transport{Base: base, Pacer: p, Timeout: cfg.Timeout},
		CheckRedirect: checkRedirect,
	}
}

// newTransport verifies TLS, as the zero tls.Config does, and reads no proxy
// from the environment.
func newTransport() *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
	}
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
