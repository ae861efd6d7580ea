package conformance_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// sinkCalls are the calls on one kind of records.
type sinkCalls[R any] struct {
	find     func(ctx context.Context, ids []string, recs []R) (map[string][]string, error)
	create   func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error)
	update   func(ctx context.Context, ids []string, recs []R) ([]adcimport.WriteResult, error)
	validate func(rec R) []adcimport.FieldError
	read     func(ctx context.Context, id string) (R, error)
	readAll  func(ctx context.Context, ids []string) (map[string]R, error)
	match    matching
	link     func(ctx context.Context, links []link) ([]adcimport.WriteResult, error)
}

// brokenSink is an in-memory sink, and what it tells about itself, with one
// method or another replaced.
type brokenSink struct {
	*adcimporttest.Sink
	memory
	stall

	customers      sinkCalls[adcimport.CustomerRecord]
	users          sinkCalls[adcimport.UserRecord]
	checkCustomers func(context.Context, adcimport.CustomerOptions) error
	checkUsers     func(context.Context, adcimport.UserOptions) error
	userTags       func(context.Context) ([]adcimport.Choice, error)
	offices        func(context.Context) ([]adcimport.Choice, error)
	groups         func(context.Context) ([]adcimport.Choice, error)
	reps           func(context.Context, []string) (map[string]string, error)
	check          func(context.Context) error
	moreMails      []string
	away           adcimport.Sink
	traced         func() []adcimporttest.SinkCustomer // nil: as the sink has it
	losing         atomic.Bool
}

func newBrokenSink(s *adcimporttest.Sink) *brokenSink {
	b := &brokenSink{
		Sink: s, memory: memory{s}, checkCustomers: s.CheckCustomerOptions, checkUsers: s.CheckUserOptions,
		userTags: s.UserTags, offices: s.Offices, groups: s.PermissionGroups, reps: s.FindReps, check: s.Check,
	}
	faulty := adcimporttest.FaultySink(s, func(c adcimporttest.FaultCall) adcimporttest.Fault {
		if strings.HasPrefix(c.Method, "Create") && b.losing.CompareAndSwap(true, false) {
			return adcimporttest.Fault{Lost: errors.New("reply lost")}
		}
		return adcimporttest.Fault{}
	})
	b.customers = sinkCalls[adcimport.CustomerRecord]{
		find: func(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) (map[string][]string, error) {
			keys := make([]adcimport.CustomerKey, len(ids))
			for i := range ids {
				keys[i] = adcimport.CustomerKey{ID: ids[i], Record: recs[i]}
			}
			return faulty.FindCustomers(ctx, keys)
		},
		create: faulty.CreateCustomers, update: s.UpdateCustomers, validate: s.ValidateCustomer, read: b.memory.ReadCustomer,
		readAll: s.ReadCustomers, match: rightly, link: customerLinks(s),
	}
	b.users = sinkCalls[adcimport.UserRecord]{
		find: func(ctx context.Context, ids []string, recs []adcimport.UserRecord) (map[string][]string, error) {
			keys := make([]adcimport.UserKey, len(ids))
			for i := range ids {
				keys[i] = adcimport.UserKey{ID: ids[i], Record: recs[i]}
			}
			return faulty.FindUsers(ctx, keys)
		},
		create: faulty.CreateUsers, update: s.UpdateUsers, validate: s.ValidateUser, read: b.memory.ReadUser,
		readAll: s.ReadUsers, match: rightly, link: userLinks(s),
	}
	stalling(&b.stall, &b.customers)
	stalling(&b.stall, &b.users)
	return b
}

// TraceCustomers returns whom traced has, if it is there.
func (b *brokenSink) TraceCustomers(ctx context.Context, recs []adcimport.CustomerRecord) (map[string][]string, error) {
	if b.traced == nil {
		return b.Sink.TraceCustomers(ctx, recs)
	}
	found := map[string][]string{}
	for _, c := range b.traced() {
		found[c.Record.AlarmComID] = []string{c.ID}
	}
	return found, nil
}

func (b *brokenSink) LoseReply() { b.losing.Store(true) }

func (b *brokenSink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	ids, recs := make([]string, len(keys)), make([]adcimport.CustomerRecord, len(keys))
	for i, k := range keys {
		ids[i], recs[i] = k.ID, k.Record
	}
	found, err := b.customers.find(ctx, ids, recs)
	for i := range keys {
		keys[i].Record = recs[i]
	}
	return found, err
}

func (b *brokenSink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	ids, recs := make([]string, len(keys)), make([]adcimport.UserRecord, len(keys))
	for i, k := range keys {
		ids[i], recs[i] = k.ID, k.Record
	}
	found, err := b.users.find(ctx, ids, recs)
	for i := range keys {
		keys[i].Record = recs[i]
	}
	return found, err
}

func (b *brokenSink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.customers.create(ctx, recs)
}

func (b *brokenSink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return b.users.create(ctx, recs)
}

func (b *brokenSink) UpdateCustomers(ctx context.Context, ids []string, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return b.customers.update(ctx, ids, recs)
}

func (b *brokenSink) UpdateUsers(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return b.users.update(ctx, ids, recs)
}

func (b *brokenSink) ValidateCustomer(rec adcimport.CustomerRecord) []adcimport.FieldError {
	return b.customers.validate(rec)
}

func (b *brokenSink) ValidateUser(rec adcimport.UserRecord) []adcimport.FieldError {
	return b.users.validate(rec)
}

func (b *brokenSink) ReadCustomer(ctx context.Context, id string) (adcimport.CustomerRecord, error) {
	return b.customers.read(ctx, id)
}

func (b *brokenSink) ReadUser(ctx context.Context, id string) (adcimport.UserRecord, error) {
	return b.users.read(ctx, id)
}

func (b *brokenSink) CheckCustomerOptions(ctx context.Context, o adcimport.CustomerOptions) error {
	return b.checkCustomers(ctx, o)
}

func (b *brokenSink) CheckUserOptions(ctx context.Context, o adcimport.UserOptions) error {
	return b.checkUsers(ctx, o)
}

func (b *brokenSink) UserTags(ctx context.Context) ([]adcimport.Choice, error) {
	return b.userTags(ctx)
}

func (b *brokenSink) Offices(ctx context.Context) ([]adcimport.Choice, error) { return b.offices(ctx) }

func (b *brokenSink) PermissionGroups(ctx context.Context) ([]adcimport.Choice, error) {
	return b.groups(ctx)
}

func (b *brokenSink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	return b.reps(ctx, logins)
}

func (b *brokenSink) Check(ctx context.Context) error { return b.check(ctx) }

func (b *brokenSink) LoginEmails(ctx context.Context) ([]string, error) {
	ids, err := b.memory.LoginEmails(ctx)
	return append(ids, b.moreMails...), err
}

// kindMistakes break one rule each, on either kind: id is of a record, key its
// idempotency key, spoil changes it.
func kindMistakes[R any](id, key func(R) string, spoil func(*R)) map[string]func(*sinkCalls[R]) {
	m := map[string]func(*sinkCalls[R]){}
	findMistakes(m, id, spoil)
	createMistakes(m, id, key, spoil)
	stopMistakes(m)
	updateMistakes(m)
	return m
}

func findMistakes[R any](m map[string]func(*sinkCalls[R]), id func(R) string, spoil func(*R)) {
	type found = map[string][]string
	// on adds a mistake in what is asked for and returned.
	on := func(name string, change func(ctx context.Context, ids []string, recs []R, found found, err error) (found, error)) {
		m[name] = func(c *sinkCalls[R]) {
			find := c.find
			c.find = func(ctx context.Context, ids []string, recs []R) (map[string][]string, error) {
				found, err := find(ctx, ids, recs)
				return change(ctx, ids, recs, found, err)
			}
		}
	}
	on("find_created", func(_ context.Context, ids []string, _ []R, found map[string][]string, err error) (map[string][]string, error) {
		if len(ids) == 3 {
			delete(found, ids[2]) // loses the last of a chunk
		}
		return found, err
	})
	on("find_unknown", func(_ context.Context, ids []string, _ []R, found map[string][]string, err error) (map[string][]string, error) {
		if len(found) == 0 && len(ids) > 0 {
			found = map[string][]string{ids[0]: nil}
		}
		return found, err
	})
	on("find_bare", func(_ context.Context, ids []string, recs []R, found map[string][]string, err error) (map[string][]string, error) {
		for i := range ids {
			if len(ids) == 2 && id(recs[i]) == "" {
				delete(found, ids[i])
			}
		}
		return found, err
	})
	on("find_control", func(_ context.Context, ids []string, recs []R, found map[string][]string, err error) (map[string][]string, error) {
		for i := range ids {
			if len(ids) > 2 && id(recs[i]) == "" {
				delete(found, ids[i])
			}
		}
		return found, err
	})
	on("find_both", func(_ context.Context, _ []string, _ []R, found map[string][]string, err error) (map[string][]string, error) {
		for id := range found {
			found[id] = found[id][:1]
		}
		return found, err
	})
	on("find_repeated", func(_ context.Context, ids []string, _ []R, found map[string][]string, err error) (map[string][]string, error) {
		if len(ids) == 2 && ids[0] == ids[1] {
			found[ids[0]] = append(found[ids[0]], found[ids[0]]...)
		}
		return found, err
	})
	on("find_many", func(_ context.Context, ids []string, _ []R, found map[string][]string, err error) (map[string][]string, error) {
		for _, id := range ids[min(len(ids), 250):] {
			delete(found, id)
		}
		return found, err
	})
	on("find_keys", func(_ context.Context, _ []string, recs []R, found map[string][]string, err error) (map[string][]string, error) {
		for i := range recs {
			spoil(&recs[i])
		}
		return found, err
	})
	on("find_cancel", func(ctx context.Context, _ []string, _ []R, found map[string][]string, err error) (map[string][]string, error) {
		if errors.Is(ctx.Err(), context.Canceled) {
			found, err = nil, nil
		}
		return found, err
	})
}

func createMistakes[R any](m map[string]func(*sinkCalls[R]), id, key func(R) string, spoil func(*R)) {
	on := func(name string, change func(c *sinkCalls[R], recs []R, results []adcimport.WriteResult)) {
		m[name] = func(c *sinkCalls[R]) {
			create := c.create
			c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
				results, err := create(ctx, recs)
				change(c, recs, results)
				return results, err
			}
		}
	}
	on("results", func(_ *sinkCalls[R], _ []R, results []adcimport.WriteResult) {
		if len(results) == 5 {
			slices.Reverse(results)
		}
	})
	on("refused", func(_ *sinkCalls[R], _ []R, results []adcimport.WriteResult) {
		for i := range results {
			results[i].Err = nil
		}
	})
	on("batch_changed", func(_ *sinkCalls[R], recs []R, _ []adcimport.WriteResult) {
		for i := range recs {
			spoil(&recs[i])
		}
	})
	on("batch_kept", func(c *sinkCalls[R], recs []R, results []adcimport.WriteResult) {
		read := c.read
		c.read = func(ctx context.Context, sinkID string) (R, error) {
			for i, r := range results {
				if r.ID == sinkID && id(recs[i]) == "" {
					return recs[i], nil // the caller changed it
				}
			}
			return read(ctx, sinkID)
		}
	})
	m["none"] = func(c *sinkCalls[R]) {
		create := c.create
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			if len(recs) == 0 {
				return nil, errors.New("nothing to do")
			}
			return create(ctx, recs)
		}
	}
	m["repeat"] = func(c *sinkCalls[R]) {
		create, seen := c.create, map[string]bool{}
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			if len(recs) == 1 && seen[key(recs[0])] {
				return []adcimport.WriteResult{{Status: adcimport.WriteExists, ID: "another"}}, nil
			}
			if len(recs) == 1 {
				seen[key(recs[0])] = true
			}
			return create(ctx, recs)
		}
	}
	m["validator"] = func(c *sinkCalls[R]) {
		c.validate = func(R) []adcimport.FieldError { return nil }
	}
	m["concurrent"] = func(c *sinkCalls[R]) {
		create := c.create
		var busy atomic.Bool
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			if !busy.CompareAndSwap(false, true) {
				return nil, errors.New("busy")
			}
			defer busy.Store(false)
			time.Sleep(time.Millisecond)
			return create(ctx, recs)
		}
	}
	m["lost_reply"] = func(c *sinkCalls[R]) {
		create := c.create
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			results, err := create(ctx, recs)
			for _, r := range results {
				if r.Status == adcimport.WriteUnknown {
					return create(ctx, recs) // blindly
				}
			}
			return results, err
		}
	}
}

// blind is a context that ends when it should, and knows of no run.
type blind struct{ context.Context } //nolint:containedctx // it is one

func (blind) Value(any) any { return nil }

func stopMistakes[R any](m map[string]func(*sinkCalls[R])) {
	m["cancel"] = func(c *sinkCalls[R]) {
		create := c.create
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			if errors.Is(ctx.Err(), context.Canceled) {
				ctx = context.WithoutCancel(ctx)
			}
			return create(ctx, recs)
		}
	}
	m["check_write"] = func(c *sinkCalls[R]) {
		create := c.create
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			return create(blind{ctx}, recs) //nolint:contextcheck // it is the same context, without values
		}
	}
	m["check_write_anywhere"] = func(c *sinkCalls[R]) {
		create := c.create
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			results, err := create(ctx, recs)
			if adcimport.CheckWrite(ctx) != nil { // too late
				for i := range results {
					results[i] = adcimport.WriteResult{Status: adcimport.WriteNotSent}
				}
			}
			return results, err
		}
	}
}

func updateMistakes[R any](m map[string]func(*sinkCalls[R])) {
	on := func(name string, change func(results []adcimport.WriteResult)) {
		m[name] = func(c *sinkCalls[R]) {
			update := c.update
			c.update = func(ctx context.Context, ids []string, recs []R) ([]adcimport.WriteResult, error) {
				results, err := update(ctx, ids, recs)
				change(results)
				return results, err
			}
		}
	}
	on("update", func(results []adcimport.WriteResult) {
		if len(results) == 2 && results[0].Status == results[1].Status {
			slices.Reverse(results)
		}
	})
	on("update_unknown", func(results []adcimport.WriteResult) {
		for i := range results {
			if results[i].Status == adcimport.WriteRejected {
				results[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: "1"}
			}
		}
	})
	m["update_lengths"] = func(c *sinkCalls[R]) {
		update := c.update
		c.update = func(ctx context.Context, ids []string, recs []R) ([]adcimport.WriteResult, error) {
			n := min(len(ids), len(recs))
			return update(ctx, ids[:n], recs[:n])
		}
	}
}
