package links_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/links"
)

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	open := newHost(1, 1).openLink
	for field, cfg := range map[string]links.Config{
		"links.Config.Open":     {},
		"links.Config.MaxRuns":  {Open: open, MaxRuns: -1},
		"links.Config.MaxOpens": {Open: open, MaxOpens: -1},
	} {
		_, err := links.New(cfg)
		var invalid *adcimport.InvalidOptionsError
		if !errors.As(err, &invalid) || invalid.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
}

// Importers are made when first asked for, and kept.
func TestSet_Importer_isKept(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(2, 1)
		s := h.set(t)
		defer h.closed(t, s)
		if h.opens() != 0 {
			t.Error("opened before anybody asked")
		}
		a, errA := s.Importer(t.Context(), "link-01")
		again, errAgain := s.Importer(t.Context(), "link-01")
		b, errB := s.Importer(t.Context(), "link-02")
		if err := errors.Join(errA, errAgain, errB); err != nil || a != again || a == b || h.opens() != 2 {
			t.Errorf("%d opens: %v", h.opens(), err)
		}
		for _, printed := range []string{fmt.Sprintf("%v", s), fmt.Sprintf("%+v", s), fmt.Sprintf("%#v", s)} {
			if printed != "links.Set" {
				t.Errorf("it prints as %s", printed)
			}
		}
	})
}

// An error of Open is the asker's, and not kept.
func TestSet_Importer_errorsAreNotKept(t *testing.T) {
	t.Parallel()
	own := func(change func(*adcimport.Config)) func(h *host) {
		return func(h *host) {
			open := h.cfg.Open
			h.cfg.Open = func(ctx context.Context, link string) (adcimport.Config, error) {
				cfg, err := open(ctx, link)
				if h.opens() == 1 {
					change(&cfg)
				}
				return cfg, err
			}
		}
	}
	tests := map[string]struct {
		first func(h *host)
		want  string
	}{
		"error": {func(h *host) {
			h.open = func(_ context.Context, n int) error { return map[bool]error{true: errBoom}[n == 1] }
		}, "link link-01: open: boom"},
		"panic": {func(h *host) {
			h.open = func(_ context.Context, n int) error {
				if n == 1 {
					panic("Sesame")
				}
				return nil
			}
		}, "panic in links.Config.Open"},
		"no store":     {own(func(c *adcimport.Config) { c.Store = nil }), "Config.Store: is required"},
		"another link": {own(func(c *adcimport.Config) { c.Link = "link-02" }), "Config.Link: must be the link that was asked for"},
		"own limit": {own(func(c *adcimport.Config) {
			c.Admit = func(string, adcimport.Kind) (<-chan struct{}, func()) { return nil, nil }
		}), "Config.Admit: must be empty"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				h := newHost(1, 1)
				h.cfg.MaxRuns = 1
				tt.first(h)
				s := h.set(t)
				defer h.closed(t, s)
				if _, err := s.Importer(t.Context(), "link-01"); err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "Sesame") {
					t.Errorf("first: %v", err)
				}
				if _, err := s.Importer(t.Context(), "link-01"); err != nil || h.opens() != 2 {
					t.Errorf("%d opens: %v", h.opens(), err)
				}
			})
		})
	}
}

// Two who ask at once share one Open, and one who gives up takes nothing from the
// other. Nobody waits: it is told so, and the next one who asks has a new one.
func TestSet_Importer_askersShareOneOpen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 1)
		var ended []error
		h.open = func(ctx context.Context, _ int) error {
			select {
			case <-time.After(time.Minute):
			case <-ctx.Done():
			}
			h.mu.Lock()
			defer h.mu.Unlock()
			ended = append(ended, ctx.Err())
			return ctx.Err()
		}
		s := h.set(t)
		defer h.closed(t, s)
		ask := func(patience time.Duration) error {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := s.Importer(ctx, "link-01")
			return err
		}
		if err := ask(time.Second); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("alone, for a second: %v", err)
		}
		var first, second error
		var wg sync.WaitGroup
		wg.Go(func() { first = ask(time.Second) })
		wg.Go(func() { second = ask(time.Hour) })
		wg.Wait()
		if !errors.Is(first, context.DeadlineExceeded) || second != nil {
			t.Errorf("for a second: %v; for an hour: %v", first, second)
		}
		if diff := cmp.Diff([]error{context.Canceled, nil}, ended, cmp.Comparer(errors.Is)); diff != "" || h.opens() != 2 {
			t.Errorf("%d opens ended (-want +got):\n%s", h.opens(), diff)
		}
	})
}

// The run at work goes on with what it has; the next one has the new settings, and
// the old importer is closed when its last run ended.
func TestSet_Refresh_whileARunIsAtWork(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 5)
		s := h.set(t)
		defer h.closed(t, s)
		old, err := s.Importer(t.Context(), "link-01")
		if err != nil {
			t.Fatal(err)
		}
		run := start(t, s, "link-01")
		sleep(2 * time.Second)
		before := h.ends["link-01"].sink
		h.mu.Lock()
		h.ends["link-01"] = newHost(1, 3).ends["link-01"] // another login sees another account
		h.mu.Unlock()
		s.Refresh("link-01")
		users, err := s.StartUsers(t.Context(), "link-01", adcimport.UserFilter{}, adcimport.UserOptions{})
		if err != nil {
			t.Fatal(err)
		}
		completed(t, users, 1)
		completed(t, run, 5)
		if len(before.Customers()) != 5 || len(before.Users()) != 0 || len(h.ends["link-01"].sink.Users()) != 1 || h.opens() != 2 {
			t.Errorf("%d customers, %d users there, %d opens", len(before.Customers()), len(before.Users()), h.opens())
		}
		synctest.Wait()
		_, err = old.StartUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{})
		if !errors.Is(err, adcimport.ErrClosed) {
			t.Errorf("the old importer: %v", err)
		}
		s.Refresh("link-01")
		s.Refresh("link-01")
		s.Refresh("nobody's")
		completed(t, start(t, s, "link-01"), 3)
	})
}

// What was read before a refresh is not used after it.
func TestSet_Refresh_whileItIsOpened(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 5)
		h.open = func(_ context.Context, n int) error {
			sleep(time.Minute)
			return map[bool]error{true: errBoom}[n == 2]
		}
		s := h.set(t)
		defer h.closed(t, s)
		var got []error
		var wg sync.WaitGroup
		for range 2 {
			wg.Go(func() {
				_, err := s.Importer(t.Context(), "link-01")
				h.mu.Lock()
				defer h.mu.Unlock()
				got = append(got, err)
			})
		}
		sleep(time.Second)
		s.Refresh("link-01")
		sleep(time.Minute) // the second one is under way, and will fail
		s.Refresh("link-01")
		wg.Wait()
		if errors.Join(got...) != nil || h.opens() != 3 {
			t.Errorf("%d opens: %v", h.opens(), got)
		}
	})
}

func TestSet_Runs(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(3, 1)
		s := h.set(t)
		defer h.closed(t, s)
		var want []string
		for _, link := range []string{"link-01", "link-03"} {
			first := start(t, s, link)
			completed(t, first, 1)
			second := start(t, s, link)
			completed(t, second, 1)
			want = append(want, link+" "+second.ID(), link+" "+first.ID())
		}
		list := func() (got []string, last error) {
			for info, err := range s.Runs(t.Context()) {
				if err != nil {
					last = err
					continue
				}
				got = append(got, info.Link+" "+info.RunID)
			}
			return got, last
		}
		got, err := list()
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%v; runs (-want +got):\n%s", err, diff)
		}
		for info, err := range s.Runs(t.Context()) {
			if err != nil || info.Link != "link-01" {
				t.Error("break does not end it")
			}
			break
		}
		h.mu.Lock()
		delete(h.ends, "link-01")
		h.mu.Unlock()
		s.Refresh("link-01")
		h.cfg.Links = nil
		names := []string{"link-01", "link-03"}
		h.cfg.Links = func(context.Context) ([]string, error) { return names, nil }
		other := h.set(t)
		defer h.closed(t, other)
		s = other
		got, err = list()
		if diff := cmp.Diff(want[2:], got); diff != "" || !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("%v; runs of the link that is left (-want +got):\n%s", err, diff)
		}
		h.cfg.Links = nil
		s = h.set(t)
		defer h.closed(t, s)
		if got, err = list(); len(got) > 0 || err != nil {
			t.Errorf("nothing is known: %v %v", got, err)
		}
		completed(t, start(t, s, "link-02"), 1)
		if got, err = list(); len(got) != 1 || err != nil {
			t.Errorf("what was asked for: %v %v", got, err)
		}
	})
}

// A start that is overtaken by a refresh starts with the new importer.
func TestSet_Refresh_whileARunIsBeingStarted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		h := newHost(1, 3)
		open := h.cfg.Open
		var s *links.Set
		h.cfg.Open = func(ctx context.Context, link string) (adcimport.Config, error) {
			cfg, err := open(ctx, link)
			if h.opens() == 1 {
				cfg.Store = refreshing{h.store, func() {
					s.Refresh(link)
					sleep(time.Second)
				}}
			}
			return cfg, err
		}
		s = h.set(t)
		defer h.closed(t, s)
		o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{RunID: "mine"}} // which is looked for first
		run, err := s.StartCustomers(t.Context(), "link-01", adcimport.CustomerFilter{}, o)
		if err != nil || h.opens() != 2 {
			t.Fatalf("%d opens: %v", h.opens(), err)
		}
		completed(t, run, 3)
	})
}

// refreshing is a store that does something before it looks for a run.
type refreshing struct {
	*adcimport.MemoryStore
	before func()
}

func (r refreshing) Run(ctx context.Context, id string) (ledger.RunState, error) {
	r.before()
	return r.MemoryStore.Run(ctx, id)
}
