package month_test

import (
	"context"
	"iter"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/match"
)

// officeMistakes are about what people do at SecurityTrax.
func officeMistakes() map[string]mistake {
	sink := func(rule string, wrap func(*world, officeSink) adcimport.Sink) mistake {
		return mistake{rules: []string{rule}, office: true, sink: func(w *world, s adcimport.Sink) adcimport.Sink {
			return wrap(w, s.(officeSink)) //nolint:forcetypeassert // the real one
		}}
	}
	store := func(rule string, wrap func(adcimport.StateStore) adcimport.StateStore) mistake {
		return mistake{rules: []string{rule}, office: true, store: func(_ *world, s adcimport.StateStore) adcimport.StateStore { return wrap(s) }}
	}
	return map[string]mistake{
		"a matcher that is ignored": sink("typed in, and doubled", func(_ *world, s officeSink) adcimport.Sink {
			return recognisesNobody{s, s}
		}),
		"a link to somebody else": sink("linked to another", func(w *world, s officeSink) adcimport.Sink {
			return linksAnother{s, s, w}
		}),
		"an update over what people wrote": sink("a person's word", func(_ *world, s officeSink) adcimport.Sink {
			return overwrites{s, s}
		}),
		"a sink that reads nothing": sink("a person's word", func(_ *world, s officeSink) adcimport.Sink {
			return readsNothing{s, s}
		}),
		"a decision that is lost": store("what is decided is done", func(s adcimport.StateStore) adcimport.StateStore {
			return amendsNothing{s, ledger.AmendDecide}
		}),
		"nobody is forgotten": store("who was forgotten comes back", func(s adcimport.StateStore) adcimport.StateStore {
			return amendsNothing{s, ledger.AmendForget}
		}),
		"nobody is listed to review": store("who waits is listed", func(s adcimport.StateStore) adcimport.StateStore {
			return hidesWaiting{s}
		}),
		"two links that know nothing of each other": {rules: []string{"who was deleted stays away"}, office: true, apart: true, every: 12},
	}
}

// officeSink has what the real one can.
type officeSink interface {
	adcimport.Sink
	adcimport.CustomerMatcher
	adcimport.CustomerReader
	adcimport.CustomerUpdater
}

// recognisesNobody has no candidates.
type recognisesNobody struct {
	adcimport.Sink
	officeSink officeSink
}

func (s recognisesNobody) Unwrap() any { return s.Sink }

func (recognisesNobody) MatchCustomers(context.Context, []match.Customer) ([]match.CustomerCandidate, error) {
	return nil, nil
}

func (s recognisesNobody) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	return s.officeSink.LinkCustomers(ctx, links)
}

// linksAnother gives ids to strangers.
type linksAnother struct {
	adcimport.Sink
	officeSink officeSink
	w          *world
}

func (s linksAnother) Unwrap() any { return s.Sink }

func (s linksAnother) MatchCustomers(ctx context.Context, recs []match.Customer) ([]match.CustomerCandidate, error) {
	return s.officeSink.MatchCustomers(ctx, recs)
}

func (s linksAnother) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	links = slices.Clone(links)
	for i := range links {
		for id, p := range s.w.office.typed {
			if p == nil {
				links[i].ID = id
			}
		}
	}
	return s.officeSink.LinkCustomers(ctx, links)
}

// overwrites writes what people wrote over.
type overwrites struct {
	adcimport.Sink
	officeSink officeSink
}

func (s overwrites) Unwrap() any { return s.Sink }

func (s overwrites) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	recs = slices.Clone(recs)
	for i := range recs {
		recs[i].Leave = slices.DeleteFunc(slices.Clone(recs[i].Leave), func(f string) bool { return f == "Phone1" })
		recs[i].Phone1 = "801-555-0101"
	}
	return s.officeSink.UpdateCustomers(ctx, ids, recs)
}

// readsNothing finds each e-mail address empty.
type readsNothing struct {
	adcimport.Sink
	officeSink officeSink
}

func (s readsNothing) Unwrap() any { return s.Sink }

func (s readsNothing) ReadCustomers(ctx context.Context, ids []string) (map[string]adcimport.CustomerRecord, error) {
	found, err := s.officeSink.ReadCustomers(ctx, ids)
	for id, rec := range found {
		rec.Email = ""
		found[id] = rec
	}
	return found, err
}

// amendsNothing takes a person's word, and forgets it.
type amendsNothing struct {
	adcimport.StateStore
	op ledger.AmendOp
}

func (s amendsNothing) Amend(ctx context.Context, sc ledger.Scope, list []ledger.Amendment) error {
	list = slices.DeleteFunc(slices.Clone(list), func(a ledger.Amendment) bool { return a.Op == s.op })
	if len(list) == 0 {
		return nil
	}
	return s.StateStore.Amend(ctx, sc, list)
}

// hidesWaiting lists nobody who waits for a person.
type hidesWaiting struct{ adcimport.StateStore }

func (s hidesWaiting) List(ctx context.Context, sc ledger.Scope, q ledger.Query) iter.Seq2[ledger.Record, error] {
	if slices.Contains(q.States, ledger.StateReview) {
		return func(func(ledger.Record, error) bool) {}
	}
	return s.StateStore.List(ctx, sc, q)
}
