package securitytrax

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"

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

// findBy looks groups of terms up and hands over each resource of the reply.
func (s *Sink) findBy(ctx context.Context, op string, l lookup, groups [][]term, do func(jsonapi.Resource) error) error {
	for _, address := range s.client.chunks(l, groups) {
		if err := s.client.each(ctx, op, address, do); err != nil {
			return err
		}
	}
	return nil
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
	groups := make([][]term, len(ids))
	for i, id := range ids {
		groups[i] = []term{{attribute, id}}
	}
	err := s.findBy(ctx, opFindCustomers, l, groups, func(r jsonapi.Resource) error {
		id := r.Text(attribute)
		customer, ok := customerOf(r)
		if !ok || !slices.Contains(ids, id) {
			return errFilterIgnored
		}
		if customer != "" {
			found.add(id, customer)
		}
		return nil
	})
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
	wanted := make(map[string]bool, len(names))
	for _, name := range names {
		wanted[fold(name)] = true
	}
	owned := map[string]bool{} // user names, folded, that a user has
	err := s.findBy(ctx, opFindUsers, lookup{path: s.schema.Users.Path}, s.userTerms(ids, names), func(r jsonapi.Resource) error {
		id, name := s.supportID(r), fold(r.Text(s.schema.User.Username))
		mine := id != "" && slices.Contains(ids, id)
		if !mine && !wanted[name] {
			return errFilterIgnored
		}
		if mine {
			found.add(id, r.ID)
		}
		if wanted[name] {
			owned[name] = true
		}
		return nil
	})
	if err != nil {
		return found, err
	}
	return found, errors.Join(invalid, takenErrors(ids, names, found, owned))
}

func (s *Sink) supportID(r jsonapi.Resource) string {
	if s.schema.User.AlarmComID == "" {
		return ""
	}
	return r.Text(s.schema.User.AlarmComID)
}

// userNamesOf are the user names by support id, as far as a filter can hold
// them.
func userNamesOf(keys []adcimport.UserKey, ids []string) map[string]string {
	names := make(map[string]string, len(keys))
	for _, k := range keys {
		if name := k.Record.Username; name != "" && quotable(name) && slices.Contains(ids, k.ID) {
			names[k.ID] = name
		}
	}
	return names
}

// fold is how user names are compared: whether SecurityTrax tells jdoe from
// JDoe is not known, and a login that differs in case only confuses people.
func fold(s string) string { return strings.ToLower(s) }

func (s *Sink) userTerms(ids []string, names map[string]string) [][]term {
	var groups [][]term
	for _, id := range ids {
		var group []term
		if s.schema.User.AlarmComID != "" {
			group = append(group, term{s.schema.User.AlarmComID, id})
		}
		if name := names[id]; name != "" {
			group = append(group, term{s.schema.User.Username, name})
		}
		if len(group) > 0 {
			groups = append(groups, group)
		}
	}
	return groups
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

// FindReps looks reps up by their login, as SecurityTrax user names.
// Case counts only when several users differ in nothing else.
func (s *Sink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	var groups [][]term
	for _, login := range logins {
		if login != "" && quotable(login) {
			groups = append(groups, []term{{s.schema.User.Username, login}})
		}
	}
	exact, folded := map[string]string{}, map[string]string{}
	asked := map[string]bool{}
	for _, login := range logins {
		asked[fold(login)] = true
	}
	l := lookup{path: s.schema.Reps.Path, and: s.schema.RepFilter}
	err := s.findBy(ctx, "find reps", l, groups, func(r jsonapi.Resource) error {
		name := r.Text(s.schema.User.Username)
		if !asked[fold(name)] {
			return errFilterIgnored
		}
		if _, ok := exact[name]; !ok {
			exact[name] = r.ID
		}
		if _, ok := folded[fold(name)]; !ok {
			folded[fold(name)] = r.ID
		}
		return nil
	})
	found := map[string]string{}
	for _, login := range logins {
		if id := cmp.Or(exact[login], folded[fold(login)]); id != "" {
			found[login] = id
		}
	}
	return found, err
}
