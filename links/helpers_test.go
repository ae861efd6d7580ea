package links_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/links"
)

var errBoom = errors.New("boom")

// host has dealers by link, each of some customers whose details take a second.
type host struct {
	cfg   links.Config
	store *adcimport.MemoryStore

	mu     sync.Mutex
	ends   map[string]*ends
	opened []string                               // in order
	began  []string                               // links whose run went to work, in order
	kinds  []string                               // of these runs
	busy   int                                    // runs at work now
	most   int                                    // at once
	open   func(ctx context.Context, n int) error // before the n-th Open returns; nil: at once
	pauses func(link string) time.Time            // until then its listing asks to be left alone
}

type ends struct {
	source *adcimporttest.Source
	sink   *adcimporttest.Sink
	check  error // what Check of the source returns
}

// newHost has links with the names link-01 and on.
func newHost(n, customers int) *host {
	h := &host{store: new(adcimport.MemoryStore), ends: make(map[string]*ends)}
	for i := range n {
		d := &adcimporttest.Dealer{Users: []adcimport.User{{ID: "1", LoginName: "a"}}}
		for c := range customers {
			d.Customers = append(d.Customers, adcimport.Customer{ID: strconv.Itoa(c + 1), FirstName: "F", LastName: "L"})
		}
		h.ends[name(i)] = &ends{source: &adcimporttest.Source{Dealer: d, PageSize: 10}, sink: &adcimporttest.Sink{}}
	}
	h.cfg = links.Config{Open: h.openLink, Links: func(context.Context) ([]string, error) { return h.names(), nil }}
	return h
}

func name(i int) string { return fmt.Sprintf("link-%02d", i+1) }

func (h *host) names() []string {
	var all []string
	for i := range len(h.ends) {
		all = append(all, name(i))
	}
	return all
}

func (h *host) set(t *testing.T) *links.Set {
	t.Helper()
	s, err := links.New(h.cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// closed closes a set, and fails when a turn was not given back.
func (h *host) closed(t *testing.T, s *links.Set) {
	t.Helper()
	if err := s.Close(t.Context()); err != nil {
		t.Error(err)
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.busy != 0 {
		t.Errorf("%d runs are at work after Close", h.busy)
	}
	if h.cfg.MaxRuns > 0 && h.most > h.cfg.MaxRuns {
		t.Errorf("%d runs were at work at once, %d may", h.most, h.cfg.MaxRuns)
	}
}

func (h *host) openLink(ctx context.Context, link string) (adcimport.Config, error) {
	h.mu.Lock()
	h.opened = append(h.opened, link)
	n, e, open := len(h.opened), h.ends[link], h.open
	h.mu.Unlock()
	if open != nil {
		if err := open(ctx, n); err != nil {
			return adcimport.Config{}, err
		}
	}
	if e == nil {
		return adcimport.Config{}, adcimport.ErrNotFound
	}
	return adcimport.Config{
		Source: &slowSource{Source: e.source, host: h, link: link, ends: e}, Sink: e.sink, Store: h.store,
		Concurrency: 1, BatchSize: 1,
	}, nil
}

// slowSource counts the runs that ask it for a list, until the list is read.
type slowSource struct {
	*adcimporttest.Source
	host *host
	link string
	ends *ends
}

func (s *slowSource) Check(ctx context.Context) error {
	if s.ends.check != nil {
		return s.ends.check
	}
	return s.Source.Check(ctx)
}

func (s *slowSource) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return counted(s.host, s.link, s.Source.Customers(ctx, f, from))
}

func (s *slowSource) Users(ctx context.Context, f adcimport.UserFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.User], error] {
	return counted(s.host, s.link, s.Source.Users(ctx, f, from))
}

func (s *slowSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	select {
	case <-time.After(time.Second):
		return s.Source.CustomerDetail(ctx, id)
	case <-ctx.Done():
		return adcimport.Customer{}, context.Cause(ctx)
	}
}

// counted counts who is at work, asks for a pause after the first page, and takes
// a second for the end.
func counted[T any](h *host, link string, pages iter.Seq2[adcimport.Page[T], error]) iter.Seq2[adcimport.Page[T], error] {
	return func(yield func(adcimport.Page[T], error) bool) {
		h.mu.Lock()
		h.busy++
		h.most = max(h.most, h.busy)
		h.began, h.kinds = append(h.began, link), append(h.kinds, fmt.Sprintf("%T", *new(T)))
		pauses := h.pauses
		h.mu.Unlock()
		defer func() {
			h.mu.Lock()
			h.busy--
			h.mu.Unlock()
		}()
		<-time.After(time.Second)
		if pauses != nil {
			if until := pauses(link); time.Now().Before(until) {
				yield(adcimport.Page[T]{}, &adcimport.PausedError{Until: until, Err: adcimport.ErrRateLimited})
				return
			}
		}
		pages(yield)
		<-time.After(time.Second)
	}
}

func (h *host) worked() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.began)
}

func (h *host) atOnce() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.most
}

func (h *host) opens() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	return len(h.opened)
}

func start(t *testing.T, s *links.Set, link string) *adcimport.Run {
	t.Helper()
	run, err := s.StartCustomers(t.Context(), link, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		t.Fatal(err)
	}
	return run
}

func completed(t *testing.T, run *adcimport.Run, records int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 24*time.Hour) // of a bubble's time
	defer cancel()
	s, err := run.Wait(ctx)
	if err != nil {
		t.Errorf("run %s: %v", run.ID(), err)
		return
	}
	if s.Status != adcimport.StatusCompleted || s.Counts.Read != records {
		t.Errorf("run %s is %s with %+v", run.ID(), s.Status, s.Counts)
	}
}

// sleep moves the clock of a synctest bubble.
func sleep(d time.Duration) { <-time.After(d) }
