package conformance_test

import (
	"context"
	"errors"
	"iter"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
)

// awayError is what an end that is right says of a service that is away.
func awayError(end string) error {
	return &adcimport.CallError{End: end, Operation: "anything", Code: "unavailable", Status: http.StatusServiceUnavailable}
}

// awaySink is a sink whose destination is away.
type awaySink struct{ find, create, read, match, link error }

func (s awaySink) FindCustomers(_ context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	return s.found(len(keys))
}

func (s awaySink) FindUsers(_ context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	return s.found(len(keys))
}

func (s awaySink) found(n int) (map[string][]string, error) {
	if n == 0 {
		return nil, nil
	}
	return nil, s.find
}

func (s awaySink) CreateCustomers(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return make([]adcimport.WriteResult, len(recs)), s.create
}

func (s awaySink) CreateUsers(_ context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return make([]adcimport.WriteResult, len(recs)), s.create
}

func (s awaySink) ReadCustomers(context.Context, []string) (map[string]adcimport.CustomerRecord, error) {
	return nil, s.read
}

func (s awaySink) ReadUsers(context.Context, []string) (map[string]adcimport.UserRecord, error) {
	return nil, s.read
}

func (s awaySink) MatchCustomers(context.Context, []match.Customer) ([]match.CustomerCandidate, error) {
	return nil, s.match
}

func (s awaySink) MatchUsers(context.Context, []match.User) ([]match.UserCandidate, error) {
	return nil, s.match
}

func (s awaySink) LinkCustomers(_ context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	return make([]adcimport.WriteResult, len(links)), s.link
}

func (s awaySink) LinkUsers(_ context.Context, links []adcimport.UserLink) ([]adcimport.WriteResult, error) {
	return make([]adcimport.WriteResult, len(links)), s.link
}

// awayCustomers and awayUsers are a kind of a sink with all that the suite asks of it.
type (
	awayCustomers interface {
		adcimport.CustomerSink
		adcimport.CustomerReader
		adcimport.CustomerMatcher
	}
	awayUsers interface {
		adcimport.UserSink
		adcimport.UserReader
		adcimport.UserMatcher
	}
)

// halfAway is wrong for one kind.
type halfAway struct {
	awayCustomers
	awayUsers
}

func awayRightly() awaySink {
	err := awayError("sink")
	return awaySink{err, err, err, err, err}
}

func sinkAwayMistakes() map[string]func(*brokenSink) {
	all := map[string]func(*brokenSink){
		"customers_trace": func(b *brokenSink) { b.traced = b.Customers },
	}
	for name, mistake := range map[string]func(*awaySink){
		"find":   func(s *awaySink) { s.find = nil },
		"create": func(s *awaySink) { s.create = errors.New("it failed") },
		"read":   func(s *awaySink) { s.read = nil },
		"match":  func(s *awaySink) { s.match = nil },
		"link":   func(s *awaySink) { s.link = &adcimport.RecordError{ID: "1", Reason: adcimport.ReasonRejectedBySink} },
	} {
		right, wrong := awayRightly(), awayRightly()
		mistake(&wrong)
		all["customers_away_"+name] = func(b *brokenSink) { b.away = halfAway{wrong, right} }
		all["users_away_"+name] = func(b *brokenSink) { b.away = halfAway{right, wrong} }
	}
	return all
}

// awaySource is a source whose service is away.
type awaySource struct{ customers, users, detail error }

func (s awaySource) Customers(context.Context, adcimport.CustomerFilter, adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		yield(adcimport.Page[adcimport.Customer]{}, s.customers)
	}
}

func (s awaySource) Users(context.Context, adcimport.UserFilter, adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return func(yield func(adcimport.Page[adcimport.User], error) bool) {
		yield(adcimport.Page[adcimport.User]{}, s.users)
	}
}

func (s awaySource) CustomerDetail(context.Context, string) (adcimport.Customer, error) {
	return adcimport.Customer{}, s.detail
}

func newAwaySource() awaySource {
	return awaySource{awayError("source"), awayError("source"), awayError("source")}
}
