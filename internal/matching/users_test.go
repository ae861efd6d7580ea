package matching_test

import (
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

func TestUsers(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{OwnDomains: []string{"dealer.example"}})
	ann := match.User{ID: "1", FirstName: "Ann", LastName: "Lee", Username: "alee", Email: "ann@dealer.example"}
	user := func(login, email, first, last string, change ...func(*match.UserCandidate)) match.UserCandidate {
		c := match.UserCandidate{ID: "u", User: match.User{Username: login, Email: email, FirstName: first, LastName: last}}
		for _, f := range change {
			f(&c)
		}
		return c
	}
	foreign := func(c *match.UserCandidate) { c.AlarmComIDs = []string{"77"} }
	weighed := func(v match.Verdict, vetoes []match.Veto, e ...match.Evidence) match.Result {
		return match.Result{Verdict: v, Candidates: []match.Weighed{{ID: "u", Verdict: v, Evidence: e, Vetoes: vetoes}}}
	}
	const login, email, name = match.EvidenceUsername, match.EvidenceEmail, match.EvidenceName
	for title, tt := range map[string]struct {
		candidate match.UserCandidate
		want      match.Result
	}{
		"login and e-mail":   {user(" ALee ", "ANN@dealer.example", "", ""), weighed(match.Link, nil, login, email)},
		"login and name":     {user("alee", "", "Ann", "Lee"), weighed(match.Link, nil, login, name)},
		"all":                {user("alee", "ann@dealer.example", "Ann", "Lee"), weighed(match.Link, nil, login, email, name)},
		"login alone":        {user("alee", "al@dealer.example", "Al", "Lee"), weighed(match.Taken, nil, login)},
		"login of another":   {user("alee", "al@dealer.example", "Al", "Lee", foreign), weighed(match.Taken, nil, login)},
		"e-mail alone":       {user("annl", "ann@dealer.example", "Al", "Lee"), weighed(match.Propose, nil, email)},
		"e-mail and name":    {user("annl", "ann@dealer.example", "Ann", "Lee"), weighed(match.Propose, nil, email, name)},
		"e-mail of another":  {user("annl", "ann@dealer.example", "Ann", "Lee", foreign), weighed(match.Elsewhere, []match.Veto{match.VetoAlarmComID}, email, name)},
		"e-mail, no login":   {user("", "ann@dealer.example", "Ann", "Lee", foreign), weighed(match.Propose, []match.Veto{match.VetoAlarmComID}, email, name)},
		"name alone":         {user("annl", "al@dealer.example", "Ann", "Lee"), match.Result{Verdict: match.Different}},
		"no e-mail":          {user("annl", "", "Ann", "Lee"), match.Result{Verdict: match.Different}},
		"all, of another id": {user("alee", "ann@dealer.example", "Ann", "Lee", foreign), weighed(match.Propose, []match.Veto{match.VetoAlarmComID}, login, email, name)},
		"inactive": {
			user("alee", "ann@dealer.example", "Ann", "Lee", func(c *match.UserCandidate) { c.Inactive = true }),
			weighed(match.Propose, []match.Veto{match.VetoInactive}, login, email, name),
		},
		"deleted": {
			user("alee", "", "Ann", "Lee", func(c *match.UserCandidate) { c.Deleted = true }),
			weighed(match.Propose, []match.Veto{match.VetoDeleted}, login, name),
		},
	} {
		got := j.User(ann, []match.UserCandidate{tt.candidate}, nil)
		if diff := cmp.Diff(tt.want, got, empty); diff != "" {
			t.Errorf("%s (-want +got):\n%s", title, diff)
		}
	}
}

// Two to propose, and one whose login is taken besides.
func TestUsers_several(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	ann := match.User{ID: "1", FirstName: "Ann", LastName: "Lee", Username: "alee", Email: "ann@mail.example.com"}
	found := []match.UserCandidate{
		{ID: "taken", User: match.User{Username: "alee"}},
		{ID: "b", User: match.User{Username: "annl", Email: ann.Email}},
	}
	got := j.User(ann, found, nil)
	if got.Verdict != match.Propose || got.Candidates[0].ID != "b" || got.Candidates[1].Verdict != match.Taken {
		t.Errorf("%+v", got)
	}
	found = append(found, match.UserCandidate{ID: "a", User: match.User{Username: "ann", Email: ann.Email, FirstName: "Ann", LastName: "Lee"}})
	got = j.User(ann, found, nil)
	want := []string{"propose a b taken"}
	if diff := cmp.Diff(want, verdicts([]match.Result{got})); diff != "" || len(got.Candidates[0].Vetoes) != 1 {
		t.Errorf("(-want +got):\n%s\n%+v", diff, got)
	}
}

// An address that three users have is that of an office.
func TestUsers_shared(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	for n, want := range map[int]match.Verdict{2: match.Propose, 3: match.Different} {
		var records []match.User
		for i := range n {
			records = append(records, match.User{ID: strconv.Itoa(i), Username: "user" + strconv.Itoa(i), Email: "office@mail.example.com"})
		}
		found := []match.UserCandidate{{ID: "u", User: match.User{Username: "other", Email: "office@mail.example.com"}}}
		for i, r := range j.Users(records, found, nil) {
			if r.Verdict != want {
				t.Errorf("%d of %d: %+v", i, n, r)
			}
		}
	}
	shared, claims := matching.NewShared(), j.NewUserClaims()
	found := []match.UserCandidate{{ID: "u", User: match.User{Username: "other", Email: "office@mail.example.com"}}}
	var first match.Result
	for i := range 3 { // one in each batch
		u := match.User{ID: strconv.Itoa(i), Username: "user" + strconv.Itoa(i), Email: "office@mail.example.com"}
		r := j.Users([]match.User{u}, found, shared)[0]
		claims.Add(u.ID, r)
		if i == 0 {
			first = r
		}
	}
	if got := claims.Settle("0", first, shared); first.Verdict != match.Propose || got.Verdict != match.Different {
		t.Errorf("the first of three is %+v, settled %+v", first, got)
	}
}

// Two of a listing that may be one user are both proposed.
func TestUsers_claimed(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	records := []match.User{{ID: "1", FirstName: "Ann", LastName: "Lee", Username: "alee"}, {ID: "2", Username: "ALEE", FirstName: "Ann", LastName: "Lee"}}
	found := []match.UserCandidate{{ID: "u", User: match.User{Username: "alee", FirstName: "Ann", LastName: "Lee"}}}
	claims := j.NewUserClaims()
	results := j.Users(records, found, nil)
	for i, r := range results {
		claims.Add(records[i].ID, r)
	}
	for i, r := range results {
		if got := claims.Settle(records[i].ID, r, nil); r.Verdict != match.Link || got.Verdict != match.Propose {
			t.Errorf("%d: %+v, settled %+v", i, r, got)
		}
	}
}
