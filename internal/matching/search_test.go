package matching_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// everyField can be asked for, without an apostrophe, with room for all.
func everyField() matching.Limits {
	return matching.Limits{
		Lookups: 2, Bytes: 100000, Cost: func(a matching.Ask) int { return len(written(a)) },
		Fields: []matching.Field{
			matching.FieldPhone, matching.FieldEmail, matching.FieldAccount, matching.FieldLastName, matching.FieldFirstName,
			matching.FieldBusiness, matching.FieldCity, matching.FieldZip, matching.FieldUsername,
		},
		Askable: func(v string) bool { return !strings.Contains(v, "'") },
	}
}

// written is an ask as a text: field=a|b, with and=value behind it.
func written(a matching.Ask) string {
	s := string(a.Field) + "=" + strings.Join(a.Values, "|")
	if a.And != "" {
		s += " and " + string(a.And) + "=" + a.AndValue
	}
	return s
}

func allWritten(asks []matching.Ask) []string {
	var list []string
	for _, a := range asks {
		list = append(list, written(a))
	}
	return list
}

func TestSearch_whatIsAsked(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{OwnDomains: []string{"dealer.example"}, OwnNames: []string{"Safe Home Co."}})
	for name, tt := range map[string]struct {
		record match.Customer
		change func(*matching.Limits)
		want   []string
	}{
		"all": {bob(), nil, []string{
			"last_name=Lee and city=Elmville", "phone=2915550200", "email=bob@mail.example.com", "account=A1234",
			"last_name=Lee and zip=23220",
		}},
		"forms of a phone": {
			match.Customer{Phones: []string{"291.555.0200 / (392) 555-0300"}},
			func(l *matching.Limits) { l.PhoneForms = []string{"dashes", "national", "unheard of"} },
			[]string{"phone=291-555-0200", "phone=392-555-0300", "phone=(291) 555-0200", "phone=(392) 555-0300"},
		},
		"no town": {
			match.Customer{FirstName: "Bob", LastName: "Lee", Address: match.Address{Zip: "23220-1234"}},
			nil,
			[]string{"last_name=Lee and zip=23220"},
		},
		"no place": {match.Customer{FirstName: " Bob ", LastName: "Lee"}, nil, []string{"last_name=Lee and first_name=Bob"}},
		"accents and more": {
			match.Customer{FirstName: "Bob", LastName: "García  Jr.", Address: match.Address{City: " Elm  City"}},
			nil,
			[]string{"last_name=García|Garcia and city=Elm City"},
		},
		"an apostrophe": {
			match.Customer{FirstName: "Bob", LastName: "O'Neil", Address: match.Address{City: "Elmville"}},
			nil,
			[]string{"last_name=ONeil and city=Elmville", "first_name=Bob and city=Elmville"},
		},
		"signs": {
			match.Customer{FirstName: "Bob", LastName: "Øster-St. James III", Address: match.Address{City: "Elmville"}},
			nil,
			[]string{"last_name=Øster-St. James|Oster St James and city=Elmville"},
		},
		"a town with one": {
			match.Customer{FirstName: "Bob", LastName: "Lee", Address: match.Address{City: "Coeur d'Elm", Zip: "23220"}},
			nil,
			[]string{"last_name=Lee and zip=23220"},
		},
		"a business": {
			match.Customer{LastName: "Lee", BusinessName: "Oak Bakery, LLC", Address: match.Address{City: "Elmville"}},
			nil,
			[]string{"business=Oak Bakery, LLC|Oak Bakery and city=Elmville", "last_name=Lee and city=Elmville"},
		},
		"a business that is the dealer's": {
			match.Customer{LastName: "Lee", BusinessName: "SafeHome Co", Address: match.Address{City: "Elmville"}},
			nil,
			[]string{"last_name=Lee and city=Elmville"},
		},
		"the same, as one word": {
			match.Customer{LastName: "Lee", BusinessName: "SafehomeCo", Address: match.Address{City: "Elmville"}},
			nil,
			[]string{"last_name=Lee and city=Elmville"},
		},
		"nothing worth it": {match.Customer{
			FirstName: "New", LastName: "Customer", Phones: []string{"2915550123"}, Emails: []string{"none@mail.example.com", "office@dealer.example"},
			AccountNumber: "0000", Address: match.Address{City: "Elmville", Zip: "23220"},
		}, nil, nil},
		"fields that cannot be asked for": {
			bob(), func(l *matching.Limits) { l.Fields = []matching.Field{matching.FieldEmail, matching.FieldCity} },
			[]string{"email=bob@mail.example.com"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			limits := everyField()
			if tt.change != nil {
				tt.change(&limits)
			}
			s := j.NewCustomerSearch([]match.Customer{tt.record}, limits, nil)
			if diff := cmp.Diff(tt.want, allWritten(s.Next())); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
			if next := s.Next(); len(next) != 0 || s.Left() != 0 {
				t.Errorf("asked again: %v, left %d", next, s.Left())
			}
		})
	}
}

// What two records have in common is asked once, and what many have not at all.
func TestSearch_common(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	family := func(n int) []match.Customer {
		var list []match.Customer
		for i := range n {
			list = append(list, match.Customer{
				ID: strconv.Itoa(i), FirstName: "Ann", LastName: []string{"Lee", "Ng", "Lee"}[i], Phones: []string{"2915550200"},
				Address: match.Address{City: "Elmville", Zip: "23220"},
			})
		}
		return list
	}
	shared := matching.NewShared()
	got := allWritten(j.NewCustomerSearch(family(2), everyField(), shared).Next())
	want := []string{"last_name=Lee|Ng and city=Elmville", "phone=2915550200", "last_name=Lee|Ng and zip=23220"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("two records (-want +got):\n%s", diff)
	}
	got = allWritten(j.NewCustomerSearch(family(3), everyField(), shared).Next())
	if diff := cmp.Diff([]string{want[0], want[2]}, got); diff != "" {
		t.Errorf("three records (-want +got):\n%s", diff)
	}
}

// With little room, those who were not found come first: all that is known of them is
// asked before the rest of those who were.
func TestSearch_urgency(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	found := bob()
	missing := with(bob(), func(c *match.Customer) {
		c.ID, c.LastName, c.Phones, c.Emails, c.AccountNumber = "2", "Ng", []string{"2915550300"}, []string{"ng@mail.example.com"}, "B1234"
	})
	limits := everyField()
	limits.Bytes = len("last_name=Lee|Ng and city=Elmville")
	s := j.NewCustomerSearch([]match.Customer{found, missing}, limits, nil)
	if diff := cmp.Diff([]string{"last_name=Lee|Ng and city=Elmville"}, allWritten(s.Next())); diff != "" {
		t.Fatalf("first (-want +got):\n%s", diff)
	}
	s.Found([]match.CustomerCandidate{typed("c", found), typed("d", match.Customer{LastName: "Nobody"})})
	got := allWritten(s.Next()) // there is no room for the e-mail address
	if diff := cmp.Diff([]string{"phone=2915550300", "account=B1234"}, got); diff != "" {
		t.Errorf("second (-want +got):\n%s", diff)
	}
	if next := s.Next(); len(next) != 0 {
		t.Errorf("a third look-up: %v", next)
	}
	if s.Left() != 6 {
		t.Errorf("left %d", s.Left())
	}
	if got := s.Candidates(); len(got) != 1 || got[0].ID != "c" {
		t.Errorf("candidates %+v", got)
	}
}

// Look-ups stay within their number and their length, however much there is to ask.
func TestSearch_limits(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	var records []match.Customer
	for i := range 300 {
		records = append(records, match.Customer{
			ID: strconv.Itoa(i), FirstName: "Ann", LastName: fmt.Sprintf("Name%d", i), Phones: []string{fmt.Sprintf("291%07d", 5560000+i)},
			Emails:  []string{fmt.Sprintf("ann%d@mail.example.com", i)},
			Address: match.Address{City: "Town " + strconv.Itoa(i%20), Zip: "23220"}, AccountNumber: fmt.Sprintf("A%05d", i),
		})
	}
	for lookups := range 5 {
		limits := everyField()
		limits.Lookups, limits.Bytes = lookups, 1000
		s := j.NewCustomerSearch(records, limits, nil)
		n := 0
		for asks := s.Next(); len(asks) > 0; asks = s.Next() {
			n++
			length := 0
			for _, a := range asks {
				length += limits.Cost(a)
			}
			if length > limits.Bytes {
				t.Errorf("a look-up of %d bytes", length)
			}
		}
		if n != lookups || s.Left() == 0 {
			t.Errorf("%d look-ups of %d, left %d", n, lookups, s.Left())
		}
	}
}

// Values that no single ask has room for are asked alone, not left for ever.
func TestSearch_tooLong(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	limits := everyField()
	limits.Bytes = 1
	s := j.NewCustomerSearch([]match.Customer{{ID: "1", Phones: []string{"2915550200", "2915550300"}}}, limits, nil)
	got := slices.Concat(allWritten(s.Next()), allWritten(s.Next()), allWritten(s.Next()))
	if diff := cmp.Diff([]string{"phone=2915550200", "phone=2915550300"}, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
}

// What has just room is asked: to the last byte.
func TestSearch_room(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	record := match.Customer{ID: "1", Phones: []string{"2915550200", "2915550300"}}
	both := []string{"phone=2915550200", "phone=2915550300"}
	for less, want := range [][]string{both, both[:1]} {
		limits := everyField()
		limits.Bytes = len(strings.Join(both, "")) - less
		got := allWritten(j.NewCustomerSearch([]match.Customer{record}, limits, nil).Next())
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%d bytes less (-want +got):\n%s", less, diff)
		}
	}
}

// Who has a name, and nothing that the sink can be asked for, is told: also among others.
func TestSearch_unasked(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	limits := everyField()
	limits.Fields = []matching.Field{matching.FieldPhone}
	records := []match.Customer{
		bob(),
		{ID: "2", LastName: "Ng"},
		{ID: "3", BusinessName: "Oak Bakery"},
		{ID: "4", AccountNumber: "B1234"},
		{ID: "5", LastName: "Ng", Phones: []string{"2915550300"}},
	}
	for first := range records {
		var want []string
		for _, r := range records[first:] {
			if r.ID == "2" || r.ID == "3" {
				want = append(want, r.ID)
			}
		}
		if diff := cmp.Diff(want, j.NewCustomerSearch(records[first:], limits, nil).Unasked()); diff != "" {
			t.Errorf("from %d on (-want +got):\n%s", first, diff)
		}
	}
}

// A candidate is one that has something in common with a record: an account number alone
// is, and that both have none is not.
func TestSearch_candidates(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	for account, want := range map[string][]string{"A1234": {"c"}, "": nil} {
		record := match.Customer{ID: "1", LastName: "Lee", AccountNumber: account}
		s := j.NewCustomerSearch([]match.Customer{record}, everyField(), nil)
		s.Found([]match.CustomerCandidate{
			typed("c", match.Customer{LastName: "Ng", AccountNumber: "A1234"}), typed("d", match.Customer{LastName: "Ng"}),
		})
		var got []string
		for _, c := range s.Candidates() {
			got = append(got, c.ID)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("account %q (-want +got):\n%s", account, diff)
		}
	}
}

// The values that a look-up finds with many are shared from then on.
func TestSearch_sharedAtTheSink(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	shared := matching.NewShared()
	record := without(bob())
	s := j.NewCustomerSearch([]match.Customer{record}, everyField(), shared)
	s.Next()
	found := []match.CustomerCandidate{typed("c", with(record, func(c *match.Customer) { c.Address = match.Address{} }))}
	for i := range 2 {
		found = append(found, typed(strconv.Itoa(i), match.Customer{LastName: "Other", Phones: record.Phones}))
	}
	s.Found(found)
	candidates := s.Candidates()
	if len(candidates) != 3 {
		t.Errorf("candidates %+v", candidates)
	}
	if r := j.Customers([]match.Customer{record}, candidates, shared)[0]; r.Verdict != match.Different {
		t.Errorf("%+v", r)
	}
}

func TestUserAsks(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{OwnDomains: []string{"dealer.example"}})
	users := []match.User{
		{ID: "1", Username: " alee ", Email: "Ann@dealer.example"},
		{ID: "2", Username: "o'neil", Email: "none@dealer.example"},
		{ID: "3", Username: "bob"},
	}
	var got [][]string
	for _, asks := range j.UserAsks(users, everyField(), nil) {
		got = append(got, allWritten(asks))
	}
	if diff := cmp.Diff([][]string{{"username=alee", "username=bob", "email=ann@dealer.example"}}, got); diff != "" {
		t.Errorf("asked (-want +got):\n%s", diff)
	}
	limits := everyField()
	limits.Bytes, limits.Lookups = len("username=alee"), 2
	if got := j.UserAsks(users, limits, nil); len(got) != 2 {
		t.Errorf("asked %v", got)
	}
}
