package webhook

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// checkRedirect follows 307 and 308 on the same host, which keep method and body.
func checkRedirect(req *http.Request, via []*http.Request) error {
	from := via[0].URL
	keeps := req.Response != nil &&
		(req.Response.StatusCode == http.StatusTemporaryRedirect || req.Response.StatusCode == http.StatusPermanentRedirect)
	if !keeps || len(via) > maxRedirects || req.URL.Scheme != from.Scheme || req.URL.Host != from.Host {
		return ErrRedirect
	}
	return nil
}

// checkRetry says whether an attempt is worth another one, now.
func checkRetry(ctx context.Context, res *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		return !errors.Is(err, ErrRedirect), nil
	}
	if asked := retryAfter(res, time.Now()); asked > maxRetryWait {
		return false, nil // the importer repeats the notice later
	}
	switch s := res.StatusCode; s {
	case http.StatusRequestTimeout, http.StatusTooEarly, http.StatusTooManyRequests:
		return true, nil
	default:
		return s >= 500 && s != http.StatusNotImplemented, nil
	}
}

// retryAfter is how long a receiver asks to be left alone.
func retryAfter(res *http.Response, now time.Time) time.Duration {
	text := res.Header.Get("Retry-After")
	if s, err := strconv.Atoi(text); err == nil {
		return time.Duration(s) * time.Second
	}
	if at, err := http.ParseTime(text); err == nil {
		return at.Sub(now)
	}
	return 0
}

// plain is an error without the address, which may be a secret.
func plain(ctx context.Context, err error) error {
	for _, known := range []error{ErrRedirect, context.Cause(ctx)} {
		if known != nil && errors.Is(err, known) {
			return known
		}
	}
	if u, ok := errors.AsType[*url.Error](err); ok && u.Timeout() {
		return ErrTimeout
	}
	if n, ok := errors.AsType[net.Error](err); ok && n.Timeout() {
		return ErrTimeout
	}
	return ErrUnreachable
}
