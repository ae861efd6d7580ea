package links

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
)

// linkTimeout is how long ResumeAll and RunSchedules wait for one link.
const linkTimeout = time.Minute

// ResumeAll is for a host's start, and one call is enough: every unfinished run of
// every link goes on in the background, as with
// [adcimport.Importer.ResumeInterrupted], within the limits of the set. A few links
// are asked at once, each for at most a minute.
//
// A link that cannot be opened keeps no other from going on. The error names it,
// beside the runs that go on, and the set tries it again until it is closed: after a
// second at first, every minute later. So it does where the store of a link is away.
// A later call asks all links again, and returns the runs that go on by then.
func (s *Set) ResumeAll(ctx context.Context) ([]*adcimport.Run, error) {
	names, err := s.links(ctx)
	if err != nil {
		return nil, err
	}
	runs, closed, err := s.resume(ctx, names)
	s.resumeLater(closed) //nolint:contextcheck // it goes on until the set is closed
	return runs, err
}

// resume goes on with the runs of links. Closed are those that cannot be opened.
func (s *Set) resume(ctx context.Context, names []string) (runs []*adcimport.Run, closed []string, err error) {
	found, failed, opened := make([][]*adcimport.Run, len(names)), make([]error, len(names)), make([]bool, len(names))
	s.each(len(names), func(i int) {
		ctx, cancel := context.WithTimeout(ctx, linkTimeout)
		defer cancel()
		imp, err := s.Importer(ctx, names[i])
		if err != nil {
			failed[i] = err
			return
		}
		opened[i] = true
		if found[i], err = imp.ResumeInterrupted(ctx); err != nil {
			failed[i] = fmt.Errorf("link %s: %w", names[i], err)
		}
	})
	for i, ok := range opened {
		if !ok {
			closed = append(closed, names[i])
		}
	}
	return slices.Concat(found...), closed, errors.Join(failed...)
}

// resumeLater tries links again, in place of those that an earlier call left.
func (s *Set) resumeLater(names []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.later != nil {
		s.later()
		s.later = nil
	}
	if s.closed || len(names) == 0 {
		return
	}
	ctx, cancel := context.WithCancel(s.ctx)
	s.later = cancel
	s.wg.Go(func() {
		defer cancel()
		for wait := time.Second; len(names) > 0; wait = min(2*wait, time.Minute) {
			select {
			case <-time.After(wait):
			case <-ctx.Done():
				return
			}
			var err error
			if _, names, err = s.resume(ctx, names); err != nil && ctx.Err() == nil {
				s.cfg.Logger.WarnContext(ctx, "runs of some links cannot go on yet", slog.Any("error", err))
			}
		}
	})
}
