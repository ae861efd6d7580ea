package engine

import (
	"context"
	"errors"

	"github.com/securitytrax/adcimport/ledger"
)

// A witness is a record that the sink confirmed before. It can be asked for by its id;
// where a look-up goes by data, these are read at the source and mapped anew, since the
// store does not have them.

// testimony is what witnesses say of an operation.
type testimony struct {
	works bool
	none  bool  // there is no witness
	err   error // what the last one failed with
}

// witnesses is how many different ones must fail before an operation is taken for
// out of order.
const witnesses = 2

// errKnowsNothing says that a record cannot be a witness.
var errKnowsNothing = errors.New("it cannot be asked for")

// witness asks for records that are known, and not among those that failed, until
// one of them works or so many do not. A doubt is what a call failed with that may
// be of its record alone; an error ends the search.
func (j *job[S, R]) witness(
	ctx context.Context, failed []*item[S, R], ask func(known *ledger.Record) (doubt, err error),
) (testimony, error) {
	not := make(map[string]bool, len(failed))
	for _, it := range failed {
		not[it.id] = true
	}
	said, asked := testimony{none: true}, 0
	for w, err := range j.books.newest(ctx, len(failed)+witnesses) {
		if err != nil {
			return said, j.wrap("look for a witness among", err)
		}
		if not[w.ID] {
			continue
		}
		doubt, err := ask(&w)
		switch {
		case err != nil:
			return said, err
		case doubt == nil:
			return testimony{works: true}, nil
		case errors.Is(doubt, errKnowsNothing):
			continue
		}
		said = testimony{err: doubt}
		if asked++; asked == witnesses {
			break
		}
	}
	return said, nil
}

// waitFor waits for an operation. Where it failed for records that come last, and
// nobody can tell whose failure that is, it gives up when the run would pause: then
// they fail, others do not wait again, and nothing is held against any of them.
func (j *job[S, R]) waitFor(ctx context.Context, o *outage, said testimony, err error) error {
	alone, passes := said.none && j.last, j.cfg.MayPass(err)
	if !alone || passes {
		err = j.wait(ctx, o, err)
	}
	if _, paused := j.cfg.PausedUntil(err); alone && (paused || !passes) {
		j.gaveUp = true
		return nil
	}
	return err
}

// doubtOf is what a call for a witness failed with: a doubt, or what ends the search.
func (j *job[S, R]) doubtOf(ctx context.Context, err error) (doubt, _ error) {
	if err == nil || j.mayBeOfOne(ctx, err) {
		return err, nil
	}
	return nil, err
}

// witnessOf asks for one other record.
func (j *job[S, R]) witnessOf(
	once func(context.Context, []*item[S, R]) error,
) func(context.Context, []*item[S, R]) (testimony, error) {
	return func(ctx context.Context, failed []*item[S, R]) (testimony, error) {
		return j.witness(ctx, failed, func(known *ledger.Record) (doubt, err error) {
			return j.doubtOf(ctx, once(ctx, []*item[S, R]{{id: known.ID, had: *known}}))
		})
	}
}

// witnessByData asks by the data of one other record, read at the source and mapped
// anew.
func (j *job[S, R]) witnessByData(
	once func(ctx context.Context, rec *R) error,
) func(context.Context, []*item[S, R]) (testimony, error) {
	return func(ctx context.Context, failed []*item[S, R]) (testimony, error) {
		return j.witness(ctx, failed, func(known *ledger.Record) (doubt, err error) {
			rec, err := j.remade(ctx, known)
			if err != nil {
				return err, nil
			}
			call, cancel, err := j.books.call(ctx)
			if err != nil {
				return nil, err
			}
			defer cancel()
			return j.doubtOf(call, outOfTime(call, once(call, rec)))
		})
	}
}

// remade is what the mapping makes of a known record now. It counts nowhere.
func (j *job[S, R]) remade(ctx context.Context, known *ledger.Record) (*R, error) {
	src, err := j.readAgain(ctx, known.ID)
	if err != nil {
		return nil, err
	}
	rec := new(R)
	if len(CleanText(&src)) > 0 || len(j.flow.Mapping.Apart().Apply(&src, rec)) > 0 {
		return nil, errKnowsNothing
	}
	if broken, err := j.flow.Complete(&src, rec, known.Generation); err != nil || len(broken) > 0 {
		return nil, errKnowsNothing
	}
	return rec, nil
}

// readAgain reads a record at the source.
func (j *job[S, R]) readAgain(ctx context.Context, id string) (src S, err error) {
	if j.flow.Detail != nil {
		src, fault, err := j.flow.Detail(ctx, id)
		if err != nil || fault != nil || j.flow.ID(&src) != id {
			return src, errors.Join(errKnowsNothing, err)
		}
		return src, nil
	}
	for page, err := range j.flow.ByID(ctx, []string{id}) {
		if err != nil {
			return src, errors.Join(errKnowsNothing, err)
		}
		for _, s := range page.Items {
			if j.flow.ID(&s) == id {
				return s, nil
			}
		}
	}
	return src, errKnowsNothing
}
