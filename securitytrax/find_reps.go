package securitytrax

import (
	"cmp"
	"context"

	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// FindReps looks reps up by their login, as SecurityTrax user names. Case counts
// only when several users differ in nothing else. How a filter escapes a quote, and
// whether SecurityTrax tells case apart, is not known: where a login is not found by a
// filter, or cannot be asked for, all reps are read and compared here.
func (s *Sink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	var records []wanted
	for _, login := range logins {
		if login != "" && quotable(login) {
			records = append(records, wanted{login, []term{{s.schema.User.Username, login}}})
		}
	}
	seen := repNames{exact: map[string]string{}, folded: map[string]string{}, username: s.schema.User.Username}
	l := lookup{path: s.schema.Reps.Path, and: inParentheses(s.schema.RepFilter)}
	find := search{client: s.client, op: opFindReps, lookup: l, names: s.schema.User.Username}
	find.take = func(r jsonapi.Resource, _ string, _ term) error { return seen.add(r) }
	err := find.all(ctx, records)
	found, all := seen.of(logins)
	if err != nil || all {
		return found, err
	}
	err = s.client.each(ctx, opFindReps, s.client.address(l, nil), seen.add)
	found, _ = seen.of(logins)
	return found, err
}

const opFindReps = "find reps"

// repNames are the ids of reps by user name.
type repNames struct {
	exact, folded map[string]string
	username      string // the attribute
}

func (n *repNames) add(r jsonapi.Resource) error {
	name := r.Text(n.username)
	if _, ok := n.exact[name]; !ok {
		n.exact[name] = r.ID
	}
	if _, ok := n.folded[fold(name)]; !ok {
		n.folded[fold(name)] = r.ID
	}
	return nil
}

// of is the ids of logins, and whether each has one.
func (n *repNames) of(logins []string) (found map[string]string, all bool) {
	found, all = map[string]string{}, true
	for _, login := range logins {
		if login == "" {
			continue
		}
		id := cmp.Or(n.exact[login], n.folded[fold(login)])
		if all = all && id != ""; id != "" {
			found[login] = id
		}
	}
	return found, all
}
