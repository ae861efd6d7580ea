package matching_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/match"
)

// FuzzAddress compares two addresses: the same in both directions, and one with itself
// as equal or as none.
func FuzzAddress(f *testing.F) {
	for _, s := range [][2]string{
		{"12 Oak Street|Apt 4|23220", "12 OAK ST # 4||23220-1234"},
		{"PO Box 12||23220", "12||1"},
		{"12½ Main|Rear|K1A 0B1", "Apt 4, 12 Oak||23220"},
		{"12-34 Fl 2 Fl|2nd Floor|23220", "Unit|Unit Unit|23220"},
		{"\xff12 \xff|#|23220", "0 St||00000"},
		{"12 st 4|4|23220", "12 st st 4||23220"},
	} {
		f.Add(s[0], s[1])
	}
	j := newJudge(f, match.Rules{})
	f.Fuzz(func(t *testing.T, s1, s2 string) {
		a, b := lines(s1+"||"), lines(s2+"||")
		one, two := placesCompared(t, j, a, b), placesCompared(t, j, b, a)
		if one != two {
			t.Errorf("%+v and %+v: %s and %s", a, b, one, two)
		}
		if self := placesCompared(t, j, a, a); self != equal && self != nothing {
			t.Errorf("%+v and itself: %s", a, self)
		}
		upper := match.Address{Street1: " " + strings.ToUpper(a.Street1) + ".", Street2: a.Street2, Zip: a.Zip + " "}
		if got, want := placesCompared(t, j, a, upper), placesCompared(t, j, a, a); got != want && isASCII(s1) {
			t.Errorf("%+v and in capitals: %s, want %s", a, got, want)
		}
	})
}

func isASCII(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf })
}

// FuzzCustomer weighs whatever two customers: evidence is the same in both directions,
// a customer has everything in common with itself that is evidence at all, and no
// result holds a value.
func FuzzCustomer(f *testing.F) {
	f.Add("Robert J.", "Lee Jr", "Oak Bakery, LLC", "(291) 555-0200 x1 / 3925550300", "bob@mail.example.com; b@c", "A-1234", "Bob", "O’Neil")
	f.Add("", "", "", "", "", "", "", "")
	f.Add("R", "Customer", "the", "cell: 1", "none@x", "0000", "Mary Ann", "Sr")
	f.Add("0", "0", "0", "0", "0", "0", "0", "0!sr")
	f.Add("\xff", "é\u0301", "Inc Inc", "#", "@@", " - ", "J r", "jr sr")
	j := newJudge(f, match.Rules{OwnNames: []string{"Acme"}, OwnDomains: []string{"acme.example"}})
	f.Fuzz(func(t *testing.T, first, last, business, phone, email, account, first2, last2 string) {
		a := match.Customer{ID: "1", FirstName: first, LastName: last, BusinessName: business, Phones: []string{phone}, Emails: []string{email}}
		b := match.Customer{ID: "2", FirstName: first2, LastName: last2, Phones: []string{email, phone}, BusinessName: last}
		one, two := equalEvidence(t, j, a, b), equalEvidence(t, j, b, a)
		if diff := cmp.Diff(one, two, empty); diff != "" {
			t.Errorf("evidence differs by direction:\n%s", diff)
		}
		self := equalEvidence(t, j, a, a)
		for _, e := range one {
			isName := e == match.EvidenceName || e == match.EvidenceSurname
			if !slices.Contains(self, e) && (!isName || !slices.Contains(self, match.EvidenceName) && !slices.Contains(self, match.EvidenceSurname)) {
				t.Errorf("%s is equal in another customer and not in itself: %v, %v", e, one, self)
			}
		}
		a.AccountNumber, b.AccountNumber = account, account
		found := []match.CustomerCandidate{typed("c1", a), typed("c2", b), typed("c1", b)}
		s := j.NewCustomerSearch([]match.Customer{a, b}, everyField(), nil)
		for asks := s.Next(); len(asks) > 0; asks = s.Next() {
			s.Found(found)
		}
		for _, r := range j.Customers([]match.Customer{a, b}, s.Candidates(), nil) {
			if data, err := json.Marshal(r); err != nil || len(data) > 600 {
				t.Errorf("%d bytes, %v", len(data), err)
			}
			if n := len(r.Candidates); n > 2 {
				t.Errorf("two candidates are %d", n)
			}
		}
	})
}

// FuzzUser does for users what FuzzCustomer does for customers.
func FuzzUser(f *testing.F) {
	f.Add("Ann", "Lee", "alee", "ann@mail.example.com", "A", "LEE ", " ALEE", "x; ann@mail.example.com")
	f.Add("", "", "", "", "", "", "", "")
	j := newJudge(f, match.Rules{})
	f.Fuzz(func(t *testing.T, first, last, login, email, first2, last2, login2, email2 string) {
		a := match.User{ID: "1", FirstName: first, LastName: last, Username: login, Email: email}
		b := match.User{ID: "1", FirstName: first2, LastName: last2, Username: login2, Email: email2}
		one := j.User(a, []match.UserCandidate{{ID: "u", User: b}}, nil)
		two := j.User(b, []match.UserCandidate{{ID: "u", User: a}}, nil)
		if diff := cmp.Diff(one, two, empty); diff != "" {
			t.Errorf("%+v and %+v differ by direction:\n%s", a, b, diff)
		}
		j.UserAsks([]match.User{a, b}, everyField(), nil)
	})
}
