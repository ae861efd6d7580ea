package importui

import (
	"context"
	"sync"
	"time"
)

// asker asks a service for something that several pages want: once for all who want the
// same at the same time, and again only when the answer is old. An answer that is an
// error is told to those who wait for it, or to the next one where all have left; then
// it is asked for again.
type asker[T any] struct {
	jobs *jobs
	keep time.Duration

	mu      sync.Mutex
	answers map[question]*answer[T]
}

// question is what is asked: of a link, which bounds what its people can cause.
type question struct{ link, what string }

type answer[T any] struct {
	done  chan struct{}
	at    time.Time
	value T
	err   error
	told  bool // the error, to somebody
}

const (
	patience     = 3 * time.Second  // how long a page waits for an answer
	askFor       = 10 * time.Minute // how long one may take, as the listing of a large account
	asksOfLink   = 4                // questions of one kind at work or kept for a link
	asksInMemory = 2000
)

func newAsker[T any](j *jobs, keep time.Duration) *asker[T] {
	return &asker[T]{jobs: j, keep: keep, answers: make(map[question]*answer[T])}
}

// ask waits for the answer, for as long as a person would. There is none yet where
// ready is false: the question goes on, and is answered when the page is loaded again.
func (a *asker[T]) ask(
	ctx context.Context, q question, from func(ctx context.Context) (T, error),
) (value T, ready bool, err error) {
	return a.within(ctx, patience, q, from)
}

// within is ask with a patience of one's own.
func (a *asker[T]) within(
	ctx context.Context, patience time.Duration, q question, from func(ctx context.Context) (T, error),
) (value T, ready bool, err error) {
	it, err := a.start(ctx, q, from)
	if err != nil {
		return value, true, err
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-it.done:
		a.tell(it)
		return it.value, true, it.err
	case <-timer.C:
		return value, false, nil
	case <-ctx.Done():
		return value, false, context.Cause(ctx)
	}
}

func (a *asker[T]) start(ctx context.Context, q question, from func(context.Context) (T, error)) (*answer[T], error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if it := a.answers[q]; it != nil && !a.old(it) {
		return it, nil
	}
	if !a.room(q.link) {
		return nil, errTooMany
	}
	it := &answer[T]{done: make(chan struct{})}
	err := a.jobs.do(ctx, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, askFor)
		defer cancel()
		defer close(it.done)
		it.err = errUnanswered // unless from comes to its end
		it.value, it.err = from(ctx)
		it.at = time.Now()
	})
	if err != nil {
		return nil, err
	}
	a.answers[q] = it
	return it, nil
}

func (a *asker[T]) tell(it *answer[T]) {
	a.mu.Lock()
	defer a.mu.Unlock()
	it.told = true
}

// old reports whether an answer serves no more.
func (a *asker[T]) old(it *answer[T]) bool {
	select {
	case <-it.done:
		return it.err != nil && it.told || time.Since(it.at) > a.keep
	default:
		return false
	}
}

// room reports whether one more may be asked about a link, and drops what is old.
func (a *asker[T]) room(link string) bool {
	of := 0
	for q, it := range a.answers {
		if a.old(it) {
			delete(a.answers, q)
		} else if q.link == link {
			of++
		}
	}
	if of < asksOfLink {
		return len(a.answers) < asksInMemory
	}
	return a.dropOldest(link)
}

// dropOldest makes room among what is answered.
func (a *asker[T]) dropOldest(link string) bool {
	var oldest question
	var at time.Time
	for q, it := range a.answers {
		if q.link != link || !it.answered() {
			continue
		}
		if at.IsZero() || it.at.Before(at) {
			oldest, at = q, it.at
		}
	}
	delete(a.answers, oldest)
	return !at.IsZero()
}

func (it *answer[T]) answered() bool {
	select {
	case <-it.done:
		return true
	default:
		return false
	}
}

// forget has the next one ask again.
func (a *asker[T]) forget(link string) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for q, it := range a.answers {
		if q.link == link && it.answered() {
			delete(a.answers, q)
		}
	}
}
