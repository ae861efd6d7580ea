package links

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/guard"
)

// entry is a link's importer, or the call of Open that makes it.
type entry struct {
	done   chan struct{} // closed when the call returned
	cancel context.CancelFunc
	askers int  // that wait for the call
	stale  bool // refreshed since it was called

	imp *adcimport.Importer // nil: not yet, or err
	err error
}

// Importer returns the importer of a link, which is made when it is first asked
// for. It is for everything that the set has no method for; its runs keep to the
// limit as well. It may be closed after [Set.Refresh]: ask again, rather than keep
// it.
func (s *Set) Importer(ctx context.Context, link string) (*adcimport.Importer, error) {
	for {
		e, err := s.ask(ctx, link)
		if err != nil {
			return nil, fmt.Errorf("link %s: %w", link, err)
		}
		select {
		case <-e.done:
		case <-ctx.Done():
		}
		current := s.answered(link, e)
		switch {
		case ctx.Err() != nil:
			return nil, fmt.Errorf("link %s: open: %w", link, context.Cause(ctx))
		case !current: // refreshed in the meantime: what was read may be old
		case e.err != nil:
			return nil, fmt.Errorf("link %s: %w", link, e.err)
		default:
			return e.imp, nil
		}
	}
}

// ask returns the entry of a link, and counts the asker. Who finds none makes one.
func (s *Set) ask(ctx context.Context, link string) (*entry, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, adcimport.ErrClosed
	}
	e := s.entries[link]
	if e == nil {
		e = &entry{done: make(chan struct{})}
		own, cancel := context.WithCancel(context.WithoutCancel(ctx))
		stop := context.AfterFunc(s.ctx, cancel) //nolint:contextcheck // it ends with the set, too
		e.cancel = func() {
			stop()
			cancel()
		}
		s.entries[link] = e
		s.wg.Go(func() { s.open(own, link, e) })
	}
	e.askers++
	return e, nil
}

// open fills an entry. What fails is not kept.
func (s *Set) open(ctx context.Context, link string, e *entry) {
	imp, err := s.importer(ctx, link)
	e.cancel()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed && err == nil {
		imp, err = nil, adcimport.ErrClosed // it has begun nothing: there is nothing to close
	}
	e.imp, e.err = imp, err
	if err != nil && s.entries[link] == e {
		delete(s.entries, link)
	}
	close(e.done)
}

// answered ends an asker's wait, and reports whether the settings are still those
// that were opened. An Open that nobody waits for is told so, and not kept.
func (s *Set) answered(link string, e *entry) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	e.askers--
	if e.askers == 0 && e.imp == nil && e.err == nil {
		e.cancel()
		if s.entries[link] == e {
			delete(s.entries, link)
		}
	}
	return !e.stale
}

// importer opens a link and makes its importer.
func (s *Set) importer(ctx context.Context, link string) (*adcimport.Importer, error) {
	var cfg adcimport.Config
	var err error
	if panicked := guard.Call("links.Config.Open", func() { cfg, err = s.cfg.Open(ctx, link) }); panicked != nil {
		err = panicked
	}
	if err != nil {
		return nil, fmt.Errorf("open: %w", err)
	}
	if cfg.Link == "" {
		cfg.Link = link
	}
	if cfg.Link != link {
		return nil, fmt.Errorf("open: %w", &adcimport.InvalidOptionsError{Field: "Config.Link", Rule: "must be the link that was asked for"})
	}
	if s.turns != nil {
		if cfg.Admit != nil {
			err := &adcimport.InvalidOptionsError{Field: "Config.Admit", Rule: "must be empty where links.Config.MaxRuns is set"}
			return nil, fmt.Errorf("open: %w", err)
		}
		cfg.Admit = func(link string, _ adcimport.Kind) (<-chan struct{}, func()) { return s.turns.take(link) }
	}
	return adcimport.New(cfg)
}

// Refresh has the link opened anew for the next one who asks, with settings that
// changed. Runs that are at work, or wait, go on to their end with the settings that
// they have; then their importer is closed.
func (s *Set) Refresh(link string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	e := s.entries[link]
	delete(s.entries, link)
	if e == nil {
		return
	}
	e.stale = true
	if e.imp == nil || s.closed {
		return
	}
	s.retired[e.imp] = struct{}{}
	s.wg.Go(func() {
		_ = e.imp.Drain(s.ctx) // it ends with the set, and then Close says what is left
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.retired, e.imp)
	})
}
