package conformance

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// sinkSide is one kind of records of a sink under test, so that both kinds are
// held to the same rules.
type sinkSide[R any] struct {
	what     string
	find     func(ctx context.Context, keys []sideKey[R]) (map[string][]string, error)
	create   func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error)
	update   func(ctx context.Context, ids []string, recs []R) ([]adcimport.WriteResult, error) // nil: it cannot
	validate func(rec R) []adcimport.FieldError                                                 // nil: it cannot
	proves   bool
	held     func(ctx context.Context) ([]string, error)                   // nil: it cannot be told
	readAll  func(ctx context.Context, ids []string) (map[string]R, error) // nil: it cannot
	owned    func(rec *R) (email *string, toClear, toLeave *[]string)
	back     func(ctx context.Context, id string) (R, error) // nil: it cannot be read
	good     func(id string) R                               // a record that the destination takes
	bad      func(id string) (rec R, ok bool)                // one that it refuses
	fields   func(rec *R) (id, key *string, city *string)    // what the rules change
	clone    func(R) R                                       // shares nothing
	smear    func(rec *R)                                    // changes all that a caller could share
	lose     func()                                          // the next reply; nil: it cannot
	stall    func() (release func())                         // the destination keeps silent; nil: it cannot
	personal func(rec *R) map[string]*string                 // what is a person's, by the field's name
	honours  bool                                            // idempotency keys
	match    *matchSide[R]                                   // nil: it recognises nobody
	link     linker                                          // as match
	mails    func(ctx context.Context) ([]string, error)     // who was mailed a login; nil: nothing tells
}

type sideKey[R any] struct {
	id  string
	rec R
}

// destination is what tells about the sink's destination.
func (c SinkCase) destination() any {
	if c.Destination != nil {
		return c.Destination
	}
	return c.Sink
}

// common fills in what both kinds ask of the destination.
func common[R any](c SinkCase, k adcimport.Kind, s *sinkSide[R]) *sinkSide[R] {
	s.proves = true
	if p, ok := ability.Find[adcimport.AbsenceProver](c.Sink); ok {
		s.proves = p.ProvesAbsence(k)
	}
	if l, ok := ability.Find[ReplyLoser](c.destination()); ok {
		s.lose = l.LoseReply
	}
	if st, ok := ability.Find[Staller](c.destination()); ok {
		s.stall = st.Stall
	}
	if h, ok := ability.Find[KeyHonourer](c.destination()); ok {
		s.honours = h.HonoursKeys()
	}
	s.mails = c.mailer()
	return s
}

// supported leaves the rules on a half out that the sink does not have.
func (s *sinkSide[R]) supported(t *trial) bool {
	if _, err := s.find(t.ctx, nil); errors.Is(err, errors.ErrUnsupported) {
		t.leaveOut("the sink has no " + s.what)
	}
	return t.err == nil
}

// sinkRule makes a rule on one side of a sink.
type sinkRule[R any] func(name, explain string, check func(*trial, *sinkSide[R])) rule[SinkCase]

// sinkOn makes the rules on one side.
func sinkOn[R any](what string, side func(SinkCase) *sinkSide[R]) sinkRule[R] {
	return func(name, explain string, check func(*trial, *sinkSide[R])) rule[SinkCase] {
		return rule[SinkCase]{what + "_" + name, explain, func(t *trial, c SinkCase) {
			if s := side(c); s.supported(t) {
				check(t, s)
			}
		}}
	}
}

// suiteID is the n-th Alarm.com id of the suite.
func suiteID(n int) string { return strconv.Itoa(7_000_000 + n) }

// record is the n-th record of the suite.
func (s *sinkSide[R]) record(n int) R { return s.keyed(s.good(suiteID(n)), n) }

// keyed gives a record the n-th id and its key.
func (s *sinkSide[R]) keyed(rec R, n int) R {
	id, key, _ := s.fields(&rec)
	*id, *key = suiteID(n), "suite/"+s.what+"/"+suiteID(n)
	return rec
}

func (s *sinkSide[R]) records(from, n int) []R {
	recs := make([]R, n)
	for i := range recs {
		recs[i] = s.record(from + i)
	}
	return recs
}

// otherKey is the record under another idempotency key.
func (s *sinkSide[R]) otherKey(rec R) R {
	_, key, _ := s.fields(&rec)
	*key += "/again"
	return rec
}

// key of a record, for Find.
func (s *sinkSide[R]) key(rec R) sideKey[R] {
	id, _, _ := s.fields(&rec)
	return sideKey[R]{*id, rec}
}

// look is Find without an error.
func (s *sinkSide[R]) look(t *trial, recs ...R) map[string][]string {
	keys := make([]sideKey[R], len(recs))
	for i, rec := range recs {
		keys[i] = s.key(rec)
	}
	found, err := s.find(t.ctx, keys)
	t.noError("find "+s.what, err)
	return found
}

// write is a create without an error, that returns a result for each record.
func (s *sinkSide[R]) write(t *trial, recs ...R) []adcimport.WriteResult {
	results, err := s.create(t.ctx, recs)
	t.noError("create "+s.what, unlessOfRecords(err))
	return t.filled(results, len(recs))
}

// filled fails where results are missing or too many, and returns n in any
// case.
func (t *trial) filled(results []adcimport.WriteResult, n int) []adcimport.WriteResult {
	if len(results) != n {
		t.failf("%d results for %d records: each has one, also where an error is returned", len(results), n)
	}
	all := make([]adcimport.WriteResult, n)
	copy(all, results)
	return all
}

// created is write, of which every result must be Created with an id of its own.
func (s *sinkSide[R]) created(t *trial, recs ...R) []adcimport.WriteResult {
	results := s.write(t, recs...)
	var ids []string
	for i, r := range results {
		if r.Status != adcimport.WriteCreated || r.ID == "" {
			t.failf("result %d of %d is %s with id %q and error %v, want Created with the destination's id",
				i+1, len(results), statusName(r.Status), r.ID, r.Err)
		}
		if slices.Contains(ids, r.ID) {
			t.failf("results have id %s twice", r.ID)
		}
		ids = append(ids, r.ID)
	}
	return results
}

func statusName(s adcimport.WriteStatus) string {
	switch s {
	case adcimport.WriteUnknown:
		return "Unknown"
	case adcimport.WriteCreated:
		return "Created"
	case adcimport.WriteExists:
		return "Exists"
	case adcimport.WriteRejected:
		return "Rejected"
	case adcimport.WriteNotSent:
		return "NotSent"
	}
	return fmt.Sprintf("WriteStatus(%d)", int(s))
}

// unlessOfRecords is nil for an error that is made of RecordErrors only.
func unlessOfRecords(err error) error {
	if err == nil {
		return nil
	}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			if unlessOfRecords(e) != nil {
				return err
			}
		}
		return nil
	}
	if _, ok := errors.AsType[*adcimport.RecordError](err); ok {
		return nil
	}
	return err
}

// canCount reports whether it can be told what the destination holds, and
// leaves the rule out otherwise.
func (s *sinkSide[R]) canCount(t *trial) bool {
	if s.held == nil && !s.proves {
		t.leaveOut("nothing tells what the destination holds of " + s.what)
	}
	return t.err == nil
}

// count is how many records of the n-th id the destination holds.
func (s *sinkSide[R]) count(t *trial, n int) int {
	if s.held == nil {
		return len(s.look(t, s.record(n))[suiteID(n)])
	}
	ids, err := s.held(t.ctx)
	t.noError("what the destination holds", err)
	return len(slices.DeleteFunc(ids, func(id string) bool { return id != suiteID(n) }))
}

// holds wants the destination to hold so many records of the n-th id.
func (s *sinkSide[R]) holds(t *trial, when string, n, want int) {
	if s.held == nil && !s.proves {
		return
	}
	if got := s.count(t, n); got != want {
		t.failf("%s: the destination holds %d of %s, want %d", when, got, suiteID(n), want)
	}
}
