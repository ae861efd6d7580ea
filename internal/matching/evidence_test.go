package matching_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/match"
)

func TestEvidence_name(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{OwnNames: []string{"Acme Alarms, Inc.", "Otto Acme"}, Placeholders: []string{"Vacant"}})
	const neither match.Evidence = ""
	for _, tt := range []struct {
		first1, last1, first2, last2 string
		want                         match.Evidence
	}{
		{"Ann", "Lee", "Ann", "Lee", match.EvidenceName},
		{" ANN ", "lee", "Ann", "LEE ", match.EvidenceName},
		{"José", "García", "Jose", "Garcia", match.EvidenceName},
		{"Jose\u0301", "Garci\u0301a", "José", "García", match.EvidenceName}, // combining marks
		{"Søren", "Weiß", "Soren", "Weiss", match.EvidenceName},
		{"D'Arcy", "O’Neil", "Darcy", "ONeil", match.EvidenceName},
		{"Ann", "Smith-Jones", "Ann", "Smith Jones", match.EvidenceName},
		{"Ann", "De La Cruz", "Ann", "Delacruz", match.EvidenceName},
		{"Ann", "St. John", "Ann", "St John", match.EvidenceName},
		{"Анна", "Петрова", "анна", "ПЕТРОВА", match.EvidenceName},
		{"Robert", "Lee", "Bob", "Lee", match.EvidenceName},
		{"bill", "Lee", "William", "Lee", match.EvidenceName},
		{"R", "Lee", "Robert", "Lee", match.EvidenceName},
		{"R.", "Lee", "Robert", "Lee", match.EvidenceName},
		{"Robert", "Lee", "Robert J.", "Lee", match.EvidenceName},
		{"Robert J", "Lee", "Bob J", "Lee", match.EvidenceName},
		{"Mr. Robert", "Lee", "Robert", "Lee", match.EvidenceName},
		{"Robert", "Lee Jr", "Robert", "Lee, Jr.", match.EvidenceName},
		{"Robert Jr", "Lee", "Robert", "Lee Junior", match.EvidenceName},
		{"Robert", "Lee 3rd", "Robert", "Lee III", match.EvidenceName},
		{"Robert", "Lee Jr", "Robert", "Lee Sr", match.EvidenceSurname},
		{"Robert", "Lee Jr", "Robert", "Lee", match.EvidenceSurname},
		{"Robert J", "Lee", "Robert K", "Lee", match.EvidenceSurname},
		{"Chris", "Lee", "Tina", "Lee", match.EvidenceSurname}, // both short for Christina
		{"Fred", "Lee", "Al", "Lee", match.EvidenceSurname},    // both short for Alfred
		{"Mary Ann", "Lee", "Mary", "Lee", match.EvidenceSurname},
		{"Ann & Bob", "Lee", "Bob", "Lee", match.EvidenceSurname},
		{"S", "Lee", "Robert", "Lee", match.EvidenceSurname},
		{"", "Lee", "Robert", "Lee", match.EvidenceSurname},
		{"Unknown", "Lee", "Unknown", "Lee", match.EvidenceSurname},
		{"Robert", "Lee", "Robert", "Leigh", neither},
		{"Robert", "", "Robert", "", neither},
		{"New", "Customer", "New", "Customer", neither},
		{"Test", "Test", "Test", "Test", neither},
		{"x", "N/A", "x", "N/A", neither},
		{"Bob", "n/a", "Bob", "N/A", neither},
		{"Soo-jin", "Na", "Soojin", "NA", match.EvidenceName},
		{"N/A", "Lee", "N/A", "Lee", match.EvidenceSurname},
		{"", "Vacant", "", "Vacant", neither},
		{"Otto", "Acme", "Otto", "Acme", neither},
		{"Acme", "Alarms", "Acme", "Alarms", neither},
	} {
		a, b := match.Customer{FirstName: tt.first1, LastName: tt.last1}, match.Customer{FirstName: tt.first2, LastName: tt.last2}
		for range 2 {
			got := slices.Concat(equalEvidence(t, j, a, b), []match.Evidence{""})[0]
			if got != tt.want {
				t.Errorf("%q %q and %q %q: %q, want %q", a.FirstName, a.LastName, b.FirstName, b.LastName, got, tt.want)
			}
			a, b = b, a
		}
	}
}

func TestEvidence_business(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{OwnNames: []string{"Acme Alarms, Inc."}})
	lee := func(business string) match.Customer {
		return match.Customer{FirstName: "Ann", LastName: "Lee", BusinessName: business}
	}
	for _, tt := range []struct {
		a, b match.Customer
		want []match.Evidence
	}{
		{lee("Oak Bakery, LLC"), match.Customer{BusinessName: "The Oak Bakery"}, same(match.EvidenceName)},
		{lee("Smith & Sons Co."), match.Customer{BusinessName: "SMITH AND SONS"}, same(match.EvidenceName)},
		{lee("Oak Bakery"), match.Customer{FirstName: "Oak", LastName: "Bakery LLC"}, same(match.EvidenceName)},
		{lee("Oak Bakery"), match.Customer{LastName: "Oak Bakery"}, same(match.EvidenceName)},
		{lee("Oak Bakery"), lee(""), same(match.EvidenceName)},
		{lee("Oak Bakery"), lee("Elm Dental"), same(match.EvidenceSurname)}, // one owner, two businesses
		{lee("Oak Bakery"), match.Customer{BusinessName: "Oak Bakeries"}, nil},
		{match.Customer{BusinessName: "Acme Alarms"}, match.Customer{BusinessName: "ACME ALARMS INC"}, nil},
		{match.Customer{BusinessName: "LLC"}, match.Customer{BusinessName: "LLC"}, nil},
		{match.Customer{BusinessName: "N/A"}, match.Customer{BusinessName: "n/a"}, nil},
		{match.Customer{BusinessName: "Test"}, match.Customer{BusinessName: "test, inc"}, nil},
	} {
		if diff := cmp.Diff(tt.want, slices.Clip(equalEvidence(t, j, tt.a, tt.b)), empty); diff != "" {
			t.Errorf("%+v and %+v (-want +got):\n%s", tt.a, tt.b, diff)
		}
	}
}

func TestEvidence_phone(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"2915550200", "(291) 555-0200", true},
		{"+1 291.555.0200", "291 555 0200 x12", true},
		{"12915550200", "2915550200", true},
		{"291-555-0200 ext 5", "291-555-0200 #9", true},
		{"291-555-0200 / 392-555-0300", "3925550300", true},
		{"cell: 291-555-0200", "2915550200", true},
		{"291-555-0200 (cell)", "2915550200", true},
		{"291-555-0200", "291-555-0201", false},
		{"555-0200", "555-0200", false},
		{"1111111111", "1111111111", false},
		{"0000000000", "000-000-0000", false},
		{"2915550123", "2915550123", false}, // 555-01xx
		{"2915550199", "2915550199", false},
		{"2915550223", "2915550223", true},
		{"", "", false},
		{"none", "none", false},
	} {
		a, b := match.Customer{Phones: []string{tt.a}}, match.Customer{Phones: []string{"3925550999", tt.b}}
		if got := slices.Contains(equalEvidence(t, j, a, b), match.EvidencePhone); got != tt.want {
			t.Errorf("%q and %q: %t", tt.a, tt.b, got)
		}
	}
}

func TestEvidence_email(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{OwnDomains: []string{"Acme.example"}})
	for _, tt := range []struct {
		a, b string
		want bool
	}{
		{"Ann@Mail.example.com ", " ann@mail.example.com", true},
		{"ann@mail.example.com; bob@mail.example.com", "bob@mail.example.com", true},
		{"ann@mail.example.com", "ann@mail.example.org", false},
		{"none@mail.example.com", "none@mail.example.com", false},
		{"no-email@mail.example.com", "no-email@mail.example.com", false},
		{"NoEmail@mail.example.com", "noemail@mail.example.com", false},
		{"na@na.example", "na@na.example", false},
		{"office@acme.example", "office@acme.example", false},
		{"office@mail.acme.example", "office@mail.acme.example", false},
		{"office@notacme.example", "office@notacme.example", true},
		{"ann", "ann", false},
		{"@mail.example.com", "@mail.example.com", false},
		{"ann@", "ann@", false},
	} {
		a, b := match.Customer{Emails: []string{tt.a}}, match.Customer{Emails: []string{tt.b}}
		if got := slices.Contains(equalEvidence(t, j, a, b), match.EvidenceEmail); got != tt.want {
			t.Errorf("%q and %q: %t", tt.a, tt.b, got)
		}
	}
}

// Texts that are no values are cut, wherever that is, and do no harm.
func TestEvidence_longTexts(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	long := strings.Repeat("é", 5000)
	c := match.Customer{
		FirstName: "x" + long, LastName: long, BusinessName: long, Phones: []string{long + "2915550200"}, Emails: []string{long + "@" + long},
		Address: match.Address{Street1: "12 " + long, Street2: long, Zip: "23220"},
	}
	if diff := cmp.Diff(same(match.EvidenceAddress, match.EvidenceName), equalEvidence(t, j, c, c)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// By an account alone a candidate is proposed, and two that differ are a veto.
func TestEvidence_account(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	for _, tt := range []struct {
		number1, receiver1, number2, receiver2 string
		equal, differ                          bool
	}{
		{"A1234", "1", "a-1234", "1", true, false},
		{"00 12 34", "", "001234", "2", true, false},
		{"A1234", "(291) 555-0200", "A1234", "291-555-0200", true, false},
		{"001234", "", "1234", "", false, true}, // leading zeros count
		{"A1234", "1", "A1234", "2", false, true},
		{"A1234", "1", "A1235", "1", false, true},
		{"123", "1", "123", "1", false, false},
		{"0000", "1", "0000", "1", false, false},
		{"999999", "", "999-999", "", false, false},
		{"1112", "", "1112", "", true, false},
		{"A1234", "", "", "", false, false},
		{"", "", "", "", false, false},
	} {
		number := func(n, receiver string) match.Customer {
			return match.Customer{AccountNumber: n, ReceiverNumber: receiver}
		}
		a, b := number(tt.number1, tt.receiver1), number(tt.number2, tt.receiver2)
		r := j.Customer(a, []match.CustomerCandidate{typed("c", b)}, nil)
		if got := r.Verdict == match.Propose; got != tt.equal {
			t.Errorf("%+v and %+v: %+v", a, b, r)
		}
		a.Phones, b.Phones = []string{"2915550200"}, []string{"2915550200"} // so that it is proposed
		a.Emails, b.Emails = []string{"ann@mail.example.com"}, []string{"ann@mail.example.com"}
		r = j.Customer(a, []match.CustomerCandidate{typed("c", b)}, nil)
		if got := slices.Contains(r.Candidates[0].Vetoes, match.VetoAccount); got != tt.differ {
			t.Errorf("%+v and %+v: %+v", a, b, r)
		}
	}
}
