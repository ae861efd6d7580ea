package securitytrax

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

const (
	opMatchCustomers = "look for possible matches of customers"
	opMatchUsers     = "look for possible matches of users"
)

// MatchCustomers looks for customers by phone number, e-mail address and account
// number, and by last name or business at a place, in at most twice the requests that
// FindCustomers makes for as many. Leads are among them, and customers that have an
// Alarm.com id.
func (s *Sink) MatchCustomers(ctx context.Context, records []match.Customer) ([]match.CustomerCandidate, error) {
	if len(records) == 0 {
		return nil, nil
	}
	l := lookup{path: s.schema.Customers.Path}
	var include []string
	if s.schema.CustomerID == IDInConnection {
		include = append(include, s.schema.Customer.Connections)
	}
	if s.schema.monitors() { // an account number there is compared, though nobody can be found by it
		include = append(include, s.schema.Monitoring.Relationship)
	}
	l.include = strings.Join(include, ",")
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	names := s.customerFieldNames()
	find := s.judge.NewCustomerSearch(records, s.limits(l, s.findCalls(ids), names), nil)
	s.unasked.add(find.Unasked())
	for asks := find.Next(); len(asks) > 0; asks = find.Next() {
		var found []match.CustomerCandidate
		err := s.ask(ctx, opMatchCustomers, l, asks, names, func(r jsonapi.Resource, came along) {
			found = append(found, s.customerCandidate(r, came))
		})
		if err != nil {
			return nil, err
		}
		find.Found(found)
	}
	return find.Candidates(), nil
}

// MatchUsers looks for users by user name and e-mail address. Where a filter cannot hold a
// user name, all users are read and compared here.
func (s *Sink) MatchUsers(ctx context.Context, records []match.User) ([]match.UserCandidate, error) {
	if len(records) == 0 {
		return nil, nil
	}
	l := lookup{path: s.schema.Users.Path}
	ids := make([]string, len(records))
	for i, r := range records {
		ids[i] = r.ID
	}
	names := fieldNames{matching.FieldUsername: s.schema.User.Username, matching.FieldEmail: s.schema.User.Email}
	var found []match.UserCandidate
	for _, asks := range s.judge.UserAsks(records, s.limits(l, s.findCalls(ids), names), nil) {
		err := s.ask(ctx, opMatchUsers, l, asks, names, func(r jsonapi.Resource, _ along) {
			found = append(found, s.userCandidate(r))
		})
		if err != nil {
			return nil, err
		}
	}
	err := s.besides(ctx, opMatchUsers, records, func(r jsonapi.Resource) {
		if !slices.ContainsFunc(found, func(c match.UserCandidate) bool { return c.ID == r.ID }) {
			found = append(found, s.userCandidate(r))
		}
	})
	return found, err
}

// besides takes the users that have the user names among records that no filter can hold.
func (s *Sink) besides(ctx context.Context, op string, records []match.User, take func(jsonapi.Resource)) error {
	names := make(map[string]string, len(records))
	for _, r := range records {
		names[r.ID] = r.Username
	}
	return s.eachBesides(ctx, op, names, func(r jsonapi.Resource, _ string) { take(r) })
}

// fieldNames are attributes by what they hold; empty: the Schema has none.
type fieldNames map[matching.Field]string

func (s *Sink) customerFieldNames() fieldNames {
	n := s.schema.Customer
	return fieldNames{
		matching.FieldPhone: n.Phone, matching.FieldEmail: n.Email, matching.FieldAccount: s.schema.ofCustomer().accountNumber,
		matching.FieldFirstName: n.FirstName, matching.FieldLastName: n.LastName, matching.FieldBusiness: n.BusinessName,
		matching.FieldCity: n.City, matching.FieldZip: n.Zip,
	}
}

// findCalls is how many requests looking so many ids up takes.
func (s *Sink) findCalls(ids []string) int {
	l, attribute, _ := s.customerLookup()
	groups := make([][]term, len(ids))
	for i, id := range ids {
		groups[i] = []term{{attribute, id}}
	}
	calls := 0
	for len(groups) > 0 {
		n, _ := s.client.fit(l, groups)
		groups, calls = groups[n:], calls+1
	}
	return calls
}

// limits say what may be asked of a kind of look-up.
func (s *Sink) limits(l lookup, calls int, names fieldNames) matching.Limits {
	_, length := s.client.sizes.within(s.schema.FindChunk, s.schema.MaxURLBytes)
	l.and = "()"
	lim := matching.Limits{
		Lookups: 2 * calls,
		Bytes:   length - len(s.client.address(l, nil)),
		Cost: func(a matching.Ask) int {
			return len(strings.ReplaceAll(url.QueryEscape(expression(a, names)+" OR "), "+", "%20"))
		},
		PhoneForms: strings.Fields(s.schema.PhoneForms),
		Askable:    quotable,
	}
	for field, name := range names {
		if name != "" {
			lim.Fields = append(lim.Fields, field)
		}
	}
	return lim
}

// expression is an ask as a filter has it.
func expression(a matching.Ask, names fieldNames) string {
	terms := make([]term, len(a.Values))
	for i, v := range a.Values {
		terms[i] = term{names[a.Field], v}
	}
	text := anyOf(terms)
	if len(terms) == 1 {
		text = terms[0].String()
	}
	if a.And == "" {
		return text
	}
	return "(" + text + " AND " + term{names[a.And], a.AndValue}.String() + ")"
}

// along is what came along with resources, by id: the Alarm.com ids of connections, and
// what Monitoring names.
type along struct {
	connections map[string]string
	stations    map[string]jsonapi.Resource
}

func (s *Sink) cameAlong(included []jsonapi.Resource) along {
	a := along{connections: s.connectionIDs(included), stations: make(map[string]jsonapi.Resource)}
	for _, r := range included {
		if s.schema.monitors() && r.Type == s.schema.Monitoring.Resource.Type {
			a.stations[r.ID] = r
		}
	}
	return a
}

// ask makes one look-up, and hands over each resource, with what came along. Where a value
// seems to be taken for a pattern, what is asked otherwise is asked again.
func (s *Sink) ask(
	ctx context.Context, op string, l lookup, asks []matching.Ask, names fieldNames, take func(jsonapi.Resource, along),
) error {
	err := s.askOnce(ctx, op, l, asks, names, take)
	plain := slices.DeleteFunc(slices.Clone(asks), isPattern)
	switch {
	case !errors.Is(err, errFilterIgnored) || len(plain) == len(asks):
		return err
	case len(plain) == 0:
		return nil
	}
	return s.askOnce(ctx, op, l, plain, names, take)
}

// isPattern reports whether a service may take a value for more than it is.
func isPattern(a matching.Ask) bool {
	return strings.ContainsAny(strings.Join(a.Values, "")+a.AndValue, "%*_?")
}

func (s *Sink) askOnce(
	ctx context.Context, op string, l lookup, asks []matching.Ask, names fieldNames, take func(jsonapi.Resource, along),
) error {
	texts := make([]string, len(asks))
	for i, a := range asks {
		texts[i] = expression(a, names)
	}
	l.and = "(" + strings.Join(texts, " OR ") + ")"
	held, strange := 0, 0
	return s.client.eachPage(ctx, op, s.client.address(l, nil), func(doc jsonapi.Document) error {
		came := s.cameAlong(doc.IncludedResources())
		for _, r := range doc.Data {
			held++
			if !slices.ContainsFunc(asks, func(a matching.Ask) bool { return fits(a, r, names) }) {
				strange++
			}
			if strange > maxStrange && strange > held-strange {
				return errFilterIgnored
			}
			take(r, came)
		}
		return nil
	})
}

// fits reports whether a resource may be what an ask is for.
func fits(a matching.Ask, r jsonapi.Resource, names fieldNames) bool {
	text := r.Text(names[a.Field])
	return slices.ContainsFunc(a.Values, func(v string) bool { return alike(text, v) })
}

// connectionIDs are the Alarm.com ids of the connections that a reply includes.
func (s *Sink) connectionIDs(included []jsonapi.Resource) map[string]string {
	if s.schema.CustomerID != IDInConnection {
		return nil
	}
	ids := make(map[string]string)
	for _, r := range included {
		if r.Type == s.schema.ISPConnections.Type {
			ids[r.ID] = r.Text(s.schema.Connection.AlarmComID)
		}
	}
	return ids
}

func (s *Sink) customerCandidate(r jsonapi.Resource, came along) match.CustomerCandidate {
	n, account := s.schema.Customer, adcimport.CustomerRecord{AccountNumber: r.Text(s.schema.Customer.AccountNumber)}
	account.ReceiverNumber = r.Text(n.ReceiverNumber)
	if s.schema.monitors() {
		for _, to := range r.Relationships[s.schema.Monitoring.Relationship] {
			s.schema.Monitoring.read(came.stations[to.ID], &account)
		}
	}
	c := match.CustomerCandidate{
		ID: r.ID,
		Customer: match.Customer{
			FirstName: r.Text(n.FirstName), LastName: r.Text(n.LastName), BusinessName: r.Text(n.BusinessName),
			Phones: []string{r.Text(n.Phone)}, Emails: []string{r.Text(n.Email)},
			Address:       match.Address{Street1: r.Text(n.Address1), City: r.Text(n.City), State: r.Text(n.State), Zip: r.Text(n.Zip)},
			AccountNumber: account.AccountNumber, ReceiverNumber: account.ReceiverNumber,
		},
	}
	if t := r.Text(n.RecordType); t != "" {
		c.Lead = t != n.RecordTypeValue
	}
	c.AlarmComIDs = s.carriedBy(r, came.connections)
	return c
}

// carriedBy are the Alarm.com ids of a customer. A connection that does not tell its
// id is somebody else's all the same.
func (s *Sink) carriedBy(r jsonapi.Resource, connections map[string]string) []string {
	if s.schema.CustomerID == IDInAttribute {
		if id := r.Text(s.schema.Customer.AlarmComID); id != "" {
			return []string{id}
		}
		return nil
	}
	var ids []string
	for _, c := range r.Relationships[s.schema.Customer.Connections] {
		id := connections[c.ID]
		if id == "" {
			id = "connection " + c.ID
		}
		ids = append(ids, id)
	}
	return ids
}

func (s *Sink) userCandidate(r jsonapi.Resource) match.UserCandidate {
	n := s.schema.User
	c := match.UserCandidate{
		ID: r.ID, Inactive: r.Text(n.Active) == "false",
		User: match.User{
			FirstName: r.Text(n.FirstName), LastName: r.Text(n.LastName), Username: r.Text(n.Username), Email: r.Text(n.Email),
		},
	}
	if id := r.Text(n.AlarmComID); id != "" {
		c.AlarmComIDs = []string{id}
	}
	return c
}

// unasked are ids of customers that cannot be looked for, until somebody is told.
type unasked struct {
	mu    sync.Mutex
	count int
	first []string
}

// mostUnasked is how many of them are named.
const mostUnasked = 20

func (u *unasked) add(ids []string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.count += len(ids)
	u.first = append(u.first, ids[:min(len(ids), mostUnasked-len(u.first))]...)
}

// said is what there is to say of them, once.
func (u *unasked) said() string {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.count == 0 {
		return ""
	}
	text := fmt.Sprintf("%d customers could not be looked for among those that were typed in: they have neither a name that a filter "+
		"can hold nor phone number, e-mail address or account number of their own: %s", u.count, strings.Join(u.first, ", "))
	if u.count > len(u.first) {
		text += " and others"
	}
	u.count, u.first = 0, nil
	return text
}
