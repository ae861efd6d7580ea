package securitytrax

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/pacing"
)

// write is a request that changes something. It is sent again only when it
// certainly did nothing: no byte of it went out, the service replied 429
// (which is taken to mean "not processed", an assumption), or it replied 401
// to a token that can be renewed.
type write struct {
	op, id, method, url string
	idempotencyKey      string
	payload             jsonapi.New
}

// written is what became of a write.
type written struct {
	status  adcimport.WriteStatus
	id      string          // of the resource, when status is Created
	err     error           // *APIError, or what refused the request
	errors  []jsonapi.Error // what a rejection points at
	broken  bool            // the service, not the record, is to blame
	before  error           // what the last attempt ended with, where there was no time for another
	end     error           // the whole call must end with it
	cleared []string        // fields of an update that are empty once it is done
	gone    bool            // what was to be updated is not there
}

// errNoTime says that too little is left of the context for another request.
var errNoTime = fmt.Errorf("not sent: too little time is left: %w", context.DeadlineExceeded)

func notSent(err error) written { return written{status: adcimport.WriteNotSent, err: err} }

// fatal is a write that did nothing, and neither would the next one.
func fatal(err error) written { return written{status: adcimport.WriteNotSent, err: err, end: err} }

// send carries out w within limit per request. It does not begin a request that
// the context leaves no time for.
func (c *client) send(ctx context.Context, w write, limit time.Duration) written {
	body, err := json.Marshal(w.payload)
	if err != nil {
		return written{status: adcimport.WriteRejected, err: &APIError{Op: w.op, ID: w.id, Err: errUnsendable}}
	}
	ctx = pacing.Keep(ctx)
	waits, stale, got := c.patience(), grant{}, written{}
	if deadline, ok := ctx.Deadline(); ok {
		waits.most = deadline.Add(-limit)
	}
	for attempt := 0; ; attempt++ {
		if ctx.Err() != nil {
			return refused(context.Cause(ctx))
		}
		used, err := c.auth.get(ctx, stale)
		if err != nil {
			return refused(err)
		}
		turn, err := c.turn(ctx, limit)
		if err != nil {
			return c.noTurn(w, waits, err, got.err)
		}
		got = c.once(ctx, w, body, used, limit, turn)
		renewable := func() bool { return stale == (grant{}) && c.auth.renewable(ctx, used) }
		again, renewed := c.sendAgain(ctx, w, got, attempt, renewable, waits)
		if !again {
			return c.ended(got, limit, waits)
		}
		if renewed {
			stale = used
		}
	}
}

// noTurn makes the result of a request whose turn did not come; before is what its
// last attempt ended with, if there was one. When that is because the service is
// away, the whole call ends: the next one would wait in vain as well. That the time
// is up is no such reason: the service may work.
func (*client) noTurn(w write, waits *patience, err, before error) written {
	_, down := errors.AsType[*pacing.DownError](err)
	_, limited := errors.AsType[*pacing.LimiterError](err)
	switch {
	case limited:
		return fatal(brokenError(w.op, w.id, err))
	case down:
		return fatal(waits.verdict(&APIError{Op: w.op, ID: w.id, Err: err}))
	}
	late := refused(err)
	late.before = before
	return late
}

// ended says when to come back, of a call that ends because the service is away.
// What only has no time left for a pause that another call has time for is not
// sent.
func (c *client) ended(got written, limit time.Duration, waits *patience) written {
	e, ok := errors.AsType[*APIError](got.end)
	if !ok {
		return got
	}
	if waits.late && got.status == adcimport.WriteNotSent && c.pace.Paused() < 2*limit {
		return notSent(errNoTime)
	}
	got.end = waits.verdict(e)
	return got
}

var errUnsendable = errors.New("the record cannot be written as JSON")

// refused makes the result of a request that was not begun.
func refused(err error) written {
	if errors.Is(err, context.DeadlineExceeded) {
		return notSent(err)
	}
	return fatal(err)
}

// sendAgain decides about a repetition, after its wait.
func (c *client) sendAgain(
	ctx context.Context, w write, got written, attempt int, renewable func() bool, waits *patience,
) (again, renewed bool) {
	e, ok := errors.AsType[*APIError](got.err)
	if !ok || got.status != adcimport.WriteNotSent {
		return false, false
	}
	if e.Status == http.StatusUnauthorized {
		return renewable(), true
	}
	_, no := errors.AsType[*refusedError](e)
	pushed := e.Status == http.StatusTooManyRequests
	if no || e.Status != 0 && !pushed || isCertificate(e) || !waits.more(ctx, pushed) {
		return false, false
	}
	wait := waits.wait(attempt)
	c.cfg.Logger.LogAttrs(ctx, slog.LevelWarn, "securitytrax: write was not taken and is sent again", slog.String("op", w.op),
		slog.String("id", w.id), slog.Int("status", e.Status), slog.Duration("wait", max(wait, c.pace.Paused())))
	return pacing.Sleep(ctx, wait) == nil, false
}

// once sends one request and tells what became of it.
func (c *client) once(ctx context.Context, w write, body []byte, used grant, limit time.Duration, turn *pacing.Turn) written {
	defer turn.Done()
	if err := adcimport.CheckWrite(ctx); err != nil {
		return refused(&refusedError{err})
	}
	call, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	body0 := newGate(ctx, body)
	req, err := http.NewRequestWithContext(call, w.method, w.url, body0)
	if err != nil {
		return fatal(brokenError(w.op, w.id, err))
	}
	req.ContentLength = int64(len(body))
	c.setHeaders(req.Header, used, true)
	if name := c.cfg.schema.IdempotencyHeader; name != "" && w.idempotencyKey != "" {
		req.Header.Set(name, w.idempotencyKey)
	}
	resp, err := c.plain().Do(req)
	if err != nil {
		sent := body0.seal()
		if _, no := errors.AsType[*refusedError](err); !no && ctx.Err() == nil {
			c.failed(turn, call.Err() != nil, limit)
		}
		return c.unanswered(w, sent, err)
	}
	turn.Reply(resp.StatusCode, resp.Header)
	r, err := c.readReply(resp, false)
	if err != nil && ctx.Err() == nil {
		c.failed(turn, call.Err() != nil, limit)
	}
	return c.answered(w, resp.StatusCode, r, err)
}

// failed notes that a request has no complete reply. One whose time the lease cut
// short says little.
func (c *client) failed(turn *pacing.Turn, late bool, limit time.Duration) {
	if late && limit < c.cfg.Timeout {
		turn.Cut()
	} else {
		turn.Failed(late)
	}
}

// unanswered judges a request that got no reply.
func (*client) unanswered(w write, sent bool, err error) written {
	e := brokenError(w.op, w.id, err)
	_, no := errors.AsType[*refusedError](e)
	switch {
	case sent:
		return written{status: adcimport.WriteUnknown, err: e, broken: !no}
	case no:
		return refused(e)
	}
	return fatal(e)
}

// answered judges a request by its reply; err tells that its body did not come
// through.
func (c *client) answered(w write, status int, r reply, err error) written {
	e := replyError(w.op, w.id, reply{status: status, header: r.header, body: r.body})
	switch {
	case status >= 200 && status < 300:
		return accepted(w, e, r, err)
	case status == http.StatusUnauthorized, status == http.StatusTooManyRequests:
		return fatal(e)
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusTooEarly || errors.Is(e.Err, errPage):
		return written{status: adcimport.WriteUnknown, err: e, broken: true}
	case status == http.StatusMethodNotAllowed, status == http.StatusNotAcceptable, status == http.StatusUnsupportedMediaType:
		return fatal(e)
	case status < 400:
		return written{status: adcimport.WriteUnknown, err: e, broken: true}
	}
	list := jsonapi.DecodeErrorsBy(r.body, c.cfg.schema.ErrorMember)
	e.invalid = status == http.StatusForbidden && c.cfg.schema.ForbiddenIsInvalid && len(list) > 0
	return written{status: adcimport.WriteRejected, err: e, errors: list}
}

// accepted reads the id of what was made. Without one it is in doubt, and so is an
// update whose reply has errors, or is a page.
func accepted(w write, e *APIError, r reply, err error) written {
	if w.method == http.MethodPatch && err == nil && r.status != http.StatusAccepted &&
		!isPage(r.body) && len(jsonapi.DecodeErrors(r.body)) == 0 {
		return written{status: adcimport.WriteCreated, id: w.payload.ID}
	}
	doc, decodeErr := jsonapi.Decode(r.body)
	if err == nil && decodeErr == nil && !doc.Many && len(doc.Data) == 1 && doc.Data[0].ID != "" && r.status != http.StatusAccepted {
		return written{status: adcimport.WriteCreated, id: doc.Data[0].ID}
	}
	e.Err = errBrokenReply
	return written{status: adcimport.WriteUnknown, err: e, broken: true}
}
