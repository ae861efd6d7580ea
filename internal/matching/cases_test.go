package matching_test

import (
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// listing weighs records against candidates in batches, and settles what the whole
// listing leaves of it: what an import does.
func listing(j *matching.Judge, records []match.Customer, found []match.CustomerCandidate, batch int) []match.Result {
	shared, claims := matching.NewShared(), j.NewCustomerClaims()
	var results []match.Result
	for some := range slices.Chunk(records, batch) {
		results = append(results, j.Customers(some, found, shared)...)
	}
	for i, r := range results {
		claims.Add(records[i].ID, r)
	}
	for i := range results {
		results[i] = claims.Settle(records[i].ID, results[i], shared)
	}
	return results
}

// verdicts are the records' verdicts with their candidates, as in "propose c1 c2".
func verdicts(results []match.Result) []string {
	list := make([]string, len(results))
	for i, r := range results {
		list[i] = string(r.Verdict)
		for _, w := range r.Candidates {
			list[i] += " " + w.ID
		}
	}
	return list
}

func named(c match.Customer, first, last string) match.Customer {
	return with(c, func(c *match.Customer) { c.FirstName, c.LastName = first, last })
}

func at(c match.Customer, street string) match.Customer {
	return with(c, func(c *match.Customer) { c.Address.Street1 = street })
}

// calledElsewhere has a phone of its own.
func calledElsewhere(c match.Customer) match.Customer {
	return with(c, func(c *match.Customer) { c.Phones = []string{"2915550300"} })
}

func numbered(id string, c match.Customer) match.Customer {
	return with(c, func(c *match.Customer) { c.ID = id })
}

// without has neither account nor e-mail.
func without(c match.Customer) match.Customer {
	return with(c, func(c *match.Customer) { c.AccountNumber, c.Emails = "", nil })
}

func carrying(c match.CustomerCandidate, ids ...string) match.CustomerCandidate {
	c.AlarmComIDs = ids
	return c
}

// The cases of MATCHING: what a listing makes of each.
func TestCases(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	plain := without(bob())
	for name, tt := range map[string]struct {
		records []match.Customer
		found   []match.CustomerCandidate
		want    []string
	}{
		"the same customer": {
			records: []match.Customer{bob()}, found: []match.CustomerCandidate{typed("c", bob())},
			want: []string{"link c"},
		},
		"family at one address": {
			records: []match.Customer{calledElsewhere(named(plain, "Ann", "Lee"))},
			found:   []match.CustomerCandidate{typed("bob", plain)},
			want:    []string{"propose bob"},
		},
		"family, both at Alarm.com": {
			records: []match.Customer{numbered("ann", calledElsewhere(named(plain, "Ann", "Lee"))), plain},
			found:   []match.CustomerCandidate{typed("bob", plain)},
			want:    []string{"propose bob", "propose bob"},
		},
		"father and son, own phones": {
			records: []match.Customer{numbered("son", calledElsewhere(plain))},
			found:   []match.CustomerCandidate{typed("father", plain)},
			want:    []string{"propose father"},
		},
		"father and son, shared phone, one is there": {
			records: []match.Customer{numbered("father", plain), numbered("son", plain)},
			found:   []match.CustomerCandidate{typed("c", plain)},
			want:    []string{"propose c", "propose c"},
		},
		"apartment house": {
			records: []match.Customer{at(bob(), "12 Oak Street Apt 4")},
			found:   []match.CustomerCandidate{typed("c", calledElsewhere(at(named(plain, "Zelda", "Tamford"), "12 Oak Street Apt 5")))},
			want:    []string{"different"},
		},
		"apartment house, one surname": {
			records: []match.Customer{at(bob(), "12 Oak Street Apt 4")},
			found:   []match.CustomerCandidate{typed("c", calledElsewhere(at(named(plain, "Zelda", "Lee"), "12 Oak Street Apt 5")))},
			want:    []string{"different"},
		},
		"two systems at two addresses, home has its own id": {
			records: []match.Customer{numbered("cabin", at(plain, "99 Elm St"))},
			found:   []match.CustomerCandidate{carrying(typed("home", plain), "77")},
			want:    []string{"elsewhere home"},
		},
		"home has its own id, the cabin is there too": {
			records: []match.Customer{numbered("cabin", at(plain, "99 Elm St"))},
			found:   []match.CustomerCandidate{carrying(typed("home", plain), "77"), typed("cabin", at(plain, "99 Elm Street"))},
			want:    []string{"link cabin home"},
		},
		"a panel was replaced": {
			records: []match.Customer{bob()}, found: []match.CustomerCandidate{carrying(typed("c", bob()), "77")},
			want: []string{"propose c"},
		},
		"two systems, both typed in by hand": {
			records: []match.Customer{at(plain, "99 Elm St")},
			found:   []match.CustomerCandidate{typed("a-home", plain), typed("cabin", at(plain, "99 Elm Street"))},
			want:    []string{"propose cabin a-home"},
		},
		"moved": {
			records: []match.Customer{bob()}, found: []match.CustomerCandidate{typed("c", at(bob(), "99 Elm St"))},
			want: []string{"propose c"},
		},
		"deleted": {
			records: []match.Customer{bob()}, found: []match.CustomerCandidate{{ID: "c", Deleted: true, Customer: bob()}},
			want: []string{"propose c"},
		},
		"inactive": {
			records: []match.Customer{bob()}, found: []match.CustomerCandidate{{ID: "c", Inactive: true, Customer: bob()}},
			want: []string{"propose c"},
		},
		"name alone": {
			records: []match.Customer{plain}, found: []match.CustomerCandidate{typed("c", calledElsewhere(at(plain, "99 Elm St")))},
			want: []string{"different"},
		},
		"one phone, another name, another address": {
			records: []match.Customer{plain}, found: []match.CustomerCandidate{typed("c", at(named(plain, "Zelda", "Tamford"), "99 Elm St"))},
			want: []string{"different"},
		},
		"somebody else in the house": {
			records: []match.Customer{plain}, found: []match.CustomerCandidate{typed("c", calledElsewhere(named(plain, "Zelda", "Tamford")))},
			want: []string{"different"},
		},
		"nobody": {records: []match.Customer{plain}, want: []string{"different"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for batch := 1; batch <= 2; batch++ {
				got := verdicts(listing(j, tt.records, tt.found, batch))
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("in batches of %d (-want +got):\n%s", batch, diff)
				}
			}
		})
	}
}

// sites are those of a business with one office phone, the head office first.
func sites(n int) []match.Customer {
	list := make([]match.Customer, n)
	for i := range list {
		list[i] = match.Customer{
			ID: "site " + strconv.Itoa(i), BusinessName: "Oak Bakery LLC", Phones: []string{"2915550200"},
			Address: match.Address{Street1: strconv.Itoa(100+i) + " Main St", Zip: strconv.Itoa(23220 + i)},
		}
	}
	return list
}

// A business of which the head office was typed in: with two sites each is proposed,
// with three the phone is shared, in whatever batches they come.
func TestCases_sites(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	for batch := 1; batch <= 4; batch++ {
		two := sites(2)
		got := verdicts(listing(j, two, []match.CustomerCandidate{typed("head", two[0])}, batch))
		if diff := cmp.Diff([]string{"propose head", "propose head"}, got); diff != "" {
			t.Errorf("two sites in batches of %d (-want +got):\n%s", batch, diff)
		}
		four := sites(4)
		got = verdicts(listing(j, four, []match.CustomerCandidate{typed("head", four[0])}, batch))
		want := []string{"propose head", "different", "different", "different"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("four sites in batches of %d (-want +got):\n%s", batch, diff)
		}
	}
	two := sites(2) // in the next run the first one has the candidate
	got := verdicts(listing(j, two[1:], []match.CustomerCandidate{carrying(typed("head", two[0]), "site 0")}, 1))
	if diff := cmp.Diff([]string{"elsewhere head"}, got); diff != "" {
		t.Errorf("the second one in the next run (-want +got):\n%s", diff)
	}
}

// A phone and an e-mail address that many have are no evidence; name and address
// decide.
func TestCases_managementCompany(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	var records []match.Customer
	var found []match.CustomerCandidate
	for i := range 40 {
		c := match.Customer{
			ID: strconv.Itoa(i), FirstName: "Zelda", LastName: "Of" + string(rune('a'+i%26)) + string(rune('a'+i/26)),
			Phones: []string{"2915550200"}, Emails: []string{"office@houses.example.com"},
			Address: match.Address{Street1: strconv.Itoa(1+i/4) + " Oak St", Street2: "Apt " + strconv.Itoa(1+i%4), Zip: "23220"},
		}
		records = append(records, c)
		if i%2 == 0 {
			found = append(found, typed("c"+c.ID, c))
		}
	}
	for _, batch := range []int{1, 7, 100} {
		for i, r := range listing(j, records, found, batch) {
			want := match.Result{Verdict: match.Different}
			if i%2 == 0 { // one evidence besides the name
				want = match.Result{Verdict: match.Propose, Candidates: []match.Weighed{{
					ID: "c" + records[i].ID, Verdict: match.Propose, Evidence: same(match.EvidenceAddress, match.EvidenceName),
				}}}
			}
			if diff := cmp.Diff(want, r); diff != "" {
				t.Errorf("tenant %d in batches of %d (-want +got):\n%s", i, batch, diff)
			}
		}
	}
}

// What is shared is so from three records of one side on.
func TestShared(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	stranger := func(i int) match.Customer {
		return match.Customer{ID: "s" + strconv.Itoa(i), FirstName: "Ann", LastName: "Other" + strconv.Itoa(i), Phones: []string{"2915550200"}}
	}
	for name, tt := range map[string]struct {
		records, candidates int // with the same phone
		shared              bool
	}{
		"one each":         {1, 1, false},
		"two each":         {2, 2, false},
		"three records":    {3, 1, true},
		"three candidates": {1, 3, true},
	} {
		records := []match.Customer{without(bob())}
		for i := range tt.records - 1 {
			records = append(records, stranger(i))
		}
		candidate := typed("c", with(without(bob()), func(c *match.Customer) { c.Address = match.Address{} }))
		found := []match.CustomerCandidate{candidate, candidate} // found twice is one
		for i := range tt.candidates - 1 {
			found = append(found, typed("t"+strconv.Itoa(i), stranger(100+i)))
		}
		got := j.Customers(records, found, nil)[0]
		if (got.Verdict == match.Different) != tt.shared {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// A batch that is weighed again is no more records than it was.
func TestShared_again(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	shared, found := matching.NewShared(), []match.CustomerCandidate{typed("c", bob())}
	for range 3 {
		j.NewCustomerSearch([]match.Customer{bob()}, everyField(), shared).Found(found)
		if r := j.Customers([]match.Customer{bob()}, found, shared)[0]; r.Verdict != match.Link || len(r.Candidates[0].Evidence) != 5 {
			t.Errorf("%+v", r)
		}
	}
}

// However long a listing is, few values are remembered, and the shared ones are.
func TestShared_limit(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	shared := matching.NewShared()
	shared.Limit = 50
	tenant := func(i int) match.Customer {
		return match.Customer{ID: strconv.Itoa(i), Phones: []string{"2915550200", "291" + strconv.Itoa(5560000+i)}}
	}
	for i := range 1000 {
		j.Customers([]match.Customer{tenant(i)}, nil, shared)
		if n := shared.Values(); n > shared.Limit+3 {
			t.Fatalf("%d values after %d records", n, i+1)
		}
	}
	record := without(bob())
	record.Address = match.Address{}
	if r := j.Customers([]match.Customer{record}, []match.CustomerCandidate{typed("c", record)}, shared)[0]; !r.ToCreate() {
		t.Errorf("a phone of 1000 is evidence: %+v", r)
	}
}

// Where many are shared, those that are not known yet are learned all the same.
func TestShared_limitOfShared(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	shared, learned := matching.NewShared(), 0
	shared.Limit = 10
	for i := range 100 {
		record := match.Customer{FirstName: "Ann", LastName: "Lee", Phones: []string{"291" + strconv.Itoa(5560000+i)}}
		var r match.Result
		for tenant := range 3 {
			record.ID = strconv.Itoa(3*i + tenant)
			r = j.Customers([]match.Customer{record}, []match.CustomerCandidate{typed("c", record)}, shared)[0]
		}
		if r.ToCreate() {
			learned++
		}
		if n := shared.Values(); n > shared.Limit+1 {
			t.Fatalf("%d values after %d phones", n, i+1)
		}
	}
	if learned < 75 {
		t.Errorf("%d of 100 are known to be shared", learned)
	}
}
