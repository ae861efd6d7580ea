package alarmcom

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"

	"github.com/hashicorp/go-retryablehttp"

	"github.com/securitytrax/adcimport"
)

// partnerGet asks for a resource. item gets the items of a list one by one, from
// begin on: an attempt that broke off is made again from the start. Where item
// is nil the resource is an object. nil is returned for no content at all, and for
// a list that came an object that is not nil.
//
// A token that is refused is renewed once; a second refusal is one of the login.
func (s *Source) partnerGet(ctx context.Context, op operation, id, address string, begin func(), item func(map[string]any) error) (map[string]any, error) {
	refused := ""
	for {
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		token, err := s.partner.token.get(ctx, refused, s.askToken)
		if err != nil {
			return nil, err
		}
		object, err := s.partnerCall(ctx, op, id, address, token, func(c *call, r io.Reader) (map[string]any, error) {
			begin()
			return c.readResource(r, item)
		})
		if refused == "" && tokenRefused(err) {
			refused = token
			continue
		}
		return object, err
	}
}

func (s *Source) partnerCall(ctx context.Context, op operation, id, address, token string, read func(*call, io.Reader) (map[string]any, error)) (map[string]any, error) {
	req, err := retryablehttp.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, &Error{Op: op.name, ID: id, Err: errNoRequest}
	}
	req.Header.Set("Accept", "application/json")
	req.Header.Set("Authorization", "Bearer "+token)
	var object map[string]any
	c := &call{source: s, ctx: ctx, op: op, id: id}
	c.read = func(r io.Reader) (err error) {
		object, err = read(c, r)
		return err
	}
	return object, c.send(req)
}

// readResource reads the reply to one attempt. A failure is an object with a
// message in place of the resource, whatever the status (FACTS 4).
func (c *call) readResource(r io.Reader, item func(map[string]any) error) (map[string]any, error) {
	if c.status == http.StatusNoContent {
		return nil, nil
	}
	reply, err := readJSON(r, c.source.replyBytes(c.op), item)
	switch message, failed := failureMessage(reply.object); {
	case errors.Is(err, errJSONEmpty) && c.status == http.StatusNotFound:
		return nil, c.error(adcimport.ErrNotFound)
	case err != nil:
		return nil, c.error(err)
	case failed:
		return nil, c.reported(message)
	case c.status != http.StatusOK:
		return nil, c.error(errJSONOther)
	case item != nil && !reply.list:
		return nil, c.error(errJSONNoList)
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
func (c *call) reported(message string) error {
	err := c.failure(MessageCode, message)
	var e *Error
	if errors.As(err, &e) && e.Err == nil {
		if c.status == http.StatusNotFound {
			e.Err = adcimport.ErrNotFound
		}
	}
	return err
}

// pageQuery is the paging of lists (FACTS 4).
func pageQuery(number, size int) url.Values {
	return url.Values{"pageNumber": {itoa(number)}, "pageSize": {itoa(size)}}
}

// probePartner tells whether the PartnerApi answers this login at all, by the
// shortest list there is. Its answer holds for a while.
func (s *Source) probePartner(ctx context.Context) error {
	_, err := s.partner.probed.get(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.askPartner(ctx)
	})
	return err
}

func (s *Source) askPartner(ctx context.Context) error {
	address := s.partner.address("/customers", pageQuery(1, 1))
	_, err := s.partnerGet(ctx, opPartnerCustomers, "", address, func() {}, func(map[string]any) error { return nil })
	return loginFailure(err)
}
