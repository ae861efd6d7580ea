package securitytrax

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// ReadCustomers reads customers by their SecurityTrax ids, one request each, with
// whatever other attributes they have as Custom. Office and tags are not read.
func (s *Sink) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	found := make(map[string]adcimport.CustomerRecord, len(ids))
	n, include := s.schema.Customer, s.schema.Customer.Rep
	if s.schema.monitors() {
		include = strings.TrimPrefix(include+","+s.schema.Monitoring.Relationship, ",")
	}
	err := s.readEach(ctx, opReadCustomer, s.schema.Customers, include, ids, func(r jsonapi.Resource, included []jsonapi.Resource) error {
		rec := adcimport.CustomerRecord{
			FirstName: r.Text(n.FirstName), LastName: r.Text(n.LastName), BusinessName: r.Text(n.BusinessName), Phone1: r.Text(n.Phone),
			Email: r.Text(n.Email), Address1: r.Text(n.Address1), City: r.Text(n.City), State: r.Text(n.State), Zip: r.Text(n.Zip),
			SaleDate: r.Text(n.SaleDate), AccountNumber: r.Text(n.AccountNumber), ReceiverNumber: r.Text(n.ReceiverNumber),
			ServiceTwoWayVoice: r.Text(n.TwoWayVoice) == "true", RepID: r.Related(n.Rep), Custom: others(r, s.customerNames()),
		}
		found[r.ID] = rec
		return s.readMonitoring(r, included, func(station jsonapi.Resource) {
			s.schema.Monitoring.read(station, &rec)
			found[r.ID] = rec
		})
	})
	return found, err
}

const opReadCustomer = "read customer"

// ReadUsers reads users as ReadCustomers does customers, without permission group and
// tags.
func (s *Sink) ReadUsers(ctx context.Context, ids []string) (map[string]adcimport.UserRecord, error) {
	found := make(map[string]adcimport.UserRecord, len(ids))
	n := s.schema.User
	err := s.readEach(ctx, "read user", s.schema.Users, "", ids, func(r jsonapi.Resource, _ []jsonapi.Resource) error {
		found[r.ID] = adcimport.UserRecord{
			FirstName: r.Text(n.FirstName), LastName: r.Text(n.LastName), Username: r.Text(n.Username), Email: r.Text(n.Email),
			CellPhone: r.Text(n.CellPhone), Active: r.Text(n.Active) == "true", CanLogin: r.Text(n.CanLogin) == "true",
			Address: adcimport.Address{
				Street1: r.Text(n.Address1), Street2: r.Text(n.Address2), City: r.Text(n.City), State: r.Text(n.State), Zip: r.Text(n.Zip),
			},
			Custom: others(r, s.userNames()),
		}
		return nil
	})
	return found, err
}

// others are the attributes of a resource that the sink does not know.
func others(r jsonapi.Resource, known []string) map[string]string {
	var custom map[string]string
	for name := range r.Attributes {
		if text := r.Text(name); text != "" && !slices.Contains(known, name) {
			if custom == nil {
				custom = make(map[string]string)
			}
			custom[name] = text
		}
	}
	return custom
}

// readEach reads resources, several at a time. Those that are not there are left out.
func (s *Sink) readEach(
	ctx context.Context, op string, of Resource, include string, ids []string,
	take func(r jsonapi.Resource, included []jsonapi.Resource) error,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	var mu sync.Mutex
	var wg sync.WaitGroup
	next := 0
	work := func() {
		for {
			mu.Lock()
			i := next
			next++
			mu.Unlock()
			if i >= len(ids) || ctx.Err() != nil {
				return
			}
			r, included, err := s.readOne(ctx, op, of, include, ids[i])
			if err == nil && r.ID != "" {
				mu.Lock()
				err = take(r, included)
				mu.Unlock()
			}
			if err != nil {
				cancel(err)
				return
			}
		}
	}
	for range min(s.cfg.concurrency, len(ids)) {
		wg.Go(func() {
			if err := guard.Call("a read of securitytrax", work); err != nil { // the host's transport may panic
				cancel(err)
			}
		})
	}
	wg.Wait()
	return context.Cause(ctx)
}

// readOne reads one resource, and what came along; without an id: it is not there.
func (s *Sink) readOne(
	ctx context.Context, op string, of Resource, include, id string,
) (r jsonapi.Resource, included []jsonapi.Resource, _ error) {
	if !addressable(id) {
		return r, nil, nil
	}
	address := s.client.urlOf(of.Path, id)
	if include != "" {
		address += "?" + url.Values{s.schema.IncludeParam: {include}}.Encode()
	}
	doc, err := s.client.read(ctx, op, id, address)
	e, ok := errors.AsType[*APIError](err)
	switch {
	case ok && (e.Status == http.StatusNotFound || e.Status == http.StatusGone) && !errors.Is(e.Err, errPage):
		return r, nil, nil
	case err != nil:
		return r, nil, err
	case doc.Many || len(doc.Data) != 1 || doc.Data[0].ID != id:
		return r, nil, &APIError{Op: op, ID: id, Status: http.StatusOK, Err: errBrokenReply}
	}
	if include != "" {
		included = doc.IncludedResources()
	}
	return doc.Data[0], included, nil
}

// withState fills in the state that a customer has, of an update that leaves it alone:
// SecurityTrax wants it in every update.
func (s *Sink) withState(ctx context.Context, id string, rec adcimport.CustomerRecord) (adcimport.CustomerRecord, *written) {
	if rec.State != "" || !slices.Contains(rec.Leave, "State") {
		return rec, nil
	}
	r, _, err := s.readOne(ctx, opReadCustomer, s.schema.Customers, "", id)
	switch {
	case err != nil:
		none := refused(err)
		return rec, &none
	case r.ID == "":
		gone := rejected(&adcimport.RecordError{ID: rec.AlarmComID, Reason: adcimport.ReasonGoneInSink})
		return rec, &gone
	}
	rec.State = r.Text(s.schema.Customer.State)
	return rec, nil
}

// clearer empties what an update is to clear.
type clearer struct {
	by      Clearing
	cleared []string
}

// attribute empties one, unless its name is not kept at all.
func (c *clearer) attribute(m members, field, name string) bool {
	switch c.by {
	case ClearNever:
		return false
	case ClearWithEmpty:
		m.set(name, "")
	case ClearWithNull:
		m.set(name, nil)
	}
	c.cleared = append(c.cleared, field)
	return true
}

func (c *clearer) customs(m members, fields []string) {
	for _, f := range fields {
		if name, ok := strings.CutPrefix(f, "Custom."); ok {
			c.attribute(m, f, name)
		}
	}
}
