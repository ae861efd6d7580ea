package model_test

import (
	"context"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
)

// gatedSink is the sink as one runner has it.
type gatedSink struct {
	r   *runner
	raw adcimport.Sink // the real one, or a planted mistake around it
}

func (s gatedSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	arg := ids(keys, func(k adcimport.CustomerKey) string { return k.ID })
	return happen(s.r, "find customers", arg, func() (map[string][]string, error) { return s.raw.FindCustomers(ctx, keys) })
}

func (s gatedSink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	arg := ids(keys, func(k adcimport.UserKey) string { return k.ID })
	return happen(s.r, "find users", arg, func() (map[string][]string, error) { return s.raw.FindUsers(ctx, keys) })
}

func (s gatedSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	c := creation[adcimport.CustomerRecord]{
		r: s.r, kind: adcimport.KindCustomer, id: func(r adcimport.CustomerRecord) string { return r.AlarmComID }, raw: s.raw.CreateCustomers,
	}
	return c.call(ctx, recs)
}

func (s gatedSink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	c := creation[adcimport.UserRecord]{
		r: s.r, kind: adcimport.KindUser, id: func(r adcimport.UserRecord) string { return r.AlarmComID }, raw: s.raw.CreateUsers,
	}
	return c.call(ctx, recs)
}

func (s gatedSink) UpdateCustomers(ctx context.Context, at []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	arg := ids(recs, func(r adcimport.CustomerRecord) string { return r.AlarmComID })
	return happen(s.r, "update customers", arg, func() ([]adcimport.WriteResult, error) {
		return refusing(s.r.world, adcimport.KindCustomer, recs, func(r adcimport.CustomerRecord) string { return r.AlarmComID },
			func(take []int) ([]adcimport.WriteResult, error) {
				return s.r.world.sink.UpdateCustomers(ctx, some(at, take), some(recs, take))
			})
	})
}

func (s gatedSink) UpdateUsers(ctx context.Context, at []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	arg := ids(recs, func(r adcimport.UserRecord) string { return r.AlarmComID })
	return happen(s.r, "update users", arg, func() ([]adcimport.WriteResult, error) {
		return refusing(s.r.world, adcimport.KindUser, recs, func(r adcimport.UserRecord) string { return r.AlarmComID },
			func(take []int) ([]adcimport.WriteResult, error) {
				return s.r.world.sink.UpdateUsers(ctx, some(at, take), some(recs, take))
			})
	})
}

// ProvesAbsence says whether the sink keeps the ids that it is asked for.
func (s gatedSink) ProvesAbsence(k adcimport.Kind) bool { return s.r.world.sink.ProvesAbsence(k) }

func (s gatedSink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	return happen(s.r, "find reps", "", func() (map[string]string, error) { return s.r.world.sink.FindReps(ctx, logins) })
}

// creation is a create call of one kind.
type creation[R any] struct {
	r    *runner
	kind adcimport.Kind
	id   func(R) string
	raw  func(context.Context, []R) ([]adcimport.WriteResult, error)
}

func (c creation[R]) call(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
	v := c.r.enter("create "+string(c.kind)+"s", ids(recs, c.id))
	switch v.fate {
	case gone:
		return nil, errDead
	case refuse:
		return nil, errRefused
	case landLate:
		if err := c.late(ctx, recs, v.bits, errLost); v.bits%2 == 0 {
			return nil, err
		}
		return make([]adcimport.WriteResult, len(recs)), nil
	case crashLand:
		err := c.late(ctx, recs, v.bits, errDead)
		c.r.world.crash(c.r)
		return nil, err
	case partly:
		return c.some(ctx, recs, v.bits)
	case proceed, loseReply, crashBefore, crashAfter, twice:
	}
	res, err := c.now(ctx, recs)
	if v.fate == proceed && err == nil {
		for i := range res {
			c.r.world.answers(c.r, c.kind, c.id(recs[i]), res[i])
		}
	}
	return after(c.r, v, res, err)
}

// now sends records and checks that they may be sent.
func (c creation[R]) now(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
	res, err := c.raw(ctx, recs)
	for i := range res {
		if res[i].Status == adcimport.WriteCreated {
			c.r.world.sent(c.r, c.kind, c.id(recs[i])) //nolint:contextcheck // looks at the store from outside of any runner
		}
	}
	return res, err
}

// late sends records now that arrive later: after a lost call within the settle
// time, after a lost runner within the settle time after its lease. A record
// that may not be sent anymore never arrives.
func (c creation[R]) late(ctx context.Context, recs []R, bits byte, err error) error {
	if refused := adcimport.CheckWrite(ctx); refused != nil {
		return refused // cautious sinks answer WriteUnknown where WriteNotSent would be right
	}
	w := c.r.world
	window := settleTime - w.lag
	if err == errDead { //nolint:errorlint // our own value
		window += time.Until(c.r.leaseEnds[c.kind])
	}
	for _, rec := range recs {
		w.sent(c.r, c.kind, c.id(rec)) //nolint:contextcheck // looks at the store from outside of any runner
	}
	margin := time.Millisecond
	if w.setting.store != nil {
		margin = clockError
	}
	delay := (window - margin) * time.Duration(255-bits) / 255
	w.landing.Add(1)
	time.AfterFunc(delay, func() { //nolint:contextcheck // a late arrival outlives its caller
		defer w.landing.Done()
		w.tracef("landed: %s", ids(recs, c.id))
		defer w.taint()
		_, _ = c.raw(context.Background(), recs)
	})
	return err
}

// clockError is by how much the clock of a store outside of the bubble may be off
// virtual time, on a busy machine.
const clockError = settleTime / 10

// some gives each record a fate of its own: created, lost after, landing late,
// not sent.
func (c creation[R]) some(ctx context.Context, recs []R, bits byte) ([]adcimport.WriteResult, error) {
	res := make([]adcimport.WriteResult, len(recs))
	for i := range recs {
		own := bits >> (2 * i % 8) & 3
		switch own {
		case 2:
			res[i].Err = c.late(ctx, recs[i:i+1], bits, errLost)
			continue
		case 3:
			res[i].Status = adcimport.WriteNotSent
			continue
		}
		one, err := c.now(ctx, recs[i:i+1])
		if err != nil {
			return res, err
		}
		if res[i] = one[0]; own == 1 && res[i].Status == adcimport.WriteCreated {
			res[i] = adcimport.WriteResult{Status: adcimport.WriteUnknown, Err: errLost}
		}
	}
	return res, nil
}

// laggingSink is a sink whose find sees a record only some time after it was
// created.
type laggingSink struct {
	adcimport.Sink
	w *world
}

func (s laggingSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	found, err := s.Sink.FindCustomers(ctx, keys)
	return s.visible(found), err
}

func (s laggingSink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	found, err := s.Sink.FindUsers(ctx, keys)
	return s.visible(found), err
}

func (s laggingSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	res, err := refusing(s.w, adcimport.KindCustomer, recs, func(r adcimport.CustomerRecord) string { return r.AlarmComID },
		func(take []int) ([]adcimport.WriteResult, error) {
			return s.Sink.CreateCustomers(ctx, some(recs, take))
		})
	return s.created(res), err
}

func (s laggingSink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	res, err := refusing(s.w, adcimport.KindUser, recs, func(r adcimport.UserRecord) string { return r.AlarmComID },
		func(take []int) ([]adcimport.WriteResult, error) { return s.Sink.CreateUsers(ctx, some(recs, take)) })
	return s.created(res), err
}

func (s laggingSink) created(res []adcimport.WriteResult) []adcimport.WriteResult {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for _, r := range res {
		if r.Status == adcimport.WriteCreated {
			s.w.seen[r.ID] = time.Now().Add(s.w.lag)
		}
	}
	return res
}

func (s laggingSink) visible(found map[string][]string) map[string][]string {
	s.w.mu.Lock()
	defer s.w.mu.Unlock()
	for id, sinkIDs := range found {
		found[id] = slices.DeleteFunc(sinkIDs, func(sinkID string) bool { return time.Now().Before(s.w.seen[sinkID]) })
	}
	return found
}

// refusing makes a write of records, without those that the sink refuses.
func refusing[R any](
	w *world, k adcimport.Kind, recs []R, id func(R) string, write func(take []int) ([]adcimport.WriteResult, error),
) ([]adcimport.WriteResult, error) {
	res := make([]adcimport.WriteResult, len(recs))
	var take []int
	w.mu.Lock()
	for i, rec := range recs {
		if w.rejects[string(k)+"/"+id(rec)] {
			err := &adcimport.RecordError{ID: id(rec), Reason: adcimport.ReasonRejectedBySink}
			res[i] = adcimport.WriteResult{Status: adcimport.WriteRejected, Err: err}
			continue
		}
		take = append(take, i)
	}
	w.mu.Unlock()
	if len(take) == 0 {
		return res, nil
	}
	taken, err := write(take)
	for i := range taken {
		res[take[i]] = taken[i]
	}
	return res, err
}

func some[T any](all []T, at []int) []T {
	out := make([]T, len(at))
	for i, place := range at {
		out[i] = all[place]
	}
	return out
}
