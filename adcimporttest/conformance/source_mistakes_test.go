package conformance_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// sourceMistake makes a case break one rule.
type sourceMistake func(b *brokenSource, c *conformance.SourceCase)

func sourceMistakes(c conformance.SourceCase) map[string]sourceMistake {
	all := abilityMistakes()
	maps.Copy(all, fault81SourceMistakes())
	unknown := "2000003"
	var lastCustomer, lastUser string
	for _, v := range c.Customers {
		lastCustomer = cmp.Or(map[bool]string{true: v.ID}[v.SubDealerID != ""], lastCustomer)
	}
	for _, v := range c.Users {
		lastUser = cmp.Or(map[bool]string{true: v.ID}[v.SubDealerID != ""], lastUser)
	}
	for name, mistake := range listingMistakes(
		func(v adcimport.Customer) string { return v.ID },
		func(v *adcimport.Customer) { v.LastName += "!" }, lastCustomer, unknown,
	) {
		all["customers_"+name] = func(b *brokenSource, c *conformance.SourceCase) {
			c.UnknownID = unknown
			b.customers = mistake(b.customers)
		}
	}
	for name, mistake := range listingMistakes(
		func(v adcimport.User) string { return v.ID },
		func(v *adcimport.User) { v.LastName += "!" }, lastUser, unknown,
	) {
		all["users_"+name] = func(b *brokenSource, c *conformance.SourceCase) {
			c.UnknownID = unknown
			b.users = mistake(b.users)
		}
	}
	all["customers_empty"] = func(_ *brokenSource, c *conformance.SourceCase) {
		c.Empty = adcimport.UsersOnly(new(adcimporttest.Source)) // an error
	}
	all["users_empty"] = func(_ *brokenSource, c *conformance.SourceCase) {
		c.Empty = adcimport.CustomersOnly(new(adcimporttest.Source))
	}
	return all
}

func abilityMistakes() map[string]sourceMistake {
	away := func(change func(*awaySource)) sourceMistake {
		return func(_ *brokenSource, c *conformance.SourceCase) {
			s := newAwaySource()
			change(&s)
			c.Away = s
		}
	}
	return map[string]sourceMistake{
		"away_customers": away(func(s *awaySource) { s.customers = nil }), // an empty account
		"away_users":     away(func(s *awaySource) { s.users = errors.New("HTTP 503") }),
		"away_detail":    away(func(s *awaySource) { s.detail = &adcimport.RecordError{ID: "1", Reason: adcimport.ReasonSourceFailed} }),
		"detail": func(b *brokenSource, c *conformance.SourceCase) {
			b.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				v, err := b.Source.CustomerDetail(ctx, id)
				if id == c.Customers[15].ID {
					v.CentralStation.AccountNumber += "0"
				}
				return v, err
			}
		},
		"detail_unknown": func(b *brokenSource, _ *conformance.SourceCase) {
			b.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				v, err := b.Source.CustomerDetail(ctx, id)
				if errors.Is(err, adcimport.ErrNotFound) {
					return adcimport.Customer{}, nil
				}
				return v, err
			}
		},
		"detail_left_out": func(_ *brokenSource, c *conformance.SourceCase) {
			c.LeftOut = []string{"2000004"} // its detail is ErrNotFound
		},
		"customers_include": func(b *brokenSource, _ *conformance.SourceCase) {
			b.customers = func(ctx context.Context, f anyFilter, from adcimport.Cursor) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
				pages := b.Source.Customers(ctx, adcimport.CustomerFilter{CustomerIDs: f.ids, SubDealerIDs: f.subs}, from)
				if f.include.Demo || !f.include.Terminated {
					return pages
				}
				return without(pages, func(c adcimport.Customer) bool { return c.Terminated })
			}
		},
		"detail_cancel": func(b *brokenSource, _ *conformance.SourceCase) {
			b.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				return b.Source.CustomerDetail(context.WithoutCancel(ctx), id)
			}
		},
		"detail_concurrent": func(b *brokenSource, _ *conformance.SourceCase) {
			var busy atomic.Bool
			b.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
				if !busy.CompareAndSwap(false, true) {
					return adcimport.Customer{}, errors.New("busy")
				}
				defer busy.Store(false)
				time.Sleep(time.Millisecond)
				return b.Source.CustomerDetail(ctx, id)
			}
		},
		"sub_dealers": func(b *brokenSource, _ *conformance.SourceCase) {
			b.subs = func(ctx context.Context) ([]adcimport.Choice, error) {
				list, err := b.Source.SubDealers(ctx)
				return list[:max(0, len(list)-1)], err
			}
		},
		"roles": func(b *brokenSource, _ *conformance.SourceCase) {
			b.roles = func(ctx context.Context) ([]adcimport.Choice, error) {
				list, err := b.Source.Roles(ctx)
				return append(list, list...), err
			}
		},
		"filter_check": func(b *brokenSource, _ *conformance.SourceCase) {
			b.filter = func(f anyFilter) error {
				if slices.Contains(f.ids, "007") {
					return errors.New("no such id")
				}
				return nil
			}
		},
		"check": func(b *brokenSource, _ *conformance.SourceCase) {
			b.check = func(context.Context) error { return nil }
		},
	}
}

// alsoBroken are rules that a mistake cannot help breaking beside its own.
func alsoBroken(rule string) []string {
	return map[string][]string{
		"customers_again": {"customers_concurrent"}, // it ranges over one sequence several times at once
		"users_again":     {"users_concurrent"},
	}[rule]
}

// brokenRules are the rules that an error of a suite names.
func brokenRules(err error) map[string]bool {
	names := map[string]bool{}
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range all.Unwrap() {
			name, _, _ := strings.Cut(e.Error(), ":")
			names[name] = true
		}
	}
	return names
}

// wantRules are a rule and those that break with it.
func wantRules(rule string, also []string) map[string]bool {
	names := map[string]bool{rule: true}
	for _, name := range also {
		names[name] = true
	}
	return names
}

// TestSourceSuiteCatches shows that each rule can fail, and that it alone
// catches its mistake: a source that is right but for one is held to the whole
// suite.
func TestSourceSuiteCatches(t *testing.T) {
	t.Parallel()
	full := func(s *adcimporttest.Source) { s.Full = true }
	mistakes := sourceMistakes(dealerCase(full))
	for _, rule := range conformance.SourceRuleNames() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			mistake, ok := mistakes[rule]
			if !ok {
				t.Fatal("no source breaks this rule")
			}
			synctest.Test(t, func(t *testing.T) {
				err := conformance.TestSource(func() (conformance.SourceCase, error) {
					src := &adcimporttest.Source{}
					c := dealerCase(func(s *adcimporttest.Source) { s.Full, src = true, s })
					b := newBrokenSource(src)
					c.Source = b
					mistake(b, &c)
					return c, nil
				})
				if diff := gocmp.Diff(wantRules(rule, alsoBroken(rule)), brokenRules(err)); diff != "" {
					t.Errorf("rules that are broken (-want +got):\n%s%v", diff, err)
				}
			})
		})
	}
	if got, want := len(mistakes), len(conformance.SourceRuleNames()); got != want {
		t.Errorf("there are %d mistakes for %d rules", got, want)
	}
}
