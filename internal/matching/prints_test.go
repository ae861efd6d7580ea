package matching_test

import (
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/match"
)

func TestPrints(t *testing.T) {
	t.Parallel()
	j, key := newJudge(t, match.Rules{}), []byte("key")
	first := j.CustomerPrint(key, bob())
	for _, value := range []string{"Lee", "291", "Oak"} {
		if strings.Contains(first, value) {
			t.Errorf("%v holds %s", first, value)
		}
	}
	stricter := newJudge(t, match.Rules{OwnNames: []string{"Acme"}})
	for name, tt := range map[string]struct {
		got  string
		same bool
	}{
		"written in another way": {j.CustomerPrint(key, with(bob(), func(c *match.Customer) {
			c.LastName, c.Phones[0], c.Address.Street1 = "LEE", "(291) 555-0200", "12 oak st."
		})), true},
		"what is not compared": {j.CustomerPrint(key, with(bob(), func(c *match.Customer) { c.Address.State = "MD" })), true},
		"another phone":        {j.CustomerPrint(key, with(bob(), func(c *match.Customer) { c.Phones[0] = "2915550300" })), false},
		"another key":          {j.CustomerPrint([]byte("other"), bob()), false},
		"other rules":          {stricter.CustomerPrint(key, bob()), false},
	} {
		if same := tt.got == first; same != tt.same {
			t.Errorf("%s: the same %t", name, same)
		}
	}
}

func TestPrints_users(t *testing.T) {
	t.Parallel()
	j, key := newJudge(t, match.Rules{}), []byte("key")
	ann := match.User{ID: "1", FirstName: "Ann", LastName: "Lee", Username: "alee", Email: "ann@mail.example.com"}
	first, other := j.UserPrint(key, ann), ann
	if other.Username = "ALEE "; j.UserPrint(key, other) != first {
		t.Error("a login that is written in another way is another one")
	}
	if other.Username = "al"; j.UserPrint(key, other) == first {
		t.Error("another login is the same")
	}
}
