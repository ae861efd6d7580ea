package hurry

import (
	"context"
	"errors"
	"sync"
	"time"
)

// ErrBrief is why a call ended that took longer than it was given.
var ErrBrief = errors.New("no reply in the time that there was for one")

type briefKey struct{}

// Briefly gives a call so much time, and marks it as one that is asked once. The time
// that it waits for its turn does not count, where that is said with Hold.
func Briefly(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	w := &watch{left: d}
	w.end = func() { cancel(ErrBrief) }
	ctx = context.WithValue(ctx, briefKey{}, w)
	w.run()
	return ctx, func() {
		w.stop()
		cancel(nil)
	}
}

// IsBrief reports whether a context is of a call that is asked once.
func IsBrief(ctx context.Context) bool { return ctx.Value(briefKey{}) != nil }

// Hold stops the time of a call until resume is called.
func Hold(ctx context.Context) (resume func()) {
	w, ok := ctx.Value(briefKey{}).(*watch)
	if !ok {
		return func() {}
	}
	w.stop()
	return w.run
}

// watch is the time that is left of a call.
type watch struct {
	end func()

	mu    sync.Mutex
	left  time.Duration
	since time.Time   // when it began to run
	timer *time.Timer // nil: it stands
}

func (w *watch) run() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer == nil {
		w.since, w.timer = time.Now(), time.AfterFunc(max(w.left, 0), w.end)
	}
}

func (w *watch) stop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.timer != nil {
		w.timer.Stop()
		w.left, w.timer = w.left-time.Since(w.since), nil
	}
}
