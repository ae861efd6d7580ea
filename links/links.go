// Package links keeps the importers of many links in one host: made when they are
// first asked for, with one limit on the runs that are at work, resumed at the
// host's start and closed at its end.
//
// A host makes one [Set], calls [Set.ResumeAll] when it starts, [Set.Close] when it
// ends, and asks the set whenever it wants something of a link. What a link is made
// of, with its credentials and its store, the host says in [Config.Open].
package links

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sync"

	"github.com/securitytrax/adcimport"
)

// defaultMaxOpens is Config.MaxOpens where it is zero.
const defaultMaxOpens = 8

// Config describes a [Set]. Open is required.
type Config struct {
	// Open makes what the importer of a link is made of. It is called when the link
	// is first asked for, and again after [Set.Refresh]; an error is the asker's and
	// not kept, so that the next one asks again. Those who ask at the same time
	// share one call. Its context ends when nobody waits for it any more. Config.Link
	// may be left empty, and so must Config.Admit where MaxRuns is set.
	Open func(ctx context.Context, link string) (adcimport.Config, error)

	// Links lists all links, for [Set.ResumeAll] and [Set.Runs]; nil: only those
	// that were asked for are known.
	Links func(ctx context.Context) ([]string, error)

	// MaxRuns is how many runs may be at work at once, over all links; 0: no limit.
	// A run that is paused, or waits for a lease or for its turn, is not at work, and
	// neither is one that is at its end and being told of. Previews do not count.
	// No link gets its second turn before each that waits had its first; runs of one
	// link have their turns in the order in which they were started. Who wants a
	// link's users before its customers starts them in that order, and the customers
	// when the users are done.
	MaxRuns int

	MaxOpens int          // how many links are opened at once by ResumeAll and RunSchedules; 0: 8
	Logger   *slog.Logger // nil: silent

	// NotStarted is told by [Set.RunSchedules] what could not be started, and why.
	NotStarted func(ctx context.Context, d Due, err error)
}

// Set has the importers of many links. It is safe for concurrent use. Make it with
// [New].
type Set struct {
	cfg   Config
	turns *turns // nil: no limit

	ctx    context.Context //nolint:containedctx // the set's own; canceled by Close
	cancel context.CancelCauseFunc

	mu      sync.Mutex
	closed  bool
	later   context.CancelFunc // ends what ResumeAll left to do; nil: nothing is
	entries map[string]*entry
	retired map[*adcimport.Importer]struct{} // at their last runs
	wg      sync.WaitGroup                   // of opens, and of what retires
}

// New checks cfg and makes a [Set]. What is missing or out of range is an
// [*adcimport.InvalidOptionsError]. Nothing is opened.
func New(cfg Config) (*Set, error) {
	switch {
	case cfg.Open == nil:
		return nil, &adcimport.InvalidOptionsError{Field: "links.Config.Open", Rule: "is required"}
	case cfg.MaxRuns < 0:
		return nil, &adcimport.InvalidOptionsError{Field: "links.Config.MaxRuns", Rule: "must not be negative"}
	case cfg.MaxOpens < 0:
		return nil, &adcimport.InvalidOptionsError{Field: "links.Config.MaxOpens", Rule: "must not be negative"}
	}
	if cfg.MaxOpens == 0 {
		cfg.MaxOpens = defaultMaxOpens
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	s := &Set{cfg: cfg, entries: make(map[string]*entry), retired: make(map[*adcimport.Importer]struct{})}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	if cfg.MaxRuns > 0 {
		s.turns = &turns{most: cfg.MaxRuns, last: make(map[string]uint64)}
	}
	return s, nil
}

// Close closes all importers, as [adcimport.Importer.Close] does, and waits for
// them, or for the end of ctx. Runs at work stop at their next commit and go on at
// the host's next start, with [Set.ResumeAll]. Nothing can be started afterwards.
func (s *Set) Close(ctx context.Context) error {
	s.mu.Lock()
	s.closed = true
	var importers []*adcimport.Importer
	for _, e := range s.entries {
		if e.imp != nil {
			importers = append(importers, e.imp)
		}
	}
	for imp := range s.retired {
		importers = append(importers, imp)
	}
	s.mu.Unlock()
	s.cancel(adcimport.ErrClosed)
	failed := make([]error, len(importers)+1)
	var closing sync.WaitGroup
	for i, imp := range importers {
		closing.Go(func() { failed[i] = imp.Close(ctx) })
	}
	closing.Wait()
	done := make(chan struct{})
	go func() { // ends with the last call of Open
		defer close(done)
		s.wg.Wait()
	}()
	select {
	case <-done:
	case <-ctx.Done():
		failed[len(importers)] = fmt.Errorf("links are still being opened: %w", context.Cause(ctx))
	}
	if err := errors.Join(failed...); err != nil {
		return fmt.Errorf("close links: %w", err)
	}
	return nil
}

// Format prints a fixed text, whatever the verb: the set leads to what the host
// handed over.
func (*Set) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, "links.Set") }

// LogValue returns a fixed text.
func (*Set) LogValue() slog.Value { return slog.StringValue("links.Set") }

// MarshalText returns a fixed text, also in JSON.
func (*Set) MarshalText() ([]byte, error) { return []byte("links.Set"), nil }
