package adcimporttest

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// Sink makes a sink fail.
func (f *Faults) Sink(s adcimport.Sink) adcimport.Sink {
	customers, updates := ability.Find[adcimport.CustomerUpdater](s)
	users, both := ability.Find[adcimport.UserUpdater](s)
	if updates && both {
		return faultyUpdater{faultySink{s, f}, customers, users}
	}
	return faultySink{s, f}
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

// faultyUpdater is a faultySink over a sink that updates.
type faultyUpdater struct {
	faultySink

	customers adcimport.CustomerUpdater
	users     adcimport.UserUpdater
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
