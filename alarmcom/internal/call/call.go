// Package call makes the calls of both transports to Alarm.com: one HTTP request
// with its attempts, paced, repeated within seconds, its reply bounded and its
// failure classified.
package call

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"net/http"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// Login is what a host's credentials have. It is asked for call by call, and kept
// in closures only.
type Login struct{ User, Password, Device, ClientID string }

// Client is what all calls of one account share. Make it with [NewClient].
type Client struct {
	cfg      service.Settings // without Transport and Limiter
	Pace     *pacing.Pacer
	Log      *slog.Logger
	Wait     func(attempt int) time.Duration // before a repeat
	http     func() *http.Client             // a transport may hold secrets, and what was sent
	provider func(context.Context) (Login, error)
	classify func(Fault) error // nil: no failure is known
}

// NewClient makes a Client of settings that were resolved. Classify may be nil.
func NewClient(cfg service.Settings, provider func(context.Context) (Login, error), classify func(Fault) error) *Client {
	c := &Client{Pace: newPacer(cfg), Log: cfg.Logger, Wait: wait, provider: provider, classify: classify}
	client := &http.Client{
		Transport:     &pacing.Transport{Base: cfg.Transport, Pacer: c.Pace, Timeout: cfg.Timeout},
		CheckRedirect: service.StayOnHost(errRedirect),
	}
	c.http = func() *http.Client { return client }
	cfg.Transport, cfg.Limiter = nil, nil
	c.cfg = cfg
	return c
}

// Login asks the host for its credentials.
func (c *Client) Login(ctx context.Context, op string) (Login, error) {
	l, err := c.provider(ctx)
	if err != nil {
		return Login{}, fmt.Errorf("alarmcom: %s: credentials: %w", op, err)
	}
	return l, nil
}

// ListBytes bounds a reply that is a list, in bytes.
func (c *Client) ListBytes() int64 { return c.cfg.MaxResponseBytes }

// Bytes bounds any other reply, in bytes.
func (c *Client) Bytes(most int64) int64 { return min(most, c.cfg.MaxResponseBytes) }

// Call is one call of an operation, with all its attempts.
type Call struct {
	Client *Client
	Op     string
	ID     string // customer or branch asked for; empty: none
	// Read reads the reply of one attempt, unpacked. It starts afresh each time.
	Read func(io.Reader) error

	Status   int             // of the last reply that was read
	ctx      context.Context //nolint:containedctx // lives no longer than the call; the retry hooks have no other way to it
	patience service.Patience
	retries  int
	pushed   bool          // the last attempt came too fast
	hint     time.Duration // the service's last Retry-After
}

// Send makes the call's attempts. An error is a [*Failure], or the context's.
func (c *Call) Send(ctx context.Context, method, address string, header http.Header, content []byte) error {
	ctx = pacing.Keep(ctx)
	var body any
	if content != nil {
		body = content
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return &Failure{Op: c.Op, ID: c.ID, Err: errNoRequest}
	}
	req.Header = header
	req.Header.Set("User-Agent", c.Client.cfg.UserAgent)
	req.SetResponseHandler(c.handle)
	c.ctx, c.patience = ctx, service.NewPatience(c.Client.Pace, c.Client.cfg.MaxRetries)
	client := retryablehttp.Client{
		HTTPClient:   c.Client.http(),
		RetryMax:     math.MaxInt, // patience knows
		CheckRetry:   c.checkRetry,
		Backoff:      c.backoff,
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	resp, err := client.Do(req)
	if resp != nil {
		defer resp.Body.Close() //nolint:errcheck // nothing is read from it
	}
	return c.result(err)
}

// handle reads the reply of one attempt. One that means overload is noted here,
// before its body is closed: its status need not say it.
func (c *Call) handle(resp *http.Response) error {
	defer resp.Body.Close() //nolint:errcheck // it was read, or is of no use
	c.Status = resp.StatusCode
	err := c.readReply(resp)
	if errors.Is(err, adcimport.ErrRateLimited) {
		pacing.PushedBack(resp)
	}
	return err
}

func (c *Call) readReply(resp *http.Response) error {
	switch status := resp.StatusCode; {
	case status == http.StatusUnauthorized:
		return c.Failed(adcimport.ErrAuth)
	case status == http.StatusForbidden:
		return c.Failed(adcimport.ErrDenied)
	case status == http.StatusTooManyRequests:
		return c.Failed(adcimport.ErrRateLimited)
	case pacing.Overloaded(status):
		return c.Failed(nil)
	}
	r, err := service.Body(resp)
	if err != nil {
		return c.Failed(errBrokenBody)
	}
	return c.Read(inUTF8(resp, r))
}

// Reported is a failure that the service reports, classified by the host. Only
// the host sees the whole of it: an error may be logged.
func (c *Call) Reported(code, text string) error {
	return c.Client.Reported(Fault{Op: c.Op, ID: c.ID, Code: code, Text: text}, c.Status)
}

// Reported is the same for a reply that was read to its end.
func (c *Client) Reported(f Fault, status int) error {
	told := f.withoutText()
	e := &Failure{Op: f.Op, ID: f.ID, Status: status, Fault: &told}
	if c.classify != nil {
		if err := guard.Call("alarmcom.Config.ClassifyFault", func() { e.Err = c.classify(f) }); err != nil {
			e.Err = err // here, so that the reply's body is closed
		}
	}
	return e
}

// Failed is a failure of the last reply.
func (c *Call) Failed(err error) error {
	return &Failure{Op: c.Op, ID: c.ID, Status: c.Status, Err: err}
}

// result makes the call's error from what the last attempt came to.
func (c *Call) result(err error) error {
	switch {
	case err == nil:
		return nil
	case c.ctx.Err() != nil:
		return fmt.Errorf("alarmcom: %s: %w", c.Op, context.Cause(c.ctx))
	}
	var e *Failure
	if !errors.As(err, &e) {
		e = &Failure{Op: c.Op, ID: c.ID, Err: connectionError(err)}
	}
	e.Attempts, e.RetryAfter = c.retries+1, c.hint
	return leftAlone(e, err)
}
