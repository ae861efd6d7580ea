package alarmcom

import (
	"compress/gzip"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"
)

// maxRedirects bounds how often one attempt is sent on within the same host.
const maxRedirects = 3

func newHTTPClient(cfg Config, p *pacer) *http.Client {
	base := cfg.Transport
	if base == nil {
		base = newTransport()
	}
	return &http.Client{
		Transport:     &attempts{base: base, pace: p, timeout: cfg.Timeout},
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

// attempts sends single attempts: each takes its turn, and then has a time of
// its own, up to the end of the reply's body.
type attempts struct {
	base    http.RoundTripper
	pace    *pacer
	timeout time.Duration
}

// RoundTrip keeps the rules of [http.RoundTripper].
func (a *attempts) RoundTrip(req *http.Request) (*http.Response, error) {
	if err := a.pace.wait(req.Context()); err != nil {
		if req.Body != nil {
			_ = req.Body.Close() // nothing was read of it
		}
		return nil, err
	}
	ctx, cancel := context.WithTimeoutCause(req.Context(), a.timeout, errTimeout)
	resp, err := a.base.RoundTrip(req.WithContext(ctx))
	if err != nil {
		err = timedOut(ctx, err)
		cancel()
		return nil, err
	}
	resp.Body = &timedBody{ReadCloser: resp.Body, ctx: ctx, cancel: cancel}
	return resp, nil
}

// timedOut replaces an error that the attempt's time limit made, so that it is
// not taken for the caller's deadline.
func timedOut(ctx context.Context, err error) error {
	if context.Cause(ctx) == errTimeout { //nolint:errorlint // the cause is compared by identity
		return errTimeout
	}
	return err
}

type timedBody struct {
	io.ReadCloser

	ctx    context.Context //nolint:containedctx // the attempt's own, ended by Close
	cancel context.CancelFunc
}

func (b *timedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // io.Reader answers io.EOF itself
		err = timedOut(b.ctx, err)
	}
	return n, err
}

func (b *timedBody) Close() error {
	defer b.cancel()
	return b.ReadCloser.Close()
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
