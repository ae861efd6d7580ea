package conformance_test

import (
	"context"
	"os"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// Fault 81: the tables name every optional interface there is, and tell what is found.
func TestAbilities_complete(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../abilities.go")
	if err != nil {
		t.Fatal(err)
	}
	tables := dealerCase(func(*adcimporttest.Source) {}).Abilities() + memoryCase(func(*adcimporttest.Sink) {}).Abilities()
	for _, file := range []string{"../../abilities.go", "../../matching.go"} {
		if more, err := os.ReadFile(file); err == nil {
			text = append(text, more...)
		}
	}
	for _, m := range regexp.MustCompile(`(?m)^	([A-Z]\w+) interface \{$`).FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(tables, "  "+m[1]+" ") {
			t.Errorf("no table has %s", m[1])
		}
	}
}

// hidden hides every ability.
type hidden struct{ adcimport.Sink }

func TestAbilities(t *testing.T) {
	t.Parallel()
	source := dealerCase(func(*adcimporttest.Source) {})
	sink := memoryCase(func(*adcimporttest.Sink) {})
	tests := map[string]struct {
		table string
		want  []string
	}{
		"source": {source.Abilities(), []string{
			"abilities of *adcimporttest.Source", "users found listed", "CustomerDetailer found pages may be Partial",
			"FilterChecker not found a run with a bad filter begins and fails", "CustomerRemover found cursors are tried while customers go",
		}},
		"half a source": {
			conformance.SourceCase{Source: adcimport.CustomersOnly(source.Source)}.Abilities(),
			[]string{"customers found listed", "users not found the source has none", "CustomerDetailer found", "UserRemover not found users_moving is left out"},
		},
		"sink": {sink.Abilities(), []string{"CustomerUpdater found Upsert updates customers", "ReplyLoser not found", "CustomerHolder found"}},
		"half a sink": {
			conformance.SinkCase{Sink: adcimport.UsersOnlySink(sink.Sink)}.Abilities(), []string{"customers not found", "users found written"},
		},
		"a sink that is hidden": {
			conformance.SinkCase{Sink: hidden{sink.Sink}}.Abilities(),
			[]string{"CustomerUpdater not found Upsert counts customers as unchanged", "AbsenceProver not found an empty Find is taken for proof"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			table := strings.Join(strings.Fields(tt.table), " ")
			for _, want := range tt.want {
				if !strings.Contains(table, want) {
					t.Errorf("no %q in\n%s", want, tt.table)
				}
			}
		})
	}
}

// Fault 81: an implementation that panics fails the rules that meet it, and no other one.
func TestSuitesSurvivePanics(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		run  func() error
		rule string
	}{
		"a sink's update of a mail that is to go": {func() error {
			return conformance.TestSink(func() (conformance.SinkCase, error) {
				return brokenCase(func(b *brokenSink) {
					update := b.users.update
					b.users.update = func(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
						for _, rec := range recs {
							if rec.CanLogin {
								panic("nobody thought of logins")
							}
						}
						return update(ctx, ids, recs)
					}
				}), nil
			})
		}, "users_login_update"},
		"a sink's check of options": {func() error {
			return conformance.TestSink(func() (conformance.SinkCase, error) {
				return brokenCase(func(b *brokenSink) {
					b.reps = func(context.Context, []string) (map[string]string, error) { panic("nobody thought of reps") }
				}), nil
			})
		}, "reps"},
		"a source's roles": {func() error {
			return conformance.TestSource(func() (conformance.SourceCase, error) {
				var src *adcimporttest.Source
				c := dealerCase(func(s *adcimporttest.Source) { src = s })
				b := newBrokenSource(src)
				b.roles = func(context.Context) ([]adcimport.Choice, error) { panic("nobody thought of roles") }
				c.Source = b
				return c, nil
			})
		}, "roles"},
		"a source's details, several at a time": {func() error {
			return conformance.TestSource(func() (conformance.SourceCase, error) {
				var src *adcimporttest.Source
				c := dealerCase(func(s *adcimporttest.Source) { s.Full, src = true, s })
				b := newBrokenSource(src)
				var busy atomic.Bool
				b.detail = func(ctx context.Context, id string) (adcimport.Customer, error) {
					if !busy.CompareAndSwap(false, true) {
						panic("nobody thought of two")
					}
					defer busy.Store(false)
					time.Sleep(time.Millisecond)
					return b.Source.CustomerDetail(ctx, id)
				}
				c.Source = b
				return c, nil
			})
		}, "detail_concurrent"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				err := tt.run()
				got := brokenRules(err)
				if len(got) != 1 || !got[tt.rule] {
					t.Fatalf("broken are %v, want %s: %v", got, tt.rule, err)
				}
				for _, want := range []string{"panic: nobody thought of", "abilities_test.go:"} {
					if !strings.Contains(err.Error(), want) {
						t.Errorf("no %q in\n%v", want, err)
					}
				}
			})
		})
	}
}

// A case that cannot be made is a failure of each rule, and no end of the program.
func TestSuiteSurvivesACaseThatPanics(t *testing.T) {
	t.Parallel()
	n := 0
	err := conformance.TestSink(func() (conformance.SinkCase, error) {
		if n++; n == 1 {
			panic("no database")
		}
		return memoryCase(func(*adcimporttest.Sink) {}), nil
	})
	if err == nil || !strings.Contains(err.Error(), "panic: no database") || n != len(conformance.SinkRuleNames()) {
		t.Errorf("%d cases, %v", n, err)
	}
}
