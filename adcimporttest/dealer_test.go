package adcimporttest_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

var sameDealer = cmpopts.IgnoreUnexported(adcimporttest.Dealer{})

func TestNewDealerIsDeterministic(t *testing.T) {
	t.Parallel()
	a, b := adcimporttest.NewDealer(7, 300, 60), adcimporttest.NewDealer(7, 300, 60)
	if diff := cmp.Diff(a, b, sameDealer); diff != "" {
		t.Errorf("same seed (-first +second):\n%s", diff)
	}
	if other := adcimporttest.NewDealer(8, 300, 60); cmp.Equal(a, other, sameDealer) {
		t.Error("another seed gives the same dealer")
	}
}

func TestNewDealerGrowsLikeABiggerOne(t *testing.T) {
	t.Parallel()
	want := adcimporttest.NewDealer(7, 260, 60)
	got := adcimporttest.NewDealer(7, 100, 60)
	added := got.AddCustomers(160)
	if diff := cmp.Diff(want, got, sameDealer); diff != "" {
		t.Errorf("100 customers and 160 more (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Customers[100:], added); diff != "" {
		t.Errorf("result of AddCustomers (-want +got):\n%s", diff)
	}
}

func TestNewDealerShares(t *testing.T) {
	t.Parallel()
	for _, seed := range []uint64{0, 1, 42} {
		t.Run(strconv.FormatUint(seed, 10), func(t *testing.T) {
			t.Parallel()
			d := adcimporttest.NewDealer(seed, 1000, 100)
			got := map[string]int{
				"importable":     len(d.Importable()),
				"excluded":       len(d.Excluded()),
				"incomplete":     len(d.Incomplete()),
				"users":          len(d.ImportableUsers(false)),
				"users to login": len(d.ImportableUsers(true)),
			}
			want := map[string]int{
				"importable": 850, "excluded": 100, "incomplete": 50, "users": 98, "users to login": 94,
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("shares (-want +got):\n%s", diff)
			}
			roughShares(t, d)
		})
	}
}

func roughShares(t *testing.T, d *adcimporttest.Dealer) {
	t.Helper()
	logins := map[string]bool{}
	for _, u := range d.Users {
		logins[u.LoginName] = true
	}
	n := map[string]int{}
	for _, c := range d.Customers {
		count(n, "commercial", c.Commercial)
		count(n, "no sub-dealer", c.SubDealerID == "")
		count(n, "no station", c.CentralStation == adcimport.CentralStation{})
		count(n, "no email", c.PrimaryEmail == "")
		count(n, "no rep", c.SalesRepLogin == "")
		count(n, "unknown rep", c.SalesRepLogin != "" && !logins[c.SalesRepLogin])
	}
	want := map[string]int{
		"commercial": 150, "no sub-dealer": 200, "no station": 100, "no email": 80, "no rep": 200, "unknown rep": 100,
	}
	for what, about := range want {
		if n[what] < about*6/10 || n[what] > about*14/10 {
			t.Errorf("%s: %d of 1000, want about %d", what, n[what], about)
		}
	}
}

func count(n map[string]int, what string, yes bool) {
	if yes {
		n[what]++
	}
}

var (
	inventedEmail = regexp.MustCompile(`^[a-z]+\.[a-z]+\d+@example\.(com|org|net)$`)
	inventedPhone = regexp.MustCompile(`55501\d\d(7)?$`)
	usZip         = regexp.MustCompile(`^\d{5}$`)
	canadianZip   = regexp.MustCompile(`^[A-Z]\d[A-Z] \d[A-Z]\d$`)
)

func TestNewDealerIsInventedAndWellFormed(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(3, 2000, 200)
	last := 0
	for _, c := range d.Customers {
		id, err := strconv.Atoi(c.ID)
		if err != nil || id <= last {
			t.Fatalf("id %q after %d: want ascending numbers", c.ID, last)
		}
		last = id
		checkContact(t, c.ID, c.PrimaryEmail, c.PrimaryPhoneNumber, c.InstallAddress)
	}
	last = 0
	logins := map[string]bool{"": true}
	for _, u := range d.Users {
		id, err := strconv.Atoi(u.ID)
		if err != nil || id <= last {
			t.Fatalf("support id %q after %d: want ascending numbers", u.ID, last)
		}
		last = id
		if u.LoginName != "" && logins[u.LoginName] {
			t.Errorf("user %s: login name is taken", u.ID)
		}
		logins[u.LoginName] = true
		checkContact(t, u.ID, u.Email, u.Phone, u.Address)
	}
}

func checkContact(t *testing.T, id, email, phone string, a adcimport.Address) {
	t.Helper()
	digits := strings.Map(func(r rune) rune {
		if '0' <= r && r <= '9' {
			return r
		}
		return -1
	}, phone)
	if email != "" && !inventedEmail.MatchString(email) {
		t.Errorf("%s: email %q could be somebody's", id, email)
	}
	if phone != "" && !inventedPhone.MatchString(digits) {
		t.Errorf("%s: phone %q could be somebody's", id, phone)
	}
	zip := usZip
	if a.Country == "Canada" {
		zip = canadianZip
	}
	if a != (adcimport.Address{}) && !zip.MatchString(a.Zip) {
		t.Errorf("%s: zip %q in %s", id, a.Zip, a.State)
	}
}

func TestDealerCloneSharesNothing(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(1, 10, 5)
	d.Customers[0].Extra = map[string]string{"k": "v"}
	want := d.Clone()
	c := d.Clone()
	c.Customers[0].Extra["k"] = "changed"
	c.Customers[1].FirstName = "changed"
	c.Users[0].RoleIDs[0] = "changed"
	c.SubDealers[0].Name = "changed"
	c.Roles[0].Name = "changed"
	c.AddCustomers(3)
	if diff := cmp.Diff(want, d, sameDealer); diff != "" {
		t.Errorf("changing a clone changed the original (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(d.AddCustomers(3), want.AddCustomers(3)); diff != "" {
		t.Errorf("a clone grows differently (-original +clone):\n%s", diff)
	}
}
