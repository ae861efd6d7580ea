package securitytrax

import (
	"context"
	"errors"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// hits collects the SecurityTrax ids per Alarm.com id, each once.
type hits map[string][]string

// maxHits is how many ids are kept of one record: two are too many already.
const maxHits = 100

func (h hits) add(id, sinkID string) {
	if len(h[id]) < maxHits && !slices.Contains(h[id], sinkID) {
		h[id] = append(h[id], sinkID)
	}
}

const opFindCustomers = "find customers"

// FindCustomers looks customers up by their Alarm.com id, where Schema.CustomerID
// says. With IDNowhere it finds nothing and asks nothing. An id that a filter
// cannot hold is an *adcimport.RecordError; the rest is returned.
func (s *Sink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found := hits{}
	if s.schema.CustomerID == IDNowhere {
		return found, nil
	}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	ids, invalid := searchable(ids)
	l, attribute, customerOf := s.customerLookup()
	records := make([]wanted, len(ids))
	for i, id := range ids {
		records[i] = wanted{id, []term{{attribute, id}}}
	}
	find := search{client: s.client, op: opFindCustomers, lookup: l, take: func(r jsonapi.Resource, id string, _ term) error {
		customer, ok := customerOf(r)
		if !ok {
			return errFilterIgnored
		}
		if customer != "" {
			found.add(id, customer)
		}
		return nil
	}}
	err := find.all(ctx, records)
	if err != nil {
		return found, err
	}
	return found, invalid
}

// customerLookup says what is looked up, by which attribute, and where the
// customer's id is in the reply. A connection may have lost its customer; one
// that does not tell is no connection.
func (s *Sink) customerLookup() (l lookup, attribute string, customerOf func(jsonapi.Resource) (string, bool)) {
	if s.schema.CustomerID == IDInAttribute {
		return lookup{path: s.schema.Customers.Path}, s.schema.Customer.AlarmComID,
			func(r jsonapi.Resource) (string, bool) { return r.ID, true }
	}
	names := s.schema.Connection
	l = lookup{path: s.schema.ISPConnections.Path, include: names.Customer}
	if names.ISPID != "" {
		l.and = term{names.ISPID, s.cfg.ispID}.String()
	}
	return l, names.AlarmComID, func(r jsonapi.Resource) (string, bool) {
		_, ok := r.Relationships[names.Customer]
		return r.Related(names.Customer), ok
	}
}

// searchable returns the ids that a filter can hold, each once, and an error for
// the others.
func searchable(ids []string) (good []string, invalid error) {
	seen := make(map[string]bool, len(ids))
	for _, id := range ids {
		switch {
		case seen[id]:
		case id == "" || !quotable(id):
			invalid = errors.Join(invalid, &adcimport.RecordError{
				ID: id, Reason: adcimport.ReasonInvalidRecord,
				Fields: []adcimport.FieldError{{Field: "AlarmComID", Rule: ruleID}},
			})
		default:
			good = append(good, id)
		}
		seen[id] = true
	}
	return good, invalid
}

const opFindUsers = "find users"

// FindUsers looks users up by their support id and, in the same requests, by
// their user name. A user name that belongs to another support id, or to none,
// is an *adcimport.RecordError with ReasonUsernameTaken, unless the record
// itself was found.
func (s *Sink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	found := hits{}
	ids := make([]string, len(keys))
	for i, k := range keys {
		ids[i] = k.ID
	}
	ids, invalid := searchable(ids)
	names := userNamesOf(keys, ids)
	owned := map[string]bool{} // user names, folded, that a user has
	username := s.schema.User.Username
	find := search{client: s.client, op: opFindUsers, lookup: lookup{path: s.schema.Users.Path}, names: username}
	find.take = func(r jsonapi.Resource, id string, t term) error {
		if t.attribute == username {
			owned[fold(t.value)] = true
		} else {
			found.add(id, r.ID)
		}
		return nil
	}
	err := find.all(ctx, s.usersWanted(ids, names))
	if err == nil {
		err = s.eachBesides(ctx, opFindUsers, names, func(_ jsonapi.Resource, name string) { owned[name] = true })
	}
	if err != nil {
		return found, err
	}
	return found, errors.Join(invalid, takenErrors(ids, names, found, owned))
}

// eachBesides takes the users that have one of the names that no filter can hold, with
// the name, folded: all users are read and compared here.
func (s *Sink) eachBesides(ctx context.Context, op string, names map[string]string, take func(r jsonapi.Resource, name string)) error {
	besides := map[string]bool{}
	for _, name := range names {
		if !quotable(name) {
			besides[fold(name)] = true
		}
	}
	if len(besides) == 0 {
		return nil
	}
	address := s.client.address(lookup{path: s.schema.Users.Path}, nil)
	return s.client.each(ctx, op, address, func(r jsonapi.Resource) error {
		if name := fold(r.Text(s.schema.User.Username)); besides[name] {
			take(r, name)
		}
		return nil
	})
}

// userNamesOf are the user names by support id.
func userNamesOf(keys []adcimport.UserKey, ids []string) map[string]string {
	names := make(map[string]string, len(keys))
	for _, k := range keys {
		if name := k.Record.Username; name != "" && slices.Contains(ids, k.ID) {
			names[k.ID] = name
		}
	}
	return names
}

// usersWanted looks users up by their support id, where SecurityTrax keeps it, and
// by their names.
func (s *Sink) usersWanted(ids []string, names map[string]string) []wanted {
	var records []wanted
	for _, id := range ids {
		w := wanted{id: id}
		if s.schema.User.AlarmComID != "" {
			w.terms = append(w.terms, term{s.schema.User.AlarmComID, id})
		}
		if name := names[id]; name != "" && quotable(name) {
			w.terms = append(w.terms, term{s.schema.User.Username, name})
		}
		if len(w.terms) > 0 {
			records = append(records, w)
		}
	}
	return records
}

func takenErrors(ids []string, names map[string]string, found hits, owned map[string]bool) error {
	var errs []error
	for _, id := range ids {
		if names[id] != "" && owned[fold(names[id])] && len(found[id]) == 0 {
			errs = append(errs, usernameTaken(id, nil))
		}
	}
	return errors.Join(errs...)
}

func usernameTaken(id string, cause error) error {
	return &adcimport.RecordError{
		ID: id, Reason: adcimport.ReasonUsernameTaken,
		Fields: []adcimport.FieldError{{Field: "Username", Rule: "belongs to another user"}}, Err: cause,
	}
}
