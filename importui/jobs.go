package importui

import (
	"context"
	"errors"
	"sync"
)

var (
	errClosed     = errors.New("the pages are closed")
	errTooMany    = errors.New("too much is asked at once")
	errUnanswered = errors.New("the question broke off")
)

// jobs own what is at work in the background: each has a context that ends with close,
// which waits for it.
type jobs struct {
	ctx    context.Context //nolint:containedctx // that of everything in the background, until close
	cancel context.CancelFunc

	mu      sync.Mutex
	closed  bool
	working sync.WaitGroup
}

func newJobs() *jobs {
	j := new(jobs)
	j.ctx, j.cancel = context.WithCancel(context.Background())
	return j
}

// do runs work in the background, with a context that has the values of ctx and ends
// with close.
func (j *jobs) do(ctx context.Context, work func(ctx context.Context)) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return errClosed
	}
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(j.ctx, cancel) //nolint:contextcheck // it ends with close too
	j.working.Go(func() {
		defer cancel()
		defer stop()
		work(ctx)
	})
	return nil
}

// attend joins a request that lasts, as a stream does: with ends when the request ends
// or close is called, and leave is called at its end.
func (j *jobs) attend(ctx context.Context) (with context.Context, leave func(), err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return nil, nil, errClosed
	}
	with, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(j.ctx, cancel)
	j.working.Add(1)
	return with, func() { stop(); cancel(); j.working.Done() }, nil
}

func (j *jobs) close() {
	j.mu.Lock()
	j.closed = true
	j.mu.Unlock()
	j.cancel()
	j.working.Wait()
}

// streams bounds how many streams of progress are open, for each identity.
type streams struct {
	mu   sync.Mutex
	open map[string]int
}

const streamsEach = 6 // what a browser opens to one host

func newStreams() *streams { return &streams{open: make(map[string]int)} }

func (s *streams) enter(who string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[who] >= streamsEach {
		return false
	}
	s.open[who]++
	return true
}

func (s *streams) leave(who string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open[who]--; s.open[who] <= 0 {
		delete(s.open, who)
	}
}
