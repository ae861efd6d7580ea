package conformance_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// stall is a destination that can keep silent.
type stall struct {
	mu      sync.Mutex
	silence chan struct{} // closed when it speaks again; nil: it speaks
}

func (s *stall) Stall() (release func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	silence := make(chan struct{})
	s.silence = silence
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.silence = nil
		close(silence)
	}
}

// wait waits as long as the destination is silent.
func (s *stall) wait(ctx context.Context) error {
	s.mu.Lock()
	silence := s.silence
	s.mu.Unlock()
	if silence == nil {
		return nil
	}
	select {
	case <-silence:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// stalling makes the calls of one kind wait for the destination.
func stalling[R any](s *stall, c *sinkCalls[R]) {
	find, create := c.find, c.create
	c.find = func(ctx context.Context, ids []string, recs []R) (map[string][]string, error) {
		if err := s.wait(ctx); err != nil {
			return nil, err
		}
		return find(ctx, ids, recs)
	}
	c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
		if err := s.wait(ctx); err != nil {
			return make([]adcimport.WriteResult, len(recs)), err
		}
		return create(ctx, recs)
	}
}

// undated ends a context when it is canceled, and forgets its deadline.
func undated(ctx context.Context) (context.Context, context.CancelFunc) {
	inner, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		if errors.Is(ctx.Err(), context.Canceled) {
			cancel()
		}
	})
	return inner, func() { stop(); cancel() }
}

// fault81Mistakes are those of fault 81.
func fault81Mistakes[R any](id func(R) string, email func(R) string) map[string]func(*sinkCalls[R]) {
	return map[string]func(*sinkCalls[R]){
		"find_deadline": func(c *sinkCalls[R]) {
			find := c.find
			c.find = func(ctx context.Context, ids []string, recs []R) (map[string][]string, error) {
				if ctx.Err() != nil {
					return find(ctx, ids, recs)
				}
				inner, cancel := undated(ctx)
				defer cancel()
				return find(inner, ids, recs)
			}
		},
		"deadline": func(c *sinkCalls[R]) {
			create := c.create
			c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
				if ctx.Err() != nil {
					return create(ctx, recs)
				}
				inner, cancel := undated(ctx)
				defer cancel()
				return create(inner, recs)
			}
		},
		"personal": func(c *sinkCalls[R]) {
			create := c.create
			c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
				results, err := create(ctx, recs)
				for i := range results {
					if results[i].Err != nil {
						results[i].Err = discreet{errors.Join(results[i].Err, errors.New(email(recs[i])))}
					}
				}
				return results, err
			}
		},
		"find_prefix": findsByPrefix(id),
	}
}

// discreet says nothing itself of what it wraps.
type discreet struct{ inner error }

func (discreet) Error() string { return "a create failed" }

func (d discreet) Unwrap() error { return d.inner }

// findsByPrefix also finds who has a longer id, as LIKE '12%' does.
func findsByPrefix[R any](id func(R) string) func(*sinkCalls[R]) {
	return func(c *sinkCalls[R]) {
		var mu sync.Mutex
		made := map[string]string{}
		create, find := c.create, c.find
		c.create = func(ctx context.Context, recs []R) ([]adcimport.WriteResult, error) {
			results, err := create(ctx, recs)
			mu.Lock()
			defer mu.Unlock()
			for i, r := range results {
				made[id(recs[i])] = r.ID
			}
			return results, err
		}
		c.find = func(ctx context.Context, ids []string, recs []R) (map[string][]string, error) {
			found, err := find(ctx, ids, recs)
			mu.Lock()
			defer mu.Unlock()
			for has, sinkID := range made {
				for _, asked := range ids {
					if found != nil && has != asked && strings.HasPrefix(has, asked) {
						found[asked] = append(found[asked], sinkID)
					}
				}
			}
			return found, err
		}
	}
}

// byNumber has a number of items as its cursor.
func byNumber[T any](l lister[T]) lister[T] {
	const size = 5
	return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
		f.ids, f.subs, f.roles = slices.Clone(f.ids), slices.Clone(f.subs), slices.Clone(f.roles)
		return adcimport.Pages(ctx, from, func(ctx context.Context, at adcimport.Cursor) (adcimport.Page[T], error) {
			var all []T
			for p, err := range l(ctx, f, "") {
				if err != nil {
					return adcimport.Page[T]{}, err
				}
				all = append(all, p.Items...)
			}
			n, err := strconv.Atoi("0" + string(at))
			if err != nil {
				return adcimport.Page[T]{}, err
			}
			page := adcimport.Page[T]{Items: all[min(n, len(all)):min(n+size, len(all))]}
			if n+size < len(all) {
				page.Next = adcimport.Cursor(strconv.Itoa(n + size))
			}
			return page, nil
		})
	}
}

// quoting says at which record a listing was canceled.
func quoting[T any](l lister[T], name func(T) string) lister[T] {
	return func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[T], error] {
		pages := l(ctx, f, from)
		return func(yield func(adcimport.Page[T], error) bool) {
			last := ""
			for p, err := range pages {
				if err != nil {
					err = fmt.Errorf("after %s: %w", last, err)
				}
				for _, v := range p.Items {
					last = name(v)
				}
				if !yield(p, err) {
					return
				}
			}
		}
	}
}

// fault81SourceMistakes are those of fault 81 in listings.
func fault81SourceMistakes() map[string]sourceMistake {
	return map[string]sourceMistake{
		"customers_moving": func(b *brokenSource, _ *conformance.SourceCase) { b.customers = byNumber(b.customers) },
		"users_moving":     func(b *brokenSource, _ *conformance.SourceCase) { b.users = byNumber(b.users) },
		"customers_personal": func(b *brokenSource, _ *conformance.SourceCase) {
			b.customers = quoting(b.customers, func(v adcimport.Customer) string { return v.FirstName + " " + v.LastName })
		},
		"users_personal": func(b *brokenSource, _ *conformance.SourceCase) {
			b.users = quoting(b.users, func(v adcimport.User) string { return v.FirstName + " " + v.LastName })
		},
	}
}

// account takes records out of an in-memory source's dealer.
type account struct{ *adcimporttest.Source }

func (a account) RemoveCustomer(_ context.Context, id string) error {
	a.Update(func(d *adcimporttest.Dealer) { d.DeleteCustomers(id) })
	return nil
}

func (a account) RemoveUser(_ context.Context, id string) error {
	a.Update(func(d *adcimporttest.Dealer) { d.DeleteUsers(id) })
	return nil
}

// Fault 81: more than one form of each mistake is found, by the same rule.
func TestSinkSuite_fault81Forms(t *testing.T) {
	t.Parallel()
	type calls = sinkCalls[adcimport.CustomerRecord]
	results := func(change func(rec adcimport.CustomerRecord, r *adcimport.WriteResult)) func(*calls) {
		return func(c *calls) {
			create := c.create
			c.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				results, err := create(ctx, recs)
				for i := range results {
					change(recs[i], &results[i])
				}
				return results, err
			}
		}
	}
	tests := map[string]struct {
		rule    string
		mistake func(*calls)
	}{
		"a deadline that has passed is not looked at": {"customers_deadline", func(c *calls) {
			create := c.create
			c.create = func(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
				inner, cancel := undated(ctx)
				defer cancel()
				if errors.Is(ctx.Err(), context.Canceled) {
					inner = ctx
				}
				return create(inner, recs)
			}
		}},
		"a phone in the text of a refusal": {"customers_personal", results(func(rec adcimport.CustomerRecord, r *adcimport.WriteResult) {
			if r.Status == adcimport.WriteRejected {
				r.Err = fmt.Errorf("phone %q: %w", rec.Phone1, r.Err)
			}
		})},
		"a name in the rule of a field": {"customers_personal", results(func(rec adcimport.CustomerRecord, r *adcimport.WriteResult) {
			if e, ok := errors.AsType[*adcimport.RecordError](r.Err); ok {
				e.Fields = append(e.Fields, adcimport.FieldError{Field: "LastName", Rule: "must not be " + rec.FirstName})
			}
		})},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := conformance.TestSink(func() (conformance.SinkCase, error) {
					return brokenCase(func(b *brokenSink) { tt.mistake(&b.customers) }), nil
				})
				if got := brokenRules(err); len(got) != 1 || !got[tt.rule] {
					t.Errorf("broken %v, want %s: %v", got, tt.rule, err)
				}
			})
		})
	}
}
