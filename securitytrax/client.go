package securitytrax

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// client sends requests: with credentials, paced, and repeated where a request
// changes nothing.
type client struct {
	cfg    Config // with its defaults
	base   *url.URL
	pace   *pacer
	auth   *tokens
	plain  *http.Client // sends once
	repeat *retryablehttp.Client
}

func newClient(cfg Config, base *url.URL) *client {
	c := &client{
		cfg:  cfg,
		base: base,
		pace: newPacer(cfg.RequestsPerSecond, cfg.Burst),
		plain: &http.Client{
			Transport: cfg.Transport,
			Timeout:   cfg.Timeout,
			// credentials are not taken anywhere else
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
	c.auth = &tokens{fixed: cfg.Token, login: c.authenticate, lock: make(chan struct{}, 1)}
	c.repeat = &retryablehttp.Client{
		HTTPClient:   c.plain,
		RetryMax:     cfg.MaxRetries,
		CheckRetry:   c.again,
		Backoff:      c.waitFor,
		PrepareRetry: func(r *http.Request) error { return c.pace.wait(r.Context()) },
		ErrorHandler: retryablehttp.PassthroughErrorHandler,
	}
	return c
}

// request is one that may be repeated, and is.
type request struct {
	op, id, method, url string
	body                []byte
	token               string
	accept              func([]byte) error // judges the body of a success; an error is a broken reply
}

// reply is an answer, read to its end.
type reply struct {
	status int
	header http.Header
	body   []byte
}

func (r reply) success() bool { return r.status >= 200 && r.status < 300 }

// url is the address of a collection below the base.
func (c *client) url(path string) string { return c.base.String() + "/" + path }

// urlOf is the address of a member of a collection.
func (c *client) urlOf(path, id string) string { return c.url(path) + "/" + url.PathEscape(id) }

// read gets a document; a token that was refused is renewed once.
func (c *client) read(ctx context.Context, op, id, address string) (jsonapi.Document, error) {
	stale := ""
	for {
		token, err := c.auth.get(ctx, stale)
		if err != nil {
			return jsonapi.Document{}, err
		}
		doc, err := c.readWith(ctx, op, id, address, token)
		if stale == "" && c.auth.renewable() && isUnauthorized(err) {
			stale = token
			continue
		}
		return doc, err
	}
}

func isUnauthorized(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status == http.StatusUnauthorized
}

func (c *client) readWith(ctx context.Context, op, id, address, token string) (jsonapi.Document, error) {
	var doc jsonapi.Document
	r, err := c.repeatable(ctx, request{
		op: op, id: id, method: http.MethodGet, url: address, token: token,
		accept: func(body []byte) (err error) { doc, err = jsonapi.Decode(body); return err },
	})
	if err != nil {
		return jsonapi.Document{}, err
	}
	if r.status != http.StatusOK {
		return jsonapi.Document{}, replyError(op, id, r)
	}
	return doc, nil
}

// repeatable sends until there is an answer that will not change, within
// Config.MaxRetries. The error is an *APIError or the context's.
func (c *client) repeatable(ctx context.Context, rq request) (reply, error) {
	if err := c.pace.wait(ctx); err != nil {
		return reply{}, brokenError(rq.op, rq.id, err)
	}
	var body any
	if rq.body != nil {
		body = rq.body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, rq.method, rq.url, body)
	if err != nil {
		return reply{}, brokenError(rq.op, rq.id, err)
	}
	c.setHeaders(req.Header, rq.token, rq.body != nil)
	var got *reply
	req.SetResponseHandler(func(resp *http.Response) error {
		r, err := c.readReply(resp)
		if err == nil && r.success() && rq.accept(r.body) != nil {
			err = errBrokenReply
		}
		if err == nil {
			got = &r
		}
		return err
	})
	resp, err := c.repeat.Do(req)
	return c.finish(rq, resp, got, err)
}

// finish tells the last reply of a row of repetitions from its last failure.
func (c *client) finish(rq request, resp *http.Response, got *reply, err error) (reply, error) {
	if err == nil && got == nil && resp != nil {
		var r reply
		if r, err = c.readReply(resp); err == nil {
			got = &r
		}
	} else if resp != nil {
		_ = resp.Body.Close() // nothing is read from it
	}
	if err != nil {
		return reply{}, brokenError(rq.op, rq.id, err)
	}
	if got == nil {
		return reply{}, brokenError(rq.op, rq.id, errBrokenExchange)
	}
	if got.status != http.StatusTooManyRequests {
		c.pace.served()
	}
	return *got, nil
}

// readReply reads a reply to its end and closes it.
func (c *client) readReply(resp *http.Response) (reply, error) {
	defer resp.Body.Close() //nolint:errcheck // it was read, or is of no use
	body, err := io.ReadAll(io.LimitReader(resp.Body, c.cfg.MaxResponseBytes+1))
	if int64(len(body)) > c.cfg.MaxResponseBytes {
		return reply{}, errTooLong
	}
	if err != nil {
		return reply{}, err
	}
	return reply{status: resp.StatusCode, header: resp.Header, body: body}, nil
}

func (c *client) setHeaders(h http.Header, token string, hasBody bool) {
	h.Set("Accept", jsonapi.MediaType)
	h.Set("User-Agent", c.cfg.UserAgent)
	h.Set("X-SecurityTrax-IntegratorKey", c.cfg.IntegratorKey)
	if hasBody {
		h.Set("Content-Type", jsonapi.MediaType)
	}
	if token != "" {
		h.Set("Authorization", "Bearer "+token)
	}
}

// again is the retry policy of requests that change nothing.
func (c *client) again(ctx context.Context, resp *http.Response, err error) (bool, error) {
	if ctx.Err() != nil {
		return false, context.Cause(ctx)
	}
	if err != nil {
		return !errors.Is(err, errTooLong) && !isCertificate(err), nil
	}
	if resp.StatusCode != http.StatusTooManyRequests &&
		(resp.StatusCode < http.StatusInternalServerError || resp.StatusCode == http.StatusNotImplemented) {
		return false, nil
	}
	hint, _ := retryAfter(resp.Header, time.Now())
	deadline, ok := ctx.Deadline()
	return hint <= maxPause && (!ok || time.Until(deadline) > hint), nil
}

// maxPause is how long a Retry-After is waited for. What is longer ends the run
// with adcimport.ErrRateLimited and the hint, for the host to come back.
const maxPause = 10 * time.Minute

// waitFor is the backoff of requests that change nothing.
func (c *client) waitFor(_, _ time.Duration, attempt int, resp *http.Response) time.Duration {
	wait := c.cfg.backoff(attempt)
	if resp == nil {
		return wait
	}
	if hint, ok := retryAfter(resp.Header, time.Now()); ok {
		wait = hint
	}
	if resp.StatusCode == http.StatusTooManyRequests {
		c.pace.pushBack(wait)
	}
	return wait
}
