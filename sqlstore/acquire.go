package sqlstore

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Acquire implements [ledger.StateStore].
func (s *Store) Acquire(ctx context.Context, req ledger.LeaseRequest) (ledger.Lease, error) {
	if err := req.Validate(); err != nil {
		return ledger.Lease{}, err
	}
	a := acquiring{Store: s, req: req, call: rand.Text()}
	var l ledger.Lease
	err := s.write(ctx, "acquire the lease for run "+req.RunID, func(ctx context.Context, tx querier) (err error) {
		l, err = a.attempt(ctx, tx)
		return err
	})
	if err != nil || a.queued != nil {
		return ledger.Lease{}, cmp.Or(err, a.queued)
	}
	return l, nil
}

// acquiring is one call of Acquire.
type acquiring struct {
	*Store

	req    ledger.LeaseRequest
	call   string
	scope  *scopeRow
	former *scopeRow // of the link, where the request's account is another; else nil
	queued error     // another link's run holds the lease, and the run was opened all the same
}

func (a *acquiring) attempt(ctx context.Context, tx querier) (ledger.Lease, error) {
	if err := a.lock(ctx, tx); err != nil {
		return ledger.Lease{}, err
	}
	sc := a.scope
	if sc.movedTo != 0 {
		return ledger.Lease{}, &ledger.InvalidRequestError{
			Field: "LeaseRequest.Account", Rule: "is a link that has an account of its own now",
		}
	}
	if sc.called == a.call { // an attempt whose reply was lost
		return a.again(ctx, tx)
	}
	if sc.held() {
		run, err := a.readPlace(ctx, tx, sc.run)
		switch {
		case err != nil:
			return ledger.Lease{}, err
		case sc.owner == a.req.Owner && run.RunID == a.req.RunID:
			return a.again(ctx, tx)
		}
		busy := a.inProgress(ctx, tx, sc)
		if e, is := errors.AsType[*ledger.RunInProgressError](busy); is {
			return ledger.Lease{}, a.queue(ctx, tx, e.Link, busy)
		}
		return ledger.Lease{}, busy
	}
	run, err := a.allowed(ctx, tx)
	if err != nil {
		return ledger.Lease{}, err
	}
	if err := a.adopt(ctx, tx); err != nil {
		return ledger.Lease{}, err
	}
	if err := a.begin(ctx, tx, run); err != nil {
		return ledger.Lease{}, err
	}
	return a.leased(ctx, tx)
}

// queue opens the run of a request that does not get the lease, where it asks for
// that. busy says who has the lease.
func (a *acquiring) queue(ctx context.Context, tx querier, holder string, busy error) error {
	st, opens := a.req.Queued(holder, a.scope.now)
	if !opens {
		return busy
	}
	_, err := a.readRun(ctx, tx, a.sql.run, a.req.RunID)
	if errors.Is(err, ledger.ErrNotFound) {
		err = a.addRun(ctx, tx, &runRow{RunState: st, scope: a.scope.id})
	}
	a.queued = busy // once the run is stored
	return err
}

// lock locks the scopes of the request in one order, and adds those that are
// not there.
func (a *acquiring) lock(ctx context.Context, tx querier) error {
	accounts := []string{a.req.Account}
	if a.req.Link != a.req.Account {
		accounts = append(accounts, a.req.Link)
	}
	for range 2 {
		list, err := a.lockAll(ctx, tx, nothing(), a.sql.lockScopes, accounts[0], accounts[len(accounts)-1], string(a.req.Kind))
		if err != nil {
			return err
		}
		if len(list) == len(accounts) {
			a.scope, a.former = list[0], nil
			if len(list) > 1 {
				at := slices.IndexFunc(list, func(r *scopeRow) bool { return r.Account == a.req.Account })
				a.scope, a.former = list[at], list[1-at]
			}
			return nil
		}
		for _, account := range accounts {
			if _, err := tx.ExecContext(ctx, a.sql.addScope, account, string(a.req.Kind)); err != nil {
				return fmt.Errorf("add the scope: %w", err)
			}
		}
	}
	return errors.New("a scope that was added is not there")
}

// again gives the holder its lease once more.
func (a *acquiring) again(ctx context.Context, tx querier) (ledger.Lease, error) {
	sc := a.scope
	run, err := a.readRun(ctx, tx, a.sql.runByNumber, sc.run)
	if err != nil {
		return ledger.Lease{}, fmt.Errorf("read the run: %w", err)
	}
	sc.expires = sc.now.Add(a.req.TTL).Truncate(time.Microsecond)
	if _, err := tx.ExecContext(ctx, a.sql.keepLease, sc.expires.UnixMicro(), a.call, sc.id); err != nil {
		return ledger.Lease{}, fmt.Errorf("keep the lease: %w", err)
	}
	var asked string
	err = tx.QueryRowContext(ctx, a.sql.renewRun, sc.now.UnixMicro(), run.Progress.Read, run.Progress.Total, run.number).Scan(&asked)
	if err != nil {
		return ledger.Lease{}, fmt.Errorf("store the heartbeat: %w", err)
	}
	return a.leased(ctx, tx)
}

// allowed returns the run that the request goes on with, or a new one.
func (a *acquiring) allowed(ctx context.Context, tx querier) (*runRow, error) {
	r, err := a.readRun(ctx, tx, a.sql.run, a.req.RunID)
	switch {
	case err == nil && a.req.Resume == ledger.ResumeNew:
		return nil, ledger.ErrRunExists
	case errors.Is(err, ledger.ErrNotFound) && a.req.Resume == ledger.ResumeNew:
		return &runRow{RunState: ledger.NewRunState(a.req, a.scope.now)}, nil
	case err != nil:
		return nil, fmt.Errorf("find the run: %w", err)
	case r.Link != a.req.Link || r.Kind != a.req.Kind:
		return nil, &ledger.InvalidRequestError{Field: "LeaseRequest.RunID", Rule: "belongs to another link or kind"}
	}
	return r, a.req.Resume.Allows(&r.RunState, a.scope.now)
}

// begin gives the next lease of the scope to a run.
func (a *acquiring) begin(ctx context.Context, tx querier, r *runRow) error {
	sc := a.scope
	if err := a.settle(ctx, tx, sc); err != nil {
		return err
	}
	if _, err := tx.ExecContext(ctx, a.sql.interruptRuns, sc.id, r.number); err != nil {
		return fmt.Errorf("mark other runs as interrupted: %w", err)
	}
	if r.Epoch != 0 && sc.run != r.number { // one without an epoch never had a lease
		r.Restart()
	}
	r.Reopen(a.req)
	r.Starts++
	r.Epoch, r.Owner, r.Heartbeat, r.scope = sc.epoch+1, a.req.Owner, sc.now, sc.id
	store := a.setRun
	if r.number == 0 {
		store = a.addRun
	}
	if err := store(ctx, tx, r); err != nil {
		return err
	}
	sc.quiet = 0
	if sc.epoch > 0 {
		sc.quiet = sc.now.Sub(sc.expires)
	}
	sc.epoch, sc.run = r.Epoch, r.number
	sc.expires = sc.now.Add(a.req.TTL).Truncate(time.Microsecond)
	_, err := tx.ExecContext(ctx, a.sql.takeLease,
		sc.epoch, sc.run, a.req.Owner, sc.quiet.Microseconds(), sc.expires.UnixMicro(), a.call, sc.id)
	if err != nil {
		return fmt.Errorf("store the lease: %w", err)
	}
	return nil
}

// leased is the lease of the scope as its holder gets it.
func (a *acquiring) leased(ctx context.Context, tx querier) (ledger.Lease, error) {
	sc := a.scope
	run, err := a.readRun(ctx, tx, a.sql.runByNumber, sc.run)
	if err != nil {
		return ledger.Lease{}, fmt.Errorf("read the run: %w", err)
	}
	run.Seen(sc.expires, sc.now)
	return ledger.Lease{
		Scope: a.req.Scope, Link: a.req.Link, RunID: a.req.RunID,
		Epoch: sc.epoch, TTL: a.req.TTL, Expires: sc.expires, First: sc.epoch == 1, Quiet: sc.quiet,
		Asked: run.Asked, State: run.RunState, Matched: slices.Sorted(slices.Values(sc.matched)),
	}, nil
}

// settle turns what the open batch of a scope still holds into open records.
func (s *Store) settle(ctx context.Context, tx querier, sc *scopeRow) error {
	if len(sc.open) == 0 {
		return nil
	}
	ids := make([]string, len(sc.open))
	for i, o := range sc.open {
		ids[i] = o.ID
	}
	found, err := s.lookUp(ctx, tx, sc.Scope, "", ids)
	if err != nil {
		return err
	}
	list := make([]change, len(sc.open))
	for i, o := range sc.open {
		old := found.records[o.ID]
		list[i] = change{old: old, next: o.Over(old.Record), at: old.at}
	}
	if err := s.put(ctx, tx, sc.id, list); err != nil {
		return fmt.Errorf("store open records: %w", err)
	}
	if _, err := tx.ExecContext(ctx, s.sql.setOpen, "null", sc.id); err != nil {
		return fmt.Errorf("empty the open batch: %w", err)
	}
	sc.open = nil
	return nil
}
