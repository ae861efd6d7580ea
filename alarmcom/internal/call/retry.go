package call

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/hurry"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
	"github.com/securitytrax/adcimport/internal/soap"
)

// checkRetry decides after each attempt: first with its response, and again
// with the error that reading the reply made. All operations only read, so a
// repeat is safe; what another attempt cannot change is not repeated, a refused
// login above all, which repeats would lock.
func (c *Call) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	c.note(resp)
	if hurry.Is(ctx) {
		return false, nil
	}
	c.pushed = pushed(resp, err)
	switch {
	case c.pushed:
		return c.patience.MorePushed(), nil
	case hurry.IsBrief(ctx):
		return false, nil
	case err == nil:
		return pacing.Overloaded(resp.StatusCode) && c.patience.More(), nil
	}
	return retryable(err) && !c.hung(err) && c.patience.More(), nil
}

// hung reports whether an attempt took longer than a call is repeated. One that has
// begun to report a failure has not: there is little time for the rest of that.
func (c *Call) hung(err error) bool {
	e, replied := errors.AsType[*Failure](err)
	page := replied && e.Status >= http.StatusBadRequest
	return errors.Is(err, pacing.ErrTimeout) && !page && c.Client.cfg.Timeout > service.PatientTime
}

// pushed reports whether an attempt failed because it came too fast.
func pushed(resp *http.Response, err error) bool {
	if err != nil {
		return errors.Is(err, adcimport.ErrRateLimited)
	}
	return pacing.Pushes(resp.StatusCode, resp.Header)
}

func retryable(err error) bool {
	if e, ok := errors.AsType[*Failure](err); ok {
		return retryableReply(e)
	}
	var down *pacing.DownError
	var limited *pacing.LimiterError
	var unverified *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	return !errors.Is(err, errRedirect) &&
		!errors.As(err, &down) && !errors.As(err, &limited) &&
		!errors.As(err, &unverified) && !errors.As(err, &authority)
}

func retryableReply(e *Failure) bool {
	var format *soap.FormatError
	var notJSON JSONError
	switch {
	case errors.Is(e.Err, adcimport.ErrRateLimited):
		return true
	case e.Fault != nil, errors.Is(e.Err, adcimport.ErrAuth), errors.Is(e.Err, adcimport.ErrDenied):
		return false
	case errors.As(e.Err, &format):
		return e.Status >= http.StatusInternalServerError ||
			format.Problem == soap.Truncated || format.Problem == soap.Empty
	case errors.As(e.Err, &notJSON):
		return e.Status >= http.StatusInternalServerError || notJSON == JSONTruncated || notJSON == JSONEmpty
	}
	return errors.Is(e.Err, pacing.ErrTimeout) || errors.Is(e.Err, errBrokenBody)
}

// backoff returns how long to wait before the next attempt: full jitter. What
// the service asks for is kept by the pacer, for all calls of the Client.
func (c *Call) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	status := 0
	wait := time.Duration(0)
	if n, waits := c.patience.Backoff(attempt, c.pushed); waits {
		wait = c.Client.Wait(n)
	}
	if resp != nil {
		status = resp.StatusCode
	}
	c.retries = attempt + 1
	c.Client.Log.LogAttrs(c.ctx, slog.LevelWarn, "alarmcom: call is repeated", slog.String("op", c.Op),
		slog.String("id", c.ID), slog.Int("status", status), slog.Int("attempt", attempt+1),
		slog.Duration("wait", max(wait, c.Client.Pace.Paused())))
	return wait
}

// note keeps what the service asked for in the head of a reply.
func (c *Call) note(resp *http.Response) {
	if resp == nil || !pacing.Overloaded(resp.StatusCode) {
		return
	}
	if hint := pacing.RetryAfter(resp.Header, time.Now()); hint > 0 {
		c.hint = hint
	}
}
