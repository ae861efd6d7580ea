package securitytrax

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"slices"
	"unicode/utf8"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/service"
)

// client sends requests: with credentials, paced, and repeated where a request
// changes nothing.
type client struct {
	cfg   settings // without Transport and Limiter
	base  *url.URL
	pace  *pacing.Pacer
	auth  *tokens
	plain func() *http.Client // sends once; a transport may hold secrets, and what was sent
	paced func() *http.Client // sends once, in its turn

	sizes sizes
}

func newClient(cfg settings) (*client, error) {
	base, err := url.Parse(cfg.BaseURL)
	if err != nil {
		return nil, invalidConfig("BaseURL", "must be an absolute URL")
	}
	pace := newPacer(cfg)
	plain := &http.Client{Transport: cfg.Transport, Timeout: cfg.Timeout, CheckRedirect: service.Stay}
	paced := &http.Client{
		Transport:     &pacing.Transport{Base: cfg.Transport, Pacer: pace, Timeout: cfg.Timeout},
		CheckRedirect: service.Stay,
	}
	c := &client{
		cfg:   cfg.withoutTransport(),
		base:  base,
		pace:  pace,
		plain: func() *http.Client { return plain },
		paced: func() *http.Client { return paced },
	}
	c.auth = &tokens{provider: cfg.provider, ask: c.authenticate, lock: make(chan struct{}, 1)}
	return c, nil
}

// maxDetailBytes bounds a reply that is no list, in bytes.
const maxDetailBytes = 1 << 20

// request is one that may be repeated, and is.
type request struct {
	op, id, method, url string
	list                bool // the reply of success may be as long as Config.MaxResponseBytes
	body                []byte
	grant               grant
	accept              func([]byte) error // judges the body of a success; an error is a broken reply
}

// reply is one that was read to its end.
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

// addressable reports whether an id can be the last part of a path: a dot, and two,
// lead to other resources, escaped or not.
func addressable(id string) bool { return id != "" && id != "." && id != ".." }

// read gets a document: the resource with an id, or a list where id is empty. A token that was refused is renewed once.
func (c *client) read(ctx context.Context, op, id, address string) (jsonapi.Document, error) {
	var stale grant
	for {
		used, err := c.auth.get(ctx, stale)
		if err != nil {
			return jsonapi.Document{}, err
		}
		doc, err := c.readWith(ctx, op, id, address, used)
		if stale == (grant{}) && isUnauthorized(err) && c.auth.renewable(ctx, used) {
			stale = used
			continue
		}
		return doc, err
	}
}

func isUnauthorized(err error) bool {
	e, ok := errors.AsType[*APIError](err)
	return ok && e.Status == http.StatusUnauthorized
}

func (c *client) readWith(ctx context.Context, op, id, address string, used grant) (jsonapi.Document, error) {
	var doc jsonapi.Document
	r, err := c.repeatable(ctx, request{
		op: op, id: id, method: http.MethodGet, url: address, grant: used, list: id == "",
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

// repeatable sends until there is a reply that will not change, as long as
// patience lasts. The error is an *APIError.
func (c *client) repeatable(ctx context.Context, rq request) (reply, error) {
	ctx = pacing.KeepAhead(ctx) // a look-up that has no time left ends its run, a write is made in the next call
	var body any
	if rq.body != nil {
		body = rq.body
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, rq.method, rq.url, body)
	if err != nil {
		return reply{}, brokenError(rq.op, rq.id, err)
	}
	c.setHeaders(req.Header, rq.grant, rq.body != nil)
	var got *reply
	req.SetResponseHandler(func(resp *http.Response) error {
		r, err := c.readReply(resp, rq.list)
		if err != nil && troubled(resp.StatusCode) && ctx.Err() == nil {
			r, err = reply{status: resp.StatusCode, header: resp.Header}, nil // the page says no more
		}
		if err == nil && r.success() && rq.accept(r.body) != nil {
			err = errBrokenReply
		}
		if err == nil {
			got = &r
		}
		return err
	})
	repeat := repetition{patience: c.patience(), op: rq.op, id: rq.id}
	resp, err := repeat.client(c.paced()).Do(req)
	r, err := c.finish(rq, resp, got, err)
	if e, ok := errors.AsType[*APIError](err); ok {
		return reply{}, repeat.verdict(e)
	}
	if pacing.Overloaded(r.status) {
		return reply{}, repeat.verdict(replyError(rq.op, rq.id, r))
	}
	return r, nil
}

// finish tells the last reply of a row of repetitions from its last failure.
func (c *client) finish(rq request, resp *http.Response, got *reply, err error) (reply, error) {
	if err == nil && got == nil && resp != nil {
		var r reply
		if r, err = c.readReply(resp, rq.list); err == nil {
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
	return *got, nil
}

// readReply reads a reply to its end and closes it.
func (c *client) readReply(resp *http.Response, list bool) (reply, error) {
	defer resp.Body.Close() //nolint:errcheck // it was read, or is of no use
	limit := c.cfg.MaxResponseBytes
	if success := (reply{status: resp.StatusCode}).success(); !list || !success {
		limit = min(limit, maxDetailBytes)
	}
	r := reply{status: resp.StatusCode, header: resp.Header}
	unpacked, err := service.Body(resp)
	switch {
	case err != nil && r.success():
		return reply{}, errBrokenReply
	case err != nil:
		return r, nil // the status says enough
	}
	body, err := io.ReadAll(io.LimitReader(unpacked, limit+1))
	r.body = body
	long := int64(len(body)) > limit
	switch {
	case long && r.success():
		return reply{}, errTooLong
	case long:
		r.body = nil // the status says enough
	case err != nil:
		return reply{}, err
	case r.success() && !inUTF8(resp.Header, body):
		return reply{}, errBrokenReply
	}
	return r, nil
}

// inUTF8 reports whether a body is UTF-8, also by what its header says: names in
// another encoding can only be guessed.
func inUTF8(h http.Header, body []byte) bool {
	if !service.SaysUTF8(h) {
		return !slices.ContainsFunc(body, func(b byte) bool { return b >= utf8.RuneSelf })
	}
	return utf8.Valid(body)
}

func (c *client) setHeaders(h http.Header, used grant, hasBody bool) {
	h.Set("Accept", jsonapi.MediaType)
	h.Set("Accept-Encoding", "gzip") // in words, so that a reply that is not packed as it says can be read
	h.Set("User-Agent", c.cfg.UserAgent)
	h.Set("X-SecurityTrax-IntegratorKey", used.login.integratorKey)
	if hasBody {
		h.Set("Content-Type", jsonapi.MediaType)
	}
	if used.token != "" {
		h.Set("Authorization", "Bearer "+used.token)
	}
}
