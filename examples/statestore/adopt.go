package main

import (
	"slices"
	"time"

	bolt "go.etcd.io/bbolt"

	"github.com/securitytrax/adcimport/ledger"
)

// adopt moves what the scope of the request's link holds into sc, closes it, and
// returns its key; the runs are left to the caller.
func adopt(tx *bolt.Tx, sc *scope, req ledger.LeaseRequest, now time.Time) (ledger.Scope, error) {
	if req.Account == req.Link {
		return sc.key, nil
	}
	key := ledger.Scope{Account: req.Link, Kind: req.Kind}
	former, err := makeScope(tx, key)
	switch {
	case err != nil:
		return sc.key, err
	case former.Closed:
		return sc.key, nil
	case former.Lease.held(now):
		return sc.key, former.inProgress(now)
	}
	for _, each := range []*scope{former, sc} {
		if err := each.settle(); err != nil {
			return sc.key, err
		}
	}
	if err := sc.merge(former, now); err != nil {
		return sc.key, err
	}
	sc.Matched = union(sc.Matched, former.Matched)
	sc.Lease = mergedLease(sc.Lease, former.Lease)
	for _, name := range []string{"records", "exceptions", "confirmed"} {
		if err := former.self.DeleteBucket([]byte(name)); err != nil {
			return sc.key, err
		}
	}
	if _, err := makeScope(tx, key); err != nil { // empty ones
		return sc.key, err
	}
	former.scopeState = scopeState{Closed: true}
	return key, former.save()
}

// merge takes over records, and in which order they were confirmed.
func (sc *scope) merge(former *scope, now time.Time) error {
	err := former.records.ForEach(func(_, value []byte) error {
		r, err := decode[ledger.Record](value)
		if err != nil {
			return err
		}
		own, both, err := sc.stored(r.ID, nil)
		if both {
			r = ledger.Merged(own, r, now)
		}
		if err != nil {
			return err
		}
		return sc.put(r)
	})
	if err != nil {
		return err
	}
	var all []confirmed
	for _, each := range []*scope{sc, former} {
		list, err := each.allConfirmed()
		if err != nil {
			return err
		}
		all = append(all, list...)
	}
	slices.SortStableFunc(all, func(a, b confirmed) int { return a.At.Compare(b.At) })
	return sc.setConfirmed(all)
}

// mergedLease is what two scopes' last leases leave behind. Where both had one,
// nobody knows which of their runs was last: each of them begins its pass anew.
func mergedLease(a, b lease) lease {
	switch {
	case b.Epoch == 0:
		return a
	case a.Epoch == 0:
		return b
	}
	ends := a.Ends
	if b.Ends.After(ends) {
		ends = b.Ends
	}
	return lease{Epoch: max(a.Epoch, b.Epoch), Ends: ends, Released: true}
}

// union is a sorted list of what is in either.
func union(a, b []string) []string {
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
}
