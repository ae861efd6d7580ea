package adcimporttest

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
	"github.com/securitytrax/adcimport/match"
)

// Sink makes a sink fail.
func (f *Faults) Sink(s adcimport.Sink) adcimport.Sink {
	base := faultySink{s, f}
	updater, updates := newFaultyUpdater(s, f)
	reader, reads := newFaultyReader(s, f)
	matcher, matches := newFaultyMatcher(s, f)
	switch {
	case updates && reads && matches:
		return struct {
			faultySink
			faultyUpdater
			faultyReader
			faultyMatcher
		}{base, updater, reader, matcher}
	case updates && reads:
		return struct {
			faultySink
			faultyUpdater
			faultyReader
		}{base, updater, reader}
	case updates && matches:
		return struct {
			faultySink
			faultyUpdater
			faultyMatcher
		}{base, updater, matcher}
	case reads && matches:
		return struct {
			faultySink
			faultyReader
			faultyMatcher
		}{base, reader, matcher}
	case updates:
		return struct {
			faultySink
			faultyUpdater
		}{base, updater}
	case reads:
		return struct {
			faultySink
			faultyReader
		}{base, reader}
	case matches:
		return struct {
			faultySink
			faultyMatcher
		}{base, matcher}
	}
	return base
}

// faultyReader is for a sink that reads.
type faultyReader struct {
	f         *Faults
	customers adcimport.CustomerReader
	users     adcimport.UserReader
}

func newFaultyReader(s adcimport.Sink, f *Faults) (faultyReader, bool) {
	customers, some := ability.Find[adcimport.CustomerReader](s)
	users, others := ability.Find[adcimport.UserReader](s)
	return faultyReader{f, customers, users}, some && others
}

func (s faultyReader) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	return faulty(ctx, s.f, "ReadCustomers", func() (map[string]adcimport.CustomerRecord, error) {
		return s.customers.ReadCustomers(ctx, ids)
	})
}

func (s faultyReader) ReadUsers(ctx context.Context, ids []string) (map[string]adcimport.UserRecord, error) {
	return faulty(ctx, s.f, "ReadUsers", func() (map[string]adcimport.UserRecord, error) { return s.users.ReadUsers(ctx, ids) })
}

// faultyMatcher is for a sink that recognises what was typed in.
type faultyMatcher struct {
	f         *Faults
	customers adcimport.CustomerMatcher
	users     adcimport.UserMatcher
}

func newFaultyMatcher(s adcimport.Sink, f *Faults) (faultyMatcher, bool) {
	customers, some := ability.Find[adcimport.CustomerMatcher](s)
	users, others := ability.Find[adcimport.UserMatcher](s)
	return faultyMatcher{f, customers, users}, some && others
}

func (s faultyMatcher) MatchCustomers(ctx context.Context, recs []match.Customer) ([]match.CustomerCandidate, error) {
	return faulty(ctx, s.f, "MatchCustomers", func() ([]match.CustomerCandidate, error) { return s.customers.MatchCustomers(ctx, recs) })
}

func (s faultyMatcher) MatchUsers(ctx context.Context, recs []match.User) ([]match.UserCandidate, error) {
	return faulty(ctx, s.f, "MatchUsers", func() ([]match.UserCandidate, error) { return s.users.MatchUsers(ctx, recs) })
}

func (s faultyMatcher) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	return s.f.write(ctx, "LinkCustomers", len(links), func() ([]adcimport.WriteResult, error) {
		return s.customers.LinkCustomers(ctx, links)
	})
}

func (s faultyMatcher) LinkUsers(ctx context.Context, links []adcimport.UserLink) ([]adcimport.WriteResult, error) {
	return s.f.write(ctx, "LinkUsers", len(links), func() ([]adcimport.WriteResult, error) {
		return s.users.LinkUsers(ctx, links)
	})
}

type faultySink struct {
	sink adcimport.Sink
	f    *Faults
}

// Unwrap returns the sink, for its abilities.
func (s faultySink) Unwrap() any { return s.sink }

func (s faultySink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	return faulty(ctx, s.f, "FindCustomers", func() (map[string][]string, error) { return s.sink.FindCustomers(ctx, keys) })
}

func (s faultySink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	return faulty(ctx, s.f, "FindUsers", func() (map[string][]string, error) { return s.sink.FindUsers(ctx, keys) })
}

func (s faultySink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return s.f.write(ctx, "CreateCustomers", len(recs), func() ([]adcimport.WriteResult, error) {
		return s.sink.CreateCustomers(ctx, recs)
	})
}

func (s faultySink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return s.f.write(ctx, "CreateUsers", len(recs), func() ([]adcimport.WriteResult, error) {
		return s.sink.CreateUsers(ctx, recs)
	})
}

// faultyUpdater is for a sink that updates.
type faultyUpdater struct {
	f         *Faults
	customers adcimport.CustomerUpdater
	users     adcimport.UserUpdater
}

func newFaultyUpdater(s adcimport.Sink, f *Faults) (faultyUpdater, bool) {
	customers, some := ability.Find[adcimport.CustomerUpdater](s)
	users, others := ability.Find[adcimport.UserUpdater](s)
	return faultyUpdater{f, customers, users}, some && others
}

func (s faultyUpdater) UpdateCustomers(
	ctx context.Context, ids []string, recs []adcimport.CustomerRecord,
) ([]adcimport.WriteResult, error) {
	return s.f.write(ctx, "UpdateCustomers", len(recs), func() ([]adcimport.WriteResult, error) {
		return s.customers.UpdateCustomers(ctx, ids, recs)
	})
}

func (s faultyUpdater) UpdateUsers(
	ctx context.Context, ids []string, recs []adcimport.UserRecord,
) ([]adcimport.WriteResult, error) {
	return s.f.write(ctx, "UpdateUsers", len(recs), func() ([]adcimport.WriteResult, error) {
		return s.users.UpdateUsers(ctx, ids, recs)
	})
}

// write carries out a call that writes n records.
func (f *Faults) write(
	ctx context.Context, method string, n int, call func() ([]adcimport.WriteResult, error),
) ([]adcimport.WriteResult, error) {
	var results []adcimport.WriteResult
	end, err := f.around(ctx, method, func() (err error) {
		results, err = call()
		return err
	})
	switch end {
	case endedBefore:
		return everyResult(n, adcimport.WriteNotSent, err), err
	case endedLost:
		return everyResult(n, adcimport.WriteUnknown, err), nil
	case endedCrashed:
		return nil, err
	case endedWell:
	}
	return results, err
}

func everyResult(n int, st adcimport.WriteStatus, err error) []adcimport.WriteResult {
	results := make([]adcimport.WriteResult, n)
	for i := range results {
		results[i] = adcimport.WriteResult{Status: st, Err: err}
	}
	return results
}
