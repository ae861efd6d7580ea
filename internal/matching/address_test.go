package matching_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

// what two addresses are to each other, as a result tells it: equal is evidence, and
// other is a veto. Two that may be one, as without a unit, are a veto and keep another
// Alarm.com id from being taken for one of elsewhere.
const (
	equal   = "equal"
	other   = "other"
	unclear = "unclear"
	nothing = "nothing"
)

func placesCompared(tb testing.TB, j *matching.Judge, a, b match.Address) string {
	tb.Helper()
	record := match.Customer{ID: "1", AccountNumber: "ACCT", Address: a}
	candidate := typed("c", match.Customer{AccountNumber: "ACCT", Address: b})
	candidate.AlarmComIDs = []string{"2"}
	r := j.Customer(record, []match.CustomerCandidate{candidate}, nil)
	w := r.Candidates[0]
	switch veto := slices.Contains(w.Vetoes, match.VetoAddress); {
	case slices.Contains(w.Evidence, match.EvidenceAddress):
		return equal
	case veto && w.Verdict == match.Elsewhere:
		return other
	case veto:
		return unclear
	}
	return nothing
}

// lines is an address in one text: first line | second line | ZIP code.
func lines(s string) match.Address {
	part := strings.Split(s, "|")
	for i := range part {
		part[i] = strings.TrimSpace(part[i])
	}
	return match.Address{Street1: part[0], Street2: part[1], Zip: part[2]}
}

func TestEvidence_address(t *testing.T) {
	t.Parallel()
	j := newJudge(t, match.Rules{})
	for _, tt := range []struct{ a, b, want string }{
		{"12 Oak Street||23220", "12 OAK ST.||23220-1234", equal},
		{"12 North Oak Avenue||23220", "12 N. Oak Ave||23220", equal},
		{"12 Oak Av||23220", "012 Oak Ave|| 23220 ", equal},
		{"12 Saint James Blvd||23220", "12 St. James Boulevard||23220", equal},
		{"12 First St||23220", "12 1st Street||23220", equal},
		{"1200 County Road 5||23220", "1200 Co Rd 5||23220", equal},
		{"12 Highway 9||23220", "12 Hwy 9||23220", equal},
		{"12 Rue des Érables||K1A 0B1", "12 rue des Erables||k1a0b1", equal},
		{"12-34 Main St||23220", "12-34 Main Street||23220", equal},
		{"12 1/2 Main St||23220", "12½ Main St||23220", equal},
		{"12 Oak St Apt 4B||23220", "12 Oak St|#4B|23220", equal},
		{"12 Oak St # 4 B||23220", "12 Oak St|Unit 4-B|23220", equal},
		{"12 Oak St 4B||23220", "12 Oak St|4B|23220", equal},
		{"12B Oak St||23220", "12 Oak St|Apt. B|23220", equal},
		{"12 Oak St|Suite 200|23220", "12 Oak St, Ste 200||23220", equal},
		{"Apt 4, 12 Oak St||23220", "12 Oak St Apt 4||23220", equal},
		{"12 Oak St|Bldg 3 Apt 4|23220", "12 Oak St Apt 4 Building 3||23220", equal},
		{"12 Oak St|2nd Floor|23220", "12 Oak St Fl 2||23220", equal},
		{"12 Oak St|Rear|23220", "12 Oak St Rear||23220", equal},
		{"12 N Office Park Dr||23220", "12 North Office Park Drive||23220", equal},
		{"12 N Office Park Dr||23220", "12 N Office Dr||23220", unclear},
		{"12 N Lot Dr||23220", "12 N Lot Drive||23220", equal},
		{"12 Oak St Apt PH||23220", "12 Oak St|PH|23220", equal},
		{"12 Oak St|Gate code 1234|23220", "12 Oak St||23220", equal},
		{"12 Oak St|c/o Ann|23220", "12 Oak St|PO Box 5|23220", equal},

		{"12 Oak St Apt 4||23220", "12 Oak St||23220", unclear},
		{"12 Oak St|Rear|23220", "12 Oak St||23220", unclear},
		{"12 Oak||23220", "12 Oak St||23220", unclear},
		{"12 N Oak St||23220", "12 Oak St||23220", unclear},
		{"12 Oka St||23220", "12 Oak St||23220", unclear},
		{"12 Oak St||23221", "12 Oak St||23220", unclear},

		{"12 Oak St Apt 4||23220", "12 Oak St Apt 5||23220", other},
		{"12 Oak St||23220", "14 Oak St||23220", other},
		{"12-34 Main St||23220", "12-36 Main St||23220", other},
		{"12 1/2 Main St||23220", "12 Main St||23220", other},
		{"12 Oak St||23220", "12 Elm St||23221", other},
		{"1200 County Road 5||23220", "1200 County Road 6||23221", other},

		{"PO Box 12||23220", "P.O. Box 12||23220", nothing},
		{"Post Office Box 12||23220", "Post Office Box 12||23220", nothing},
		{"RR 2 Box 5||23220", "RR 2 Box 5||23220", nothing},
		{"Oak St||23220", "Oak St||23220", nothing},
		{"12||23220", "12||23220", nothing},
		{"12 Oak St||", "12 Oak St||", nothing},
		{"12 Oak St||2322", "12 Oak St||2322", nothing},
		{"||23220", "||23220", nothing},
		{"12 Oak St||23220", "||", nothing},
	} {
		a, b := lines(tt.a), lines(tt.b)
		for range 2 {
			if got := placesCompared(t, j, a, b); got != tt.want {
				t.Errorf("%+v and %+v: %s, want %s", a, b, got, tt.want)
			}
			a, b = b, a
		}
	}
}
