package conformance_test

import (
	"context"
	"errors"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
)

// link is one of either kind.
type link struct{ ID, AlarmComID, RepID string }

// candidate is one of either kind, while a mistake is made with it.
type candidate struct {
	id      string
	carries *[]string
	gone    bool
}

// matching makes mistakes with candidates: ask asks for those of n records.
type matching func(ctx context.Context, n int, ask func(context.Context) ([]*candidate, error)) error

func rightly(ctx context.Context, _ int, ask func(context.Context) ([]*candidate, error)) error {
	_, err := ask(ctx)
	return err
}

func (b *brokenSink) MatchCustomers(ctx context.Context, recs []match.Customer) (found []match.CustomerCandidate, err error) {
	var list []*candidate
	err = b.customers.match(ctx, len(recs), func(ctx context.Context) (_ []*candidate, err error) {
		found, err = b.Sink.MatchCustomers(ctx, recs)
		for i := range found {
			list = append(list, &candidate{id: found[i].ID, carries: &found[i].AlarmComIDs})
		}
		return list, err
	})
	return slices.DeleteFunc(found, func(c match.CustomerCandidate) bool { return gone(list, c.ID) }), err
}

func (b *brokenSink) MatchUsers(ctx context.Context, recs []match.User) (found []match.UserCandidate, err error) {
	var list []*candidate
	err = b.users.match(ctx, len(recs), func(ctx context.Context) (_ []*candidate, err error) {
		found, err = b.Sink.MatchUsers(ctx, recs)
		for i := range found {
			list = append(list, &candidate{id: found[i].ID, carries: &found[i].AlarmComIDs})
		}
		return list, err
	})
	return slices.DeleteFunc(found, func(c match.UserCandidate) bool { return gone(list, c.ID) }), err
}

func gone(list []*candidate, id string) bool {
	return slices.ContainsFunc(list, func(c *candidate) bool { return c.id == id && c.gone })
}

func (b *brokenSink) LinkCustomers(ctx context.Context, links []adcimport.CustomerLink) ([]adcimport.WriteResult, error) {
	list := make([]link, len(links))
	for i, l := range links {
		list[i] = link(l)
	}
	return b.customers.link(ctx, list)
}

func (b *brokenSink) LinkUsers(ctx context.Context, links []adcimport.UserLink) ([]adcimport.WriteResult, error) {
	list := make([]link, len(links))
	for i, l := range links {
		list[i] = link{ID: l.ID, AlarmComID: l.AlarmComID}
	}
	return b.users.link(ctx, list)
}

func customerLinks(s *adcimporttest.Sink) func(context.Context, []link) ([]adcimport.WriteResult, error) {
	return func(ctx context.Context, links []link) ([]adcimport.WriteResult, error) {
		list := make([]adcimport.CustomerLink, len(links))
		for i, l := range links {
			list[i] = adcimport.CustomerLink(l)
		}
		return s.LinkCustomers(ctx, list)
	}
}

func userLinks(s *adcimporttest.Sink) func(context.Context, []link) ([]adcimport.WriteResult, error) {
	return func(ctx context.Context, links []link) ([]adcimport.WriteResult, error) {
		list := make([]adcimport.UserLink, len(links))
		for i, l := range links {
			list[i] = adcimport.UserLink{ID: l.ID, AlarmComID: l.AlarmComID}
		}
		return s.LinkUsers(ctx, list)
	}
}

// edit changes what the sink has under an id of its own, and reports whether it has it.
type edit func(id string, change func(alarmComID, city *string)) bool

// matchMistakes are in what is recognised, and in what is linked.
func matchMistakes[R any]() map[string]func(*sinkCalls[R], edit) {
	m := make(map[string]func(*sinkCalls[R], edit))
	on := func(name string, change func(ctx context.Context, n int, edit edit, found []*candidate, err error) error) {
		m[name] = func(c *sinkCalls[R], edit edit) {
			c.match = func(ctx context.Context, n int, ask func(context.Context) ([]*candidate, error)) error {
				found, err := ask(ctx)
				return change(ctx, n, edit, found, err)
			}
		}
	}
	on("match_typed", func(_ context.Context, _ int, _ edit, found []*candidate, err error) error {
		for _, c := range found {
			c.gone = len(*c.carries) == 0 // it looks among its own alone
		}
		return err
	})
	on("match_linked", func(_ context.Context, _ int, _ edit, found []*candidate, err error) error {
		for _, c := range found {
			*c.carries = nil
		}
		return err
	})
	on("match_leaves", func(_ context.Context, _ int, edit edit, found []*candidate, err error) error {
		for _, c := range found {
			edit(c.id, func(_, city *string) { *city += " (seen)" })
		}
		return err
	})
	on("match_none", func(_ context.Context, n int, _ edit, _ []*candidate, err error) error {
		if n == 0 {
			return errors.New("nothing to ask for")
		}
		return err
	})
	on("match_cancel", func(ctx context.Context, _ int, _ edit, found []*candidate, err error) error {
		ended := context.Cause(ctx) != nil
		for _, c := range found {
			c.gone = ended
		}
		if ended {
			err = nil // as if there were nobody
		}
		return err
	})
	linkMistakes(m)
	return m
}

func linkMistakes[R any](m map[string]func(*sinkCalls[R], edit)) {
	on := func(name string, change func(edit edit, l link, r *adcimport.WriteResult)) {
		m[name] = func(c *sinkCalls[R], edit edit) {
			right := c.link
			c.link = func(ctx context.Context, links []link) ([]adcimport.WriteResult, error) {
				results, err := right(ctx, links)
				for i := range results {
					change(edit, links[i], &results[i])
				}
				return results, err
			}
		}
	}
	on("link", func(_ edit, _ link, r *adcimport.WriteResult) {
		if r.Status == adcimport.WriteExists { // it does not tell
			r.Status = adcimport.WriteCreated
		}
	})
	on("link_other", func(edit edit, l link, r *adcimport.WriteResult) {
		if r.Status == adcimport.WriteRejected && edit(l.ID, func(id, _ *string) { *id = l.AlarmComID }) {
			*r = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: l.ID}
		}
	})
	on("link_gone", func(edit edit, l link, r *adcimport.WriteResult) {
		if r.Status == adcimport.WriteRejected && !edit(l.ID, func(_, _ *string) {}) {
			*r = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: l.ID}
		}
	})
	on("link_keeps", func(edit edit, l link, _ *adcimport.WriteResult) {
		edit(l.ID, func(_, city *string) { *city += " (linked)" })
	})
	under := func(name string, other func(context.Context) context.Context) {
		m[name] = func(c *sinkCalls[R], _ edit) {
			right := c.link
			c.link = func(ctx context.Context, links []link) ([]adcimport.WriteResult, error) {
				return right(other(ctx), links)
			}
		}
	}
	under("link_cancel", context.WithoutCancel)
	under("link_check_write", func(ctx context.Context) context.Context { return blind{ctx} })
}

func matchMistakesOfOne() map[string]func(*brokenSink) {
	return map[string]func(*brokenSink){
		"customers_link_rep": func(b *brokenSink) {
			right := b.customers.link
			b.customers.link = func(ctx context.Context, links []link) ([]adcimport.WriteResult, error) {
				results, err := right(ctx, links)
				for _, l := range links {
					b.EditCustomer(l.ID, func(r *adcimport.CustomerRecord) {
						if l.RepID != "" {
							r.RepID = l.RepID
						}
					})
				}
				return results, err
			}
		},
		"users_link_mail": func(b *brokenSink) {
			right := b.users.link
			b.users.link = func(ctx context.Context, links []link) ([]adcimport.WriteResult, error) {
				results, err := right(ctx, links)
				for i, r := range results {
					if r.Status == adcimport.WriteCreated {
						b.moreMails = append(b.moreMails, links[i].AlarmComID)
					}
				}
				return results, err
			}
		},
	}
}
