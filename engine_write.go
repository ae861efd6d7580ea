package adcimport

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// place decides what is undecided: it looks records up in the sink, and creates
// or updates them. What an error leaves undecided stays so. It answers the
// intents whose create was certainly not sent.
func (p *pipeline[S, R]) place(ctx context.Context, items []item[S, R]) (withdrawn []string, err error) {
	todo, err := p.recheck(ctx, items)
	if err != nil || len(todo) == 0 {
		return nil, err
	}
	todo, changed := p.compare(todo)
	if err := p.fillIn(ctx, todo, changed); err != nil {
		return nil, err
	}
	missing, found, err := p.lookUp(ctx, todo)
	if err != nil {
		return nil, err
	}
	if err := p.updateAll(ctx, append(changed, found...)); err != nil {
		return nil, err
	}
	if missing, err = p.intend(ctx, p.keepFromCreate(missing)); err != nil {
		return nil, err
	}
	return p.createAll(ctx, missing)
}

// recheck finds what came before in this run, whatever became of it then, and
// what became known while it was read. What is done, the store alone says.
func (p *pipeline[S, R]) recheck(ctx context.Context, items []item[S, R]) ([]*item[S, R], error) {
	var todo, ask []*item[S, R]
	for i := range items {
		switch it := &items[i]; {
		case it.doubt:
			todo = append(todo, it)
		case it.out != nil && !it.out.Stored(false) || it.id == "":
		case p.counted[it.id] != verdict{}:
			it.decide(p.outcome(it.id), ActionSkipped, ReasonDuplicateInSource)
		default:
			ask = append(ask, it)
		}
	}
	if len(ask) == 0 {
		return todo, nil
	}
	ids, _ := split(ask)
	known, err := p.knownOf(ctx, ids)
	if err != nil {
		return nil, err
	}
	for _, it := range ask {
		switch k, ok := known[it.id]; {
		case ok && k.RunID == p.state.RunID:
			p.skipKnown(it, k)
		case it.out != nil:
		case ok && it.known == nil && p.retry && p.again(&k):
			it.known = &k // a failed update
			todo = append(todo, it)
		case ok && it.known == nil:
			p.skipKnown(it, k)
		default:
			todo = append(todo, it)
		}
	}
	return todo, nil
}

// compare takes known records out: unchanged ones are decided, changed ones are
// to be updated.
func (p *pipeline[S, R]) compare(todo []*item[S, R]) (fresh, changed []*item[S, R]) {
	for _, it := range todo {
		switch {
		case it.known == nil:
			fresh = append(fresh, it)
		case it.known.Fingerprint == it.hash || p.update == nil:
			it.decide(p.outcome(it.id), ActionUnchanged, "")
			it.out.SinkID = it.known.SinkID
			it.hash = it.known.Fingerprint // what the sink has, also when it cannot be updated
		default:
			changed = append(changed, it)
		}
	}
	return fresh, changed
}

// fillIn lets the sink resolve references (SPEC O2), once for all records.
func (p *pipeline[S, R]) fillIn(ctx context.Context, groups ...[]*item[S, R]) error {
	if p.link == nil {
		return nil
	}
	var recs []*R
	for _, g := range groups {
		for _, it := range g {
			if it.mapped {
				recs = append(recs, &it.rec)
			}
		}
	}
	if len(recs) == 0 {
		return nil
	}
	ctx, cancel, err := p.readCall(ctx)
	if err != nil {
		return err
	}
	defer cancel()
	if err := p.link(ctx, recs); err != nil {
		return p.wrap("look up references of", outOfTime(ctx, err))
	}
	return nil
}

// lookUp asks the sink for the records. Found ones are decided, or to be
// updated; missing ones may be created.
func (p *pipeline[S, R]) lookUp(ctx context.Context, todo []*item[S, R]) (missing, found []*item[S, R], err error) {
	if len(todo) == 0 {
		return nil, nil, nil
	}
	ctx, cancel, err := p.readCall(ctx)
	if err != nil {
		return nil, nil, err
	}
	defer cancel()
	ids, recs := split(todo)
	hits, err := p.find(ctx, ids, recs)
	single, err := recordErrors(err, ids)
	if err != nil {
		return nil, nil, p.wrap("find", outOfTime(ctx, err))
	}
	for _, it := range todo {
		if re := single[it.id]; re != nil {
			p.failedBy(it, re, ReasonRejectedBySink)
			continue
		}
		switch p.judge(it, hits[it.id]); {
		case it.out == nil:
			missing = append(missing, it)
		case it.out.Action == ActionLinked && p.plan.opts.Mode == Upsert && p.update != nil && !it.doubt && it.mapped:
			it.known, it.out = &ledger.Known{SinkID: it.out.SinkID}, nil
			found = append(found, it)
		}
	}
	return missing, found, nil
}

// judge decides a record by what the sink has of it; undecided means that it may
// be created.
func (p *pipeline[S, R]) judge(it *item[S, R], hits []string) {
	o := p.outcome(it.id)
	switch {
	case len(hits) == 1 && it.doubt:
		o.SinkID = hits[0]
		it.decide(o, ActionLinked, ReasonInDoubtResolved)
	case len(hits) == 1:
		o.SinkID = hits[0]
		it.decide(o, ActionLinked, "")
		it.hash = "" // what the sink has is not what was mapped: Upsert compares anew
	case it.doubt && (len(hits) > 1 || !p.proves):
		it.decide(o, ActionFailed, ReasonInDoubt)
	case len(hits) > 1:
		it.decide(o, ActionFailed, ReasonAmbiguousMatch)
	case it.instead != nil:
		it.out = it.instead
	}
}

// intend makes the creates durable before they are sent. It answers those that
// may be.
func (p *pipeline[S, R]) intend(ctx context.Context, todo []*item[S, R]) ([]*item[S, R], error) {
	if len(todo) == 0 {
		return nil, nil
	}
	if err := context.Cause(ctx); err != nil {
		return nil, err
	}
	intents := make([]ledger.Intent, len(todo))
	for i, it := range todo {
		intents[i] = ledger.Intent{ID: it.id, Fingerprint: it.hash, Unpark: p.retry}
	}
	states, err := p.imp.cfg.Store.Intend(p.writes, p.keeper.current(), intents) //nolint:contextcheck // a stop does not cut it short
	if err == nil && len(states) != len(intents) {
		err = fmt.Errorf("%d states for %d intents", len(states), len(intents))
	}
	if err != nil {
		if errors.Is(err, ErrLeaseLost) {
			p.keeper.lose(err)
		}
		return nil, p.wrap("intend", err)
	}
	send := todo[:0:0]
	for i, it := range todo {
		switch st := states[i]; {
		case st == ledger.IntentFresh, st == ledger.IntentEarlier && p.retry, st != ledger.IntentParked && it.doubt:
			send = append(send, it)
		case st == ledger.IntentParked:
			it.decide(p.outcome(it.id), ActionFailed, ReasonInDoubt)
		case st == ledger.IntentEarlier:
			it.open = true // looked up at the run's end, after the settle time
			p.unknown = time.Now()
		default:
			it.decide(p.outcome(it.id), ActionSkipped, ReasonDuplicateInSource)
		}
	}
	return send, nil
}

// createAll sends creates until every one has an answer. A sink may leave
// records unsent when its time is up, and is called again with a fresh deadline.
func (p *pipeline[S, R]) createAll(ctx context.Context, todo []*item[S, R]) (withdrawn []string, err error) {
	unsent, err := p.sendAll(ctx, todo, p.createSome)
	withdrawn, _ = split(unsent)
	return withdrawn, err
}

// sendAll calls some until nothing is unsent. Two calls in a row that send
// nothing are a failure of those records: a run always ends.
func (p *pipeline[S, R]) sendAll(ctx context.Context, todo []*item[S, R], some func(context.Context, []*item[S, R]) ([]*item[S, R], error)) (unsent []*item[S, R], err error) {
	for stalled := 0; len(todo) > 0; {
		unsent, err := p.sendSome(todo, some) //nolint:contextcheck // a stop does not cut it short
		if cause := context.Cause(ctx); err == nil && cause != nil && len(unsent) > 0 {
			err = cause
		}
		if err != nil {
			return unsent, err
		}
		if stalled++; len(unsent) < len(todo) {
			stalled = 0
		}
		if todo = unsent; stalled > 1 {
			for _, it := range todo {
				it.decide(p.outcome(it.id), ActionFailed, ReasonNotSent)
			}
			return nil, nil
		}
	}
	return nil, nil
}

// sendSome is one call of the sink, with a deadline of its own: that it was
// reached is no failure.
func (p *pipeline[S, R]) sendSome(todo []*item[S, R], some func(context.Context, []*item[S, R]) ([]*item[S, R], error)) ([]*item[S, R], error) {
	ctx, cancel, err := p.keeper.call(p.writes)
	if err != nil {
		return todo, err
	}
	defer cancel()
	unsent, err := some(ctx, todo)
	if errors.Is(err, context.DeadlineExceeded) && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = nil
	}
	return unsent, err
}

// createSome is one call of the sink; unsent is what it certainly did not send.
func (p *pipeline[S, R]) createSome(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error) {
	ids, recs := split(todo)
	results, err := p.create(ctx, recs)
	single, err := recordErrors(err, ids)
	for i, it := range todo {
		var res WriteResult
		if i < len(results) {
			res = results[i]
		}
		if re := single[it.id]; re != nil && res.Status == WriteUnknown {
			res = WriteResult{Status: WriteRejected, Err: re}
		}
		if p.created(it, res) {
			unsent = append(unsent, it)
		}
	}
	if err != nil {
		return unsent, p.wrap("create", err)
	}
	return unsent, nil
}

// created takes the answer to one create; true: it was not sent.
func (p *pipeline[S, R]) created(it *item[S, R], res WriteResult) (unsent bool) {
	o := p.outcome(it.id)
	o.SinkID = res.ID
	switch res.Status {
	case WriteCreated:
		it.decide(o, ActionCreated, "")
	case WriteExists:
		it.decide(o, ActionLinked, "")
	case WriteRejected:
		p.failedBy(it, rejected(res.Err), ReasonRejectedBySink)
	case WriteNotSent:
		return true
	case WriteUnknown:
		it.open = true
		p.unknown = time.Now()
	default:
		it.open = true
		p.unknown = time.Now()
	}
	return false
}

// rejected keeps a sink's sentinels, such as ErrNotFound of an office, from
// being read as the source's.
func rejected(err error) error {
	if re, ok := errors.AsType[*RecordError](err); ok {
		return re
	}
	return errors.New("rejected")
}

// updateAll updates known records. An update may be repeated, so a lost reply is
// a failure like any other.
func (p *pipeline[S, R]) updateAll(ctx context.Context, todo []*item[S, R]) error {
	if len(todo) == 0 {
		return nil
	}
	if p.keeper == nil {
		for _, it := range todo {
			p.updated(it, WriteResult{Status: WriteCreated})
		}
		return nil
	}
	if err := context.Cause(ctx); err != nil {
		return err
	}
	_, err := p.sendAll(ctx, todo, p.updateSome)
	return err
}

// updateSome is one call of the sink, as createSome is.
func (p *pipeline[S, R]) updateSome(ctx context.Context, todo []*item[S, R]) (unsent []*item[S, R], err error) {
	ids, recs := split(todo)
	sinkIDs := make([]string, len(todo))
	for i, it := range todo {
		sinkIDs[i] = it.known.SinkID
	}
	results, err := p.update(ctx, sinkIDs, recs)
	single, err := recordErrors(err, ids)
	for i, it := range todo {
		var res WriteResult
		if i < len(results) {
			res = results[i]
		}
		if re := single[it.id]; re != nil && res.Status == WriteUnknown {
			res = WriteResult{Status: WriteRejected, Err: re}
		}
		if res.Status == WriteNotSent {
			unsent = append(unsent, it)
			continue
		}
		p.updated(it, res)
	}
	if err != nil {
		return unsent, p.wrap("update", err)
	}
	return unsent, nil
}

func (p *pipeline[S, R]) updated(it *item[S, R], res WriteResult) {
	o := p.outcome(it.id)
	o.SinkID = it.known.SinkID
	switch res.Status {
	case WriteCreated:
		it.decide(o, ActionUpdated, "")
	case WriteExists:
		it.decide(o, ActionUnchanged, "")
	case WriteRejected:
		p.failedBy(it, rejected(res.Err), ReasonRejectedBySink)
		it.out.SinkID = o.SinkID
	case WriteUnknown, WriteNotSent:
		it.decide(o, ActionFailed, ReasonNotSent)
	default:
		it.decide(o, ActionFailed, ReasonNotSent)
	}
}

// readCall makes the context of a look-up in the sink.
func (p *pipeline[S, R]) readCall(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if p.keeper == nil {
		ctx, cancel := context.WithCancel(ctx)
		return ctx, cancel, nil
	}
	return p.keeper.call(ctx)
}

func split[S, R any](items []*item[S, R]) (ids []string, recs []*R) {
	ids, recs = make([]string, len(items)), make([]*R, len(items))
	for i, it := range items {
		ids[i], recs[i] = it.id, &it.rec
	}
	return ids, recs
}
