package securitytrax

import (
	"cmp"
	"context"
	"maps"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/internal/jsonapi"
)

// FindReps looks reps up by their login, as SecurityTrax user names. Case counts
// only when several users differ in nothing else. How a filter escapes a quote, and
// whether SecurityTrax tells case apart, is not known: where a login is not found by a
// filter, or cannot be asked for, all reps are read and compared here. They are kept for
// five minutes: most logins that are not found belong to nobody, and come batch by batch.
func (s *Sink) FindReps(ctx context.Context, logins []string) (map[string]string, error) {
	var records []wanted
	for _, login := range logins {
		if login != "" && quotable(login) {
			records = append(records, wanted{login, []term{{s.schema.User.Username, login}}})
		}
	}
	seen := newRepNames(s.schema.User.Username)
	l := lookup{path: s.schema.Reps.Path, and: inParentheses(s.schema.RepFilter)}
	find := search{client: s.client, op: opFindReps, lookup: l, names: s.schema.User.Username}
	find.take = func(r jsonapi.Resource, _ string, _ term) error { return seen.add(r) }
	err := find.all(ctx, records)
	found, all := seen.of(logins)
	if err != nil || all {
		return found, err
	}
	kept := s.reps.kept()
	if kept == nil {
		kept = newRepNames(s.schema.User.Username)
		err = s.client.each(ctx, opFindReps, s.client.address(l, nil), kept.add)
		if err == nil {
			s.reps.keep(kept)
		}
	}
	others, _ := kept.of(logins)
	maps.Copy(others, found) // what was found now is newer
	return others, err
}

// allReps are all reps, for some time.
type allReps struct {
	mu    sync.Mutex
	names *repNames // never changed; nil: not read, or forgotten
	at    time.Time
}

const (
	repsStay    = 5 * time.Minute
	mostAllReps = 50_000 // that are kept in memory
)

// kept are those that were read lately; nil: they must be read.
func (a *allReps) kept() *repNames {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.names == nil || time.Since(a.at) >= repsStay {
		return nil
	}
	return a.names
}

func (a *allReps) keep(names *repNames) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(names.exact) <= mostAllReps {
		a.names, a.at = names, time.Now()
	}
}

// forget is for when there is another rep, or one less.
func (a *allReps) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.names = nil
}

const opFindReps = "find reps"

// repNames are the ids of reps by user name.
type repNames struct {
	exact, folded map[string]string
	username      string // the attribute
}

func newRepNames(username string) *repNames {
	return &repNames{exact: map[string]string{}, folded: map[string]string{}, username: username}
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
