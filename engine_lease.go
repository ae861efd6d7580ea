package adcimport

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// Parts of the lease's TTL.
const (
	heartbeatsPerTTL = 4  // renewals within one TTL
	retriesPerTTL    = 16 // a failed heartbeat is repeated this often
	marginPerTTL     = 10 // nothing is sent in the last tenth
)

// CheckWrite is asked by a [Sink] just before a request that writes goes out:
// an error means that the run may not send it anymore, because its lease is
// lost or about to be ([ErrLeaseLost], by the monotonic and the wall clock) or
// because the run was told to stop. The sink then answers [WriteNotSent] for what it
// has not sent. Outside a run the answer is that of the context.
func CheckWrite(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if g, ok := ctx.Value(writeGuardKey{}).(*leaseKeeper); ok {
		return g.mayWrite()
	}
	return nil
}

type writeGuardKey struct{}

// leaseKeeper holds a run's lease: it renews it in the background and knows,
// without asking anybody, until when the run may write. That time is counted
// from the moment the lease was *asked* for, so it always ends before the
// store's, whatever the clocks say.
type leaseKeeper struct {
	store  StateStore
	ttl    time.Duration
	margin time.Duration

	run  context.Context //nolint:containedctx // ends when the run shall stop: a keeper lives as long as its run
	lose func(error)     // ends the run and every call under way

	renewing chan struct{} // one renewal at a time

	mu    sync.Mutex
	lease ledger.Lease
	asked time.Time
}

func newLeaseKeeper(store StateStore, l ledger.Lease, ttl time.Duration, asked time.Time) *leaseKeeper {
	return &leaseKeeper{
		store: store, ttl: ttl, margin: ttl / marginPerTTL,
		renewing: make(chan struct{}, 1), lease: l, asked: asked,
	}
}

func (k *leaseKeeper) current() ledger.Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lease
}

// ends is the instant after which nothing may be sent.
func (k *leaseKeeper) ends() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked.Add(k.ttl - k.margin)
}

// left is the time in which something may be sent. The wall clock is asked too,
// since the monotonic one stands still while the machine sleeps.
func (k *leaseKeeper) left() time.Duration {
	ends := k.ends()
	return min(time.Until(ends), ends.Round(0).Sub(time.Now().Round(0)))
}

func (k *leaseKeeper) mayWrite() error {
	if k.run.Err() != nil {
		return context.Cause(k.run)
	}
	if k.left() <= 0 {
		return fmt.Errorf("not sent: %w", ErrLeaseLost)
	}
	return nil
}

// heartbeat renews the lease until ctx ends. Late is not lost: a lease that
// expired is lost only when somebody took it, or when the store cannot be asked.
func (k *leaseKeeper) heartbeat(ctx context.Context) {
	wait := k.ttl / heartbeatsPerTTL
	for sleep(ctx, wait) == nil {
		wait = k.ttl / heartbeatsPerTTL
		err := k.renew(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, ErrLeaseLost), k.left() <= 0:
			return
		default:
			wait = k.ttl / retriesPerTTL
		}
	}
}

func (k *leaseKeeper) renew(ctx context.Context) error {
	select {
	case k.renewing <- struct{}{}:
		defer func() { <-k.renewing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	asked := time.Now()
	renewed, err := k.ask(ctx)
	if err != nil {
		err = fmt.Errorf("renew the lease of run %s: %w", k.current().RunID, err)
		if ctx.Err() == nil && (errors.Is(err, ErrLeaseLost) || k.left() <= 0) {
			if !errors.Is(err, ErrLeaseLost) {
				err = fmt.Errorf("%w: %w", ErrLeaseLost, err)
			}
			k.lose(err)
		}
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.lease, k.asked = renewed, asked
	return nil
}

// ask bounds one renewal: a store that hangs must not keep a run from knowing
// that its lease is over.
func (k *leaseKeeper) ask(ctx context.Context) (ledger.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, k.ttl/heartbeatsPerTTL)
	defer cancel()
	return k.store.Renew(ctx, k.current())
}

// call makes the context of one sink call: its deadline ends before the lease
// does. A lease that is half over is renewed first, so that a call has time; as
// long as that fails and little is left, nothing is called.
// Reads end with the run; writes go on to the next record boundary.
func (k *leaseKeeper) call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	for k.left() < k.ttl/2 {
		err := k.renew(ctx)
		if err == nil || ctx.Err() == nil && !errors.Is(err, ErrLeaseLost) && k.left() >= k.ttl/heartbeatsPerTTL {
			break
		}
		if errors.Is(err, ErrLeaseLost) || sleep(ctx, k.ttl/retriesPerTTL) != nil {
			return nil, nil, err
		}
	}
	ctx, cancel := context.WithDeadline(context.WithValue(ctx, writeGuardKey{}, k), k.ends())
	return ctx, cancel, nil
}

// outOfTime marks what failed because a call's own deadline came: the run can go
// on by itself, with a new lease.
func outOfTime(call context.Context, err error) error {
	if errors.Is(call.Err(), context.DeadlineExceeded) {
		return fmt.Errorf("%w: %w", errOutOfTime, err)
	}
	return err
}

// sleep waits for d or for the end of ctx, whose cause it answers.
func sleep(ctx context.Context, d time.Duration) error {
	if d <= 0 {
		return context.Cause(ctx)
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
