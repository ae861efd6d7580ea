package pacing

import (
	"context"
	"slices"
	"sync"
)

// place is that of one request in the queue, with all its attempts: one that
// is made again comes before those that were begun later.
type place struct {
	ahead  bool   // before all that are not
	number uint64 // of the queue's, by when it was first asked for; 0: not yet
	pushed int    // attempts that were pushed back
	served int    // replies that the service had given when the last one was
}

type placeKey struct{}

// Keep gives a request one place for all its attempts: what is sent under the
// context that it returns belongs to one request.
func Keep(ctx context.Context) context.Context {
	return context.WithValue(ctx, placeKey{}, new(place))
}

// KeepAhead is [Keep] for a request that comes before those that do not.
func KeepAhead(ctx context.Context) context.Context {
	return context.WithValue(ctx, placeKey{}, &place{ahead: true})
}

func placeOf(ctx context.Context) *place {
	if p, ok := ctx.Value(placeKey{}).(*place); ok {
		return p
	}
	return new(place)
}

// queue lets one at a time wait for what the pace allows; the others wait behind
// it, in order.
type queue struct {
	before func(a, b *place) bool // the order, but for their numbers

	mu      sync.Mutex
	numbers uint64
	taken   bool
	waiting []*waiter
}

type waiter struct {
	place *place
	turn  chan struct{}
}

// enter waits until it is the place's turn to be the first.
func (q *queue) enter(ctx context.Context, place *place) error {
	q.mu.Lock()
	if place.number == 0 {
		q.numbers++
		place.number = q.numbers
	}
	if !q.taken {
		q.taken = true
		q.mu.Unlock()
		return nil
	}
	w := &waiter{place, make(chan struct{})}
	q.waiting = append(q.waiting, w)
	q.mu.Unlock()
	select {
	case <-w.turn:
		return nil
	case <-ctx.Done():
		q.abandon(w)
		return context.Cause(ctx)
	}
}

// abandon takes a waiter out; one that has just become the first lets the next be.
func (q *queue) abandon(w *waiter) {
	q.mu.Lock()
	i := slices.Index(q.waiting, w)
	if i >= 0 {
		q.waiting = slices.Delete(q.waiting, i, i+1)
	}
	q.mu.Unlock()
	if i < 0 {
		q.leave()
	}
}

// leave lets the next be the first.
func (q *queue) leave() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.waiting) == 0 {
		q.taken = false
		return
	}
	first := 0
	for i, w := range q.waiting {
		if q.sooner(w.place, q.waiting[first].place) {
			first = i
		}
	}
	close(q.waiting[first].turn)
	q.waiting = slices.Delete(q.waiting, first, first+1)
}

func (q *queue) sooner(a, b *place) bool {
	if q.before(a, b) != q.before(b, a) {
		return q.before(a, b)
	}
	return a.number < b.number
}
