package conformance_test

import (
	"context"
	"errors"
	"maps"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

func sinkMistakes() map[string]func(*brokenSink) {
	all := userMistakes()
	maps.Copy(all, otherSinkMistakes())
	maps.Copy(all, sinkAwayMistakes())
	maps.Copy(all, matchMistakesOfOne())
	for name, mistake := range kindMistakes(
		func(r adcimport.CustomerRecord) string { return r.AlarmComID },
		func(r adcimport.CustomerRecord) string { return r.IdempotencyKey },
		func(r *adcimport.CustomerRecord) { r.LastName += "!" },
	) {
		all["customers_"+name] = func(b *brokenSink) { mistake(&b.customers) }
	}
	for name, mistake := range kindMistakes(
		func(r adcimport.UserRecord) string { return r.AlarmComID },
		func(r adcimport.UserRecord) string { return r.IdempotencyKey },
		func(r *adcimport.UserRecord) { r.LastName += "!" },
	) {
		all["users_"+name] = func(b *brokenSink) { mistake(&b.users) }
	}
	for name, mistake := range ownMistakes(func(r *adcimport.CustomerRecord) (email *string, toClear, toLeave *[]string) {
		return &r.Email, &r.Clear, &r.Leave
	}) {
		all["customers_"+name] = func(b *brokenSink) { mistake(&b.customers) }
	}
	for name, mistake := range fault81Mistakes(
		func(r adcimport.CustomerRecord) string { return r.AlarmComID }, func(r adcimport.CustomerRecord) string { return r.Email },
	) {
		all["customers_"+name] = func(b *brokenSink) { mistake(&b.customers) }
	}
	for name, mistake := range fault81Mistakes(
		func(r adcimport.UserRecord) string { return r.AlarmComID }, func(r adcimport.UserRecord) string { return r.Email },
	) {
		all["users_"+name] = func(b *brokenSink) { mistake(&b.users) }
	}
	for name, mistake := range matchMistakes[adcimport.CustomerRecord]() {
		all["customers_"+name] = func(b *brokenSink) {
			mistake(&b.customers, func(id string, change func(alarmComID, city *string)) bool {
				return b.EditCustomer(id, func(r *adcimport.CustomerRecord) { change(&r.AlarmComID, &r.City) })
			})
		}
	}
	for name, mistake := range matchMistakes[adcimport.UserRecord]() {
		all["users_"+name] = func(b *brokenSink) {
			mistake(&b.users, func(id string, change func(alarmComID, city *string)) bool {
				return b.EditUser(id, func(r *adcimport.UserRecord) { change(&r.AlarmComID, &r.Address.City) })
			})
		}
	}
	for name, mistake := range ownMistakes(func(r *adcimport.UserRecord) (email *string, toClear, toLeave *[]string) {
		return &r.Email, &r.Clear, &r.Leave
	}) {
		all["users_"+name] = func(b *brokenSink) { mistake(&b.users) }
	}
	return all
}

// createdUsers changes what creates of users return, and makes names unique.
func createdUsers(b *brokenSink, change func(*adcimport.WriteResult)) {
	b.UniqueUsernames = true
	create := b.users.create
	b.users.create = func(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
		results, err := create(ctx, recs)
		for i := range results {
			change(&results[i])
		}
		return results, err
	}
}

func userMistakes() map[string]func(*brokenSink) {
	return map[string]func(*brokenSink){
		"users_name_taken": func(b *brokenSink) {
			createdUsers(b, func(r *adcimport.WriteResult) {
				if e, ok := errors.AsType[*adcimport.RecordError](r.Err); ok && e.Reason == adcimport.ReasonUsernameTaken {
					r.Err = errors.New("HTTP 409")
				}
			})
		},
		"users_name_own": func(b *brokenSink) {
			createdUsers(b, func(r *adcimport.WriteResult) {
				if r.Status == adcimport.WriteExists {
					*r = adcimport.WriteResult{Status: adcimport.WriteRejected, Err: &adcimport.RecordError{Reason: adcimport.ReasonUsernameTaken}}
				}
			})
		},
		"users_login_mail": func(b *brokenSink) {
			b.HonourKeys = true
			create := b.users.create
			b.users.create = func(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
				results, err := create(ctx, recs)
				for i, r := range results {
					if r.Status == adcimport.WriteExists && recs[i].CanLogin {
						b.moreMails = append(b.moreMails, recs[i].AlarmComID)
					}
				}
				return results, err
			}
		},
		"users_login_update": func(b *brokenSink) {
			update := b.users.update
			b.users.update = func(ctx context.Context, ids []string, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
				for _, rec := range recs {
					if rec.CanLogin {
						b.moreMails = append(b.moreMails, rec.AlarmComID)
					}
				}
				return update(ctx, ids, recs)
			}
		},
	}
}

func otherSinkMistakes() map[string]func(*brokenSink) {
	return map[string]func(*brokenSink){
		"options_customers": func(b *brokenSink) {
			b.checkCustomers = func(ctx context.Context, o adcimport.CustomerOptions) error {
				o.TagIDs = nil // any will do
				return b.Sink.CheckCustomerOptions(ctx, o)
			}
		},
		"options_users": func(b *brokenSink) {
			b.checkUsers = func(ctx context.Context, o adcimport.UserOptions) error {
				if err := b.Sink.CheckUserOptions(ctx, o); err != nil {
					return errors.New("HTTP 404")
				}
				return nil
			}
		},
		"options_cancel": func(b *brokenSink) {
			b.checkUsers = func(ctx context.Context, o adcimport.UserOptions) error {
				return b.Sink.CheckUserOptions(context.WithoutCancel(ctx), o)
			}
		},
		"user_tags": func(b *brokenSink) {
			b.userTags = func(ctx context.Context) ([]adcimport.Choice, error) {
				tags, err := b.Sink.UserTags(ctx)
				for _, tag := range tags[min(len(tags), 1):] { // as if made twice
					tags = append(tags, adcimport.Choice{ID: tag.ID + "0", Name: tag.Name})
				}
				return tags, err
			}
		},
		"user_tags_check": func(b *brokenSink) {
			b.checkUsers = func(ctx context.Context, o adcimport.UserOptions) error {
				return errors.Join(b.Sink.CheckUserOptions(ctx, o), b.MakeUserTags(ctx, o.Tags))
			}
		},
		"lists_customers": func(b *brokenSink) {
			b.offices = func(ctx context.Context) ([]adcimport.Choice, error) {
				_, err := b.Sink.Offices(ctx)
				return nil, err
			}
		},
		"lists_users": func(b *brokenSink) {
			b.groups = func(ctx context.Context) ([]adcimport.Choice, error) {
				return b.Sink.PermissionGroups(context.WithoutCancel(ctx))
			}
		},
		"reps": func(b *brokenSink) {
			b.reps = func(ctx context.Context, logins []string) (map[string]string, error) {
				found, err := b.Sink.FindReps(ctx, logins)
				for _, login := range logins {
					found[login] += ""
				}
				return found, err
			}
		},
		"check": func(b *brokenSink) {
			b.check = func(context.Context) error { return nil }
		},
	}
}

// brokenCase is a sink under test with a mistake.
func brokenCase(mistake func(*brokenSink)) conformance.SinkCase {
	var b *brokenSink
	c := memoryCase(func(s *adcimporttest.Sink) { b = newBrokenSink(s) })
	mistake(b)
	c.Sink, c.Destination = b, b
	if b.away != nil {
		c.Away = b.away
	}
	c.BadCustomer = func(id string) adcimport.CustomerRecord { return adcimport.CustomerRecord{AlarmComID: id} }
	c.BadUser = func(id string) adcimport.UserRecord { return adcimport.UserRecord{AlarmComID: id, Username: "bad"} }
	return c
}

// TestSinkSuiteCatches shows that each rule can fail, and that it alone catches
// its mistake: a sink that is right but for one is held to the whole suite.
func TestSinkSuiteCatches(t *testing.T) {
	t.Parallel()
	mistakes := sinkMistakes()
	for _, rule := range conformance.SinkRuleNames() {
		t.Run(rule, func(t *testing.T) {
			t.Parallel()
			mistake, ok := mistakes[rule]
			if !ok {
				t.Fatal("no sink breaks this rule")
			}
			synctest.Test(t, func(t *testing.T) {
				err := conformance.TestSink(func() (conformance.SinkCase, error) { return brokenCase(mistake), nil })
				if diff := cmp.Diff(wantRules(rule, nil), brokenRules(err)); diff != "" {
					t.Errorf("rules that are broken (-want +got):\n%s%v", diff, err)
				}
			})
		})
	}
	if got, want := len(mistakes), len(conformance.SinkRuleNames()); got != want {
		t.Errorf("there are %d mistakes for %d rules", got, want)
	}
}

// The wrapper of the mistakes makes none by itself.
func TestSinkSuiteOnWrapper(t *testing.T) {
	t.Parallel()
	conformance.RunSink(t, func(*testing.T) conformance.SinkCase { return brokenCase(func(*brokenSink) {}) })
}
