package securitytrax

import (
	"context"
	"errors"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
)

// patience decides whether a request that did nothing is made again. It belongs
// to one request with all its attempts.
type patience struct {
	c      *client
	failed time.Time // when the last attempt did; at first, when the request was begun
	blamed int       // attempts that failed while the service answered others
	late   bool      // the service is away, and there is no time to wait for it
}

func (c *client) patience() *patience { return &patience{c: c, failed: time.Now()} }

// more says whether there is another attempt. What happens while the service
// answers nobody is not the request's fault, and does not count against
// MaxRetries.
func (p *patience) more(ctx context.Context) bool {
	pace := p.c.pace
	if _, over := pace.Over(); over {
		return false
	}
	before := p.failed
	away := pace.Patient(before)
	p.failed = time.Now()
	if !away {
		p.blamed++
	}
	if p.blamed > p.c.cfg.MaxRetries || p.c.cfg.MaxRetries == 0 {
		return false
	}
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= pace.Paused() {
		p.late = true
		return false
	}
	return true
}

// verdict makes an [*adcimport.PausedError] of the error of a request when the
// service stays away, or asks to be left alone, for longer than Config.MaxPause
// or than the call has time.
func (p *patience) verdict(ctx context.Context, e *APIError) error {
	if down, ok := errors.AsType[*pacing.DownError](e); ok {
		e.Err = errLeaveAlone
		return &adcimport.PausedError{Until: down.Until, Err: e}
	}
	if p.c.cfg.MaxPause < 0 || !away(e) || errors.Is(context.Cause(ctx), context.Canceled) {
		return e
	}
	if until, over := p.c.pace.Over(); over {
		return &adcimport.PausedError{Until: until, Err: e}
	}
	if p.late || errors.Is(e, context.DeadlineExceeded) && p.c.pace.Patient(p.failed) {
		return &adcimport.PausedError{Until: p.c.pace.RetryAt(), Err: e}
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
	if err != nil {
		_, down := errors.AsType[*pacing.DownError](err)
		return !down && !errors.Is(err, pacing.ErrNoTurn) && !errors.Is(err, errTooLong) &&
			!isCertificate(err) && r.more(ctx), nil
	}
	return troubled(resp.StatusCode) && r.more(ctx), nil
}

// troubled reports whether a status says that the service is busy or out of
// order, rather than what it makes of a request.
func troubled(status int) bool {
	return status == http.StatusTooManyRequests ||
		status >= http.StatusInternalServerError && status != http.StatusNotImplemented
}

// backoff is full jitter. What the service asks for is kept by the pacer, for
// all requests of the Sink.
func (r *repetition) backoff(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := r.c.cfg.backoff(attempt)
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
func (c Config) backoff(n int) time.Duration {
	return pacing.Backoff(n, c.MinBackoff, c.MaxBackoff)
}
