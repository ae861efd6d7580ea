// Package lease holds the lease of a run: it renews it, and knows until when the
// run may write.
package lease

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
	BeatsPerTTL   = 4  // renewals within one TTL
	RetriesPerTTL = 16 // a failed heartbeat is repeated this often
	marginPerTTL  = 10 // nothing is sent in the last tenth
)

// CheckWrite returns an error when a request that writes may not go out anymore
// under ctx: see CheckWrite of the importer.
func CheckWrite(ctx context.Context) error {
	if err := context.Cause(ctx); err != nil {
		return err
	}
	if k, ok := ctx.Value(keeperKey{}).(*Keeper); ok {
		return k.mayWrite()
	}
	return nil
}

// CheckHeld returns an error when the lease of the run behind ctx is over. It
// lets a run go on that was only told to stop: a request that was begun comes to
// its end.
func CheckHeld(ctx context.Context) error {
	if k, ok := ctx.Value(keeperKey{}).(*Keeper); ok {
		return k.held()
	}
	return nil
}

type keeperKey struct{}

// IsKey reports whether key is the one that [CheckWrite] asks a context for. A
// test that watches the checks sees them by it.
func IsKey(key any) bool {
	_, is := key.(keeperKey)
	return is
}

// Keeper holds a run's lease: it renews it in the background and knows,
// without asking anybody, until when the run may write. That time is counted
// from the moment the lease was *asked* for, so it always ends before the
// store's, whatever the clocks say.
type Keeper struct {
	store  ledger.StateStore
	ttl    time.Duration
	margin time.Duration

	run  context.Context //nolint:containedctx // ends when the run shall stop: a keeper lives as long as its run
	lose func(error)     // ends the run and every call under way
	told func(ledger.Ask)
	far  func() ledger.Progress

	renewing chan struct{} // one renewal at a time

	mu    sync.Mutex
	lease ledger.Lease
	asked time.Time
}

// New makes the keeper of a lease that was asked for at asked. The run context
// ends when the run shall stop, lose ends the run and every call under way, told is
// told what somebody asked of the run, and far says how far the run is, for those
// who look at it.
func New(
	run context.Context, store ledger.StateStore, l ledger.Lease, asked time.Time,
	lose func(error), told func(ledger.Ask), far func() ledger.Progress,
) *Keeper {
	return &Keeper{
		store: store, ttl: l.TTL, margin: l.TTL / marginPerTTL, run: run, lose: lose, told: told, far: far,
		renewing: make(chan struct{}, 1), lease: l, asked: asked,
	}
}

// Lose ends the run: the lease is another's.
func (k *Keeper) Lose(err error) { k.lose(err) }

// Current returns the lease as it was last renewed.
func (k *Keeper) Current() ledger.Lease {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.lease
}

// ends is the instant after which nothing may be sent.
func (k *Keeper) ends() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.asked.Add(k.ttl - k.margin)
}

// timeLeft is the time in which something may be sent. The wall clock is asked too,
// since the monotonic one stands still while the machine sleeps.
func (k *Keeper) timeLeft() time.Duration {
	ends := k.ends()
	return min(time.Until(ends), ends.Round(0).Sub(time.Now().Round(0)))
}

func (k *Keeper) mayWrite() error {
	if k.run.Err() != nil {
		return context.Cause(k.run)
	}
	return k.held()
}

func (k *Keeper) held() error {
	if k.timeLeft() <= 0 {
		return fmt.Errorf("not sent: %w", ledger.ErrLeaseLost)
	}
	return nil
}

// Heartbeat renews the lease until ctx ends. Late is not lost: a lease that
// expired is lost only when somebody took it, or when the store cannot be asked.
func (k *Keeper) Heartbeat(ctx context.Context) {
	wait := k.ttl / BeatsPerTTL
	for Sleep(ctx, wait) == nil {
		wait = k.ttl / BeatsPerTTL
		err := k.renew(ctx)
		switch {
		case err == nil || ctx.Err() != nil:
		case errors.Is(err, ledger.ErrLeaseLost):
			return
		default:
			wait = k.ttl / RetriesPerTTL
		}
	}
}

func (k *Keeper) renew(ctx context.Context) error {
	select {
	case k.renewing <- struct{}{}:
		defer func() { <-k.renewing }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	asked := time.Now()
	renewed, err := k.ask(ctx)
	if err != nil {
		err = fmt.Errorf("renew the lease of run %s: %w", k.Current().RunID, err)
		if ctx.Err() == nil && (errors.Is(err, ledger.ErrLeaseLost) || k.timeLeft() <= 0) {
			if !errors.Is(err, ledger.ErrLeaseLost) {
				err = fmt.Errorf("%w: %w", ledger.ErrLeaseLost, err)
			}
			k.lose(err)
		}
		return err
	}
	k.mu.Lock()
	k.lease, k.asked = renewed, asked
	k.mu.Unlock()
	k.told(renewed.Asked)
	return nil
}

// ask bounds one renewal: a store that hangs must not keep a run from knowing
// that its lease is over.
func (k *Keeper) ask(ctx context.Context) (ledger.Lease, error) {
	ctx, cancel := context.WithTimeout(ctx, k.ttl/BeatsPerTTL)
	defer cancel()
	l := k.Current()
	l.Progress = k.far()
	return k.store.Renew(ctx, l)
}

// Call makes the context of one sink call: its deadline ends before the lease
// does. A lease that is half over is renewed first, so that a call has time; as
// long as that fails and little is left, nothing is called.
// Reads end with the run; writes go on to the next record boundary.
func (k *Keeper) Call(ctx context.Context) (context.Context, context.CancelFunc, error) {
	for k.timeLeft() < k.ttl/2 {
		err := k.renew(ctx)
		if err == nil || ctx.Err() == nil && !errors.Is(err, ledger.ErrLeaseLost) && k.timeLeft() >= k.ttl/BeatsPerTTL {
			break
		}
		if errors.Is(err, ledger.ErrLeaseLost) || Sleep(ctx, k.ttl/RetriesPerTTL) != nil {
			return nil, nil, err
		}
	}
	ctx, cancel := context.WithDeadline(context.WithValue(ctx, keeperKey{}, k), k.ends())
	return ctx, cancel, nil
}

// Sleep waits for d, or for the end of ctx, whose cause it returns.
func Sleep(ctx context.Context, d time.Duration) error {
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
