package partnerapi

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// get asks for a resource. item gets the items of a list one by one, from
// begin on: an attempt that broke off is made again from the start. Where item
// is nil the resource is an object. nil is returned for no content at all, and for
// a list that came an object that is not nil.
//
// A token that is refused is renewed once; a second refusal is one of the login.
func (a *API) get(
	ctx context.Context, op, id, address string, begin func(), item func(map[string]any) error,
) (map[string]any, error) {
	refused := ""
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		token, err := a.token.get(ctx, refused, a.askToken)
		if err != nil {
			return nil, err
		}
		object, err := a.getWith(ctx, op, id, address, token, func(c *call.Call, r io.Reader) (map[string]any, error) {
			begin()
			return a.readResource(c, r, item)
		})
		if refused == "" && tokenRefused(err) {
			refused = token
			continue
		}
		return object, err
	}
}

func (a *API) getWith(
	ctx context.Context, op, id, address, token string, read func(*call.Call, io.Reader) (map[string]any, error),
) (map[string]any, error) {
	header := http.Header{"Accept": {"application/json"}, "Authorization": {"Bearer " + token}}
	var object map[string]any
	c := &call.Call{Client: a.client, Op: op, ID: id}
	c.Read = func(r io.Reader) (err error) {
		object, err = read(c, r)
		return err
	}
	return object, c.Send(ctx, http.MethodGet, address, header, nil)
}

// readResource reads the reply to one attempt. A failure is an object with a
// message in place of the resource, whatever the status.
func (a *API) readResource(c *call.Call, r io.Reader, item func(map[string]any) error) (map[string]any, error) {
	if c.Status == http.StatusNoContent {
		return nil, nil
	}
	reply, err := readJSON(r, a.replyBytes(c.Op), item)
	switch message, failed := failureMessage(reply.object); {
	case errors.Is(err, call.JSONEmpty) && c.Status == http.StatusNotFound:
		return nil, c.Failed(adcimport.ErrNotFound)
	case err != nil:
		return nil, c.Failed(err)
	case failed:
		return nil, reported(c, message)
	case c.Status != http.StatusOK:
		return nil, c.Failed(errJSONOther)
	case item != nil && !reply.list:
		return nil, c.Failed(errJSONNoList)
	case reply.list:
		return map[string]any{}, nil
	}
	return reply.object, nil
}

// failureMessage finds the message of a failure. A customer has none, and its
// id.
func failureMessage(object map[string]any) (string, bool) {
	message, ok := foldedMember(object, "message").(string)
	_, resource := object["customerId"]
	return message, ok && !resource
}

// reported is a failure that the service reports, classified by the host; with
// status 404 it is clear without one.
func reported(c *call.Call, message string) error {
	err := c.Reported(call.MessageCode, message)
	var e *call.Failure
	if errors.As(err, &e) && e.Err == nil {
		if c.Status == http.StatusNotFound {
			e.Err = adcimport.ErrNotFound
		}
	}
	return err
}

// pageQuery is the paging of lists.
func pageQuery(number, size int) url.Values {
	return url.Values{"pageNumber": {itoa(number)}, "pageSize": {itoa(size)}}
}

// replyBytes bounds a reply to op, in bytes.
func (a *API) replyBytes(op string) int64 {
	if op == opCustomers || op == opReps {
		return a.client.ListBytes()
	}
	return a.client.Bytes(account.MaxDetailBytes)
}
