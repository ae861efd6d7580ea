package links

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
)

// StartCustomers starts an import of a link's customers in the background, by the
// rules of [adcimport.Importer.StartCustomers]. Where as many runs are at work as
// may be, the run is stored, waits for its turn, and begins by itself.
func (s *Set) StartCustomers(
	ctx context.Context, link string, f adcimport.CustomerFilter, o adcimport.CustomerOptions,
) (*adcimport.Run, error) {
	return s.start(ctx, link, func(imp *adcimport.Importer) (*adcimport.Run, error) { return imp.StartCustomers(ctx, f, o) })
}

// StartUsers does for users what [Set.StartCustomers] does.
func (s *Set) StartUsers(ctx context.Context, link string, f adcimport.UserFilter, o adcimport.UserOptions) (*adcimport.Run, error) {
	return s.start(ctx, link, func(imp *adcimport.Importer) (*adcimport.Run, error) { return imp.StartUsers(ctx, f, o) })
}

// start starts a run with the importer that the link has: one that is being
// refreshed at this moment starts nothing any more.
func (s *Set) start(ctx context.Context, link string, begin func(*adcimport.Importer) (*adcimport.Run, error)) (*adcimport.Run, error) {
	for {
		imp, err := s.Importer(ctx, link)
		if err != nil {
			return nil, err
		}
		run, err := begin(imp)
		if err == nil {
			return run, nil
		}
		if !errors.Is(err, adcimport.ErrClosed) || !s.replaced(link, imp) {
			return nil, fmt.Errorf("link %s: %w", link, err)
		}
	}
}

// replaced reports whether the link's importer is another one by now.
func (s *Set) replaced(link string, imp *adcimport.Importer) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[link]
	return !s.closed && (e == nil || e.imp != imp)
}

// each calls f for 0 to n-1, a few at once, and waits.
func (s *Set) each(n int, f func(i int)) {
	next := make(chan int)
	var workers sync.WaitGroup
	for range min(n, s.cfg.MaxOpens) {
		workers.Go(func() {
			for i := range next {
				f(i)
			}
		})
	}
	for i := range n {
		next <- i
	}
	close(next)
	workers.Wait()
}

// links are all that are known.
func (s *Set) links(ctx context.Context) ([]string, error) {
	if s.cfg.Links != nil {
		var names []string
		var err error
		if panicked := guard.Call("links.Config.Links", func() { names, err = s.cfg.Links(ctx) }); panicked != nil {
			err = panicked
		}
		if err != nil {
			return nil, fmt.Errorf("list links: %w", err)
		}
		return names, nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	var names []string
	for link := range s.entries {
		names = append(names, link)
	}
	slices.Sort(names)
	return names, nil
}

// Runs lists the runs of all links: link by link, and those of a link newest first.
// Links that cannot be listed keep no other from being listed: the error, which
// comes last, names them.
func (s *Set) Runs(ctx context.Context) iter.Seq2[adcimport.RunInfo, error] {
	return func(yield func(adcimport.RunInfo, error) bool) {
		names, err := s.links(ctx)
		failed := []error{err}
		for _, link := range names {
			on, err := s.runsOf(ctx, link, yield)
			if !on {
				return
			}
			if failed = append(failed, err); ctx.Err() != nil {
				break
			}
		}
		if err := errors.Join(failed...); err != nil {
			yield(adcimport.RunInfo{}, err)
		}
	}
}

// runsOf yields the runs of one link. It reports whether the caller wants more.
func (s *Set) runsOf(ctx context.Context, link string, yield func(adcimport.RunInfo, error) bool) (bool, error) {
	imp, err := s.Importer(ctx, link)
	if err != nil {
		return true, err
	}
	for info, err := range imp.Runs(ctx) {
		if err != nil {
			return true, fmt.Errorf("link %s: %w", link, err)
		}
		if !yield(info, nil) {
			return false, nil
		}
	}
	return true, nil
}
