package alarmcom

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/soap"
)

const (
	backoffBase   = 500 * time.Millisecond
	backoffMax    = 30 * time.Second
	maxRetryAfter = 2 * time.Minute // one wait is never longer, whatever the service asks
)

// checkRetry decides after each attempt: first with its response, and again
// with the error that reading the reply made. All operations only read, so a
// repeat is safe; what another attempt cannot change is not repeated, a refused
// login above all, which repeats would lock.
func (c *call) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		return retryable(err), nil
	}
	return overloaded(resp.StatusCode), nil
}

// overloaded tells the statuses of a service that is busy or away.
func overloaded(status int) bool {
	switch status {
	case http.StatusTooManyRequests, http.StatusBadGateway,
		http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

func retryable(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return retryableReply(e)
	}
	var unverified *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	return !errors.Is(err, errRedirect) && !errors.Is(err, errNoWaiting) &&
		!errors.As(err, &unverified) && !errors.As(err, &authority)
}

func retryableReply(e *Error) bool {
	var format *soap.FormatError
	var notJSON jsonError
	switch {
	case errors.Is(e.Err, adcimport.ErrRateLimited):
		return true
	case e.Fault != nil, errors.Is(e.Err, adcimport.ErrAuth), errors.Is(e.Err, adcimport.ErrDenied):
		return false
	case errors.As(e.Err, &format):
		return e.Status >= http.StatusInternalServerError ||
			format.Problem == soap.Truncated || format.Problem == soap.Empty
	case errors.As(e.Err, &notJSON):
		return e.Status >= http.StatusInternalServerError || notJSON == errJSONTruncated || notJSON == errJSONEmpty
	}
	return errors.Is(e.Err, errTimeout) || errors.Is(e.Err, errBrokenBody)
}

// backoff answers how long to wait before the next attempt: full jitter, and no
// less than the service asks for, which holds for all calls of the Source.
func (c *call) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	status := 0
	wait := jitter(attempt)
	if resp != nil {
		status = resp.StatusCode
		if hint := retryAfter(resp.Header); hint > 0 {
			c.hint = hint
			hint = min(hint, maxRetryAfter)
			c.source.pace.pause(hint)
			wait = max(wait, hint)
		}
	}
	c.retries = attempt + 1
	c.source.log.LogAttrs(c.ctx, slog.LevelWarn, "alarmcom: call is repeated", slog.String("op", c.op.name),
		slog.String("id", c.id), slog.Int("status", status), slog.Int("attempt", attempt+1), slog.Duration("wait", wait))
	return wait
}

func jitter(attempt int) time.Duration {
	ceiling := backoffMax
	if attempt < 6 { // 500 ms << 6 is beyond the maximum
		ceiling = min(backoffMax, backoffBase<<attempt)
	}
	return rand.N(ceiling + 1) //nolint:gosec // jitter spreads load, it need not be secret
}

// retryAfter reads the header of that name: seconds, or a date, which is taken
// relative to the reply's own Date, so that a wrong clock here does no harm.
// 0, the past and what cannot be read are no hint.
func retryAfter(h http.Header) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if seconds, err := strconv.ParseInt(text, 10, 32); err == nil {
		return max(0, time.Duration(seconds)*time.Second)
	}
	until, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	now, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		now = time.Now()
	}
	return max(0, until.Sub(now))
}
