package alarmcom

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/soap"
)

// checkRetry decides after each attempt: first with its response, and again
// with the error that reading the reply made. All operations only read, so a
// repeat is safe; what another attempt cannot change is not repeated, a refused
// login above all, which repeats would lock.
func (c *call) checkRetry(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	c.note(resp)
	if err == nil {
		return pacing.Overloaded(resp.StatusCode) && c.mayRepeat(), nil
	}
	return retryable(err) && c.mayRepeat(), nil
}

// mayRepeat says whether a call that failed may have another attempt. What
// happens while the service answers nobody is not the call's fault, and does not
// count against MaxRetries.
func (c *call) mayRepeat() bool {
	pace := c.source.pace
	if _, over := pace.Over(); over {
		return false
	}
	before := c.failed
	if c.failed = time.Now(); !pace.Patient(before) {
		c.blamed++
	}
	return c.blamed <= c.source.cfg.MaxRetries && c.source.cfg.MaxRetries > 0
}

func retryable(err error) bool {
	if e, ok := errors.AsType[*Error](err); ok {
		return retryableReply(e)
	}
	var down *pacing.DownError
	var unverified *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	return !errors.Is(err, errRedirect) && !errors.Is(err, pacing.ErrNoTurn) &&
		!errors.As(err, &down) &&
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
	return errors.Is(e.Err, pacing.ErrTimeout) || errors.Is(e.Err, errBrokenBody)
}

// backoff answers how long to wait before the next attempt: full jitter. What
// the service asks for is kept by the pacer, for all calls of the Source.
func (c *call) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	status := 0
	wait := c.source.wait(attempt)
	if resp != nil {
		status = resp.StatusCode
	}
	c.retries = attempt + 1
	c.source.log.LogAttrs(c.ctx, slog.LevelWarn, "alarmcom: call is repeated", slog.String("op", c.op.name),
		slog.String("id", c.id), slog.Int("status", status), slog.Int("attempt", attempt+1),
		slog.Duration("wait", max(wait, c.source.pace.Paused())))
	return wait
}

// note keeps what the service asked for in the head of a reply.
func (c *call) note(resp *http.Response) {
	if resp == nil || !pacing.Overloaded(resp.StatusCode) {
		return
	}
	if hint := pacing.RetryAfter(resp.Header, time.Now()); hint > 0 {
		c.hint = hint
	}
}
