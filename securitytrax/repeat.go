package securitytrax

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport/internal/hurry"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// patience decides whether a request that did nothing is made again. It belongs
// to one request with all its attempts.
type patience struct {
	service.Patience

	c      *client
	most   time.Time // there is no time for another attempt after it; zero: there always is
	pushed bool      // the last attempt came too fast
	late   bool      // the service asks to be left alone, and there is no time to wait for it
}

func (c *client) patience() *patience {
	return &patience{Patience: service.NewPatience(c.pace, c.cfg.MaxRetries), c: c}
}

// more reports whether there is another attempt, and time for it.
func (p *patience) more(ctx context.Context, pushed bool) bool {
	more := p.More
	if p.pushed = pushed; pushed {
		more = p.MorePushed
	}
	if !more() {
		return false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= p.c.pace.Paused() {
		p.late = true
		return false
	}
	return true
}

// wait is a wait before a repetition, counted from 0, beside that of the pace.
func (p *patience) wait(attempt int) time.Duration {
	n, waits := p.Backoff(attempt, p.pushed)
	if !waits {
		return 0
	}
	wait := p.c.cfg.backoff(n)
	if !p.most.IsZero() {
		wait = max(0, min(wait, time.Until(p.most)))
	}
	return wait
}

// verdict says of a request when to come back, where it was not sent, or has no time
// to wait for that.
func (p *patience) verdict(e *APIError) *APIError {
	if down, ok := errors.AsType[*pacing.DownError](e); ok {
		e.Err, e.RetryAfter = errLeaveAlone, max(e.RetryAfter, time.Until(down.Until))
	} else if p.late {
		e.RetryAfter = max(e.RetryAfter, p.c.pace.Paused())
	}
	return e
}

// repetition is the retry policy of one request that changes nothing.
type repetition struct {
	*patience

	op, id string
}

func (r *repetition) client(plain *http.Client) *retryablehttp.Client {
	return &retryablehttp.Client{
		HTTPClient:   plain,
		RetryMax:     math.MaxInt, // patience knows
		CheckRetry:   r.again,
		Backoff:      r.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
}

func (r *repetition) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if hurry.Is(ctx) {
		return false, nil
	}
	if err != nil {
		_, down := errors.AsType[*pacing.DownError](err)
		_, limited := errors.AsType[*pacing.LimiterError](err)
		hung := errors.Is(err, pacing.ErrTimeout) && r.c.cfg.Timeout > service.PatientTime
		return !down && !limited && !hung && !errors.Is(err, errTooLong) && !isCertificate(err) && r.more(ctx, false), nil
	}
	return troubled(resp.StatusCode) && r.more(ctx, pacing.Pushes(resp.StatusCode, resp.Header)), nil
}

// troubled reports whether a status says that the service is busy or out of
// order, rather than what it makes of a request.
func troubled(status int) bool {
	return pacing.Overloaded(status) || status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// backoff is full jitter. What the service asks for is kept by the pacer, for
// all requests of the Sink.
func (r *repetition) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := r.wait(attempt)
	status := 0
	if resp != nil {
		status = resp.StatusCode
	}
	r.c.cfg.Logger.LogAttrs(context.Background(), slog.LevelWarn, "securitytrax: request is repeated", slog.String("op", r.op),
		slog.String("id", r.id), slog.Int("status", status), slog.Int("attempt", attempt+1),
		slog.Duration("wait", max(wait, r.c.pace.Paused())))
	return wait
}

// backoff is a wait before repetition n, counted from 0.
func (s settings) backoff(n int) time.Duration {
	return pacing.Backoff(n, s.minBackoff, s.maxBackoff)
}
