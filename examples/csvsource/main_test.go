package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strconv"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

func TestRun(t *testing.T) {
	t.Parallel()
	const customers, users = "testdata/customers.csv", "testdata/users.csv"
	for name, tt := range map[string]struct {
		s    settings
		want string
	}{
		"all": {settings{customers: customers, users: users}, `customer 1000003: created
customer 1000005: skipped (excluded); Terminated is not among what the filter includes
customer 1000006: failed (invalid_record); LastName is required
customer 1000020: created
customer 1000104: failed (invalid_record); Join Date must be a date such as 2026-03-31 or 3/31/2026; Two Way Voice must be yes or no
user 20001: created
user 20002: created
user 20003: failed (invalid_record); Username is required
`},
		"sub-dealer": {settings{customers: customers, users: users, subDealers: "3102"}, `customer 1000003: created
customer 1000006: failed (invalid_record); LastName is required
user 20002: created
`},
		"ids": {settings{customers: customers, ids: "1000005,1000020,99"}, `customer 99: failed (source_not_found)
customer 1000005: skipped (excluded); Terminated is not among what the filter includes
customer 1000020: created
`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out bytes.Buffer
			if err := run(t.Context(), tt.s, &out); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, out.String()); diff != "" {
				t.Errorf("output (-want +got):\n%s", diff)
			}
		})
	}
}

// The one test that a Source of one's own must have: a roster of some pages, and
// an empty one.
func TestSourceSuite(t *testing.T) {
	t.Parallel()
	conformance.RunSource(t, func(t *testing.T) conformance.SourceCase {
		t.Helper()
		dealer := adcimporttest.NewDealer(3, 60, 25)
		c := conformance.SourceCase{Customers: dealer.Customers, Users: dealer.Users}
		c.Source = mustNew(t, exportCustomers(t, dealer.Customers), exportUsers(t, dealer.Users))
		c.Empty = mustNew(t, exportCustomers(t, nil), exportUsers(t, nil))
		return c
	})
}

func mustNew(t *testing.T, customers, users string) *Source {
	t.Helper()
	s, err := New(strings.NewReader(customers), strings.NewReader(users), Options{PageSize: 7})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// exportCustomers writes what a roster would have of them.
func exportCustomers(t *testing.T, list []adcimport.Customer) string {
	t.Helper()
	rows := [][]string{{
		"customer id", "Sub-Dealer ID", "First Name", "Last Name", "Company Name", "Phone", "Email", "Street 1", "Street 2",
		"City", "State", "Zip", "Country", "Join Date", "Sales Rep Login", "Two Way Voice", "Account Number", "Receiver Phone",
		"Commercial", "Terminated", "Demo", "Commitment",
	}}
	for _, c := range list {
		join, a, cs := "", c.InstallAddress, c.CentralStation
		if !c.JoinDate.IsZero() {
			join = c.JoinDate.Format(time.RFC3339)
		}
		rows = append(rows, []string{
			c.ID, c.SubDealerID, c.FirstName, c.LastName, c.CompanyName, c.PrimaryPhoneNumber, c.PrimaryEmail, a.Street1, a.Street2,
			a.City, a.State, a.Zip, a.Country, join, c.SalesRepLogin, strconv.FormatBool(cs.TwoWayVoiceEnabled), cs.AccountNumber,
			cs.ReceiverPhoneNumber, strconv.FormatBool(c.Commercial), strconv.FormatBool(c.Terminated), strconv.FormatBool(c.Demo),
			strconv.FormatBool(c.Commitment),
		})
	}
	return export(t, rows)
}

func exportUsers(t *testing.T, list []adcimport.User) string {
	t.Helper()
	rows := [][]string{{
		"Support ID", "Rep ID", "Login Name", "First Name", "Last Name", "Email", "Phone", "Street 1", "Street 2",
		"City", "State", "Zip", "Country", "Sub-Dealer ID", "Role IDs",
	}}
	for _, u := range list {
		a := u.Address
		rows = append(rows, []string{
			u.ID, u.RepID, u.LoginName, u.FirstName, u.LastName, u.Email, u.Phone, a.Street1, a.Street2,
			a.City, a.State, a.Zip, a.Country, u.SubDealerID, strings.Join(u.RoleIDs, ";"),
		})
	}
	return export(t, rows)
}

func export(t *testing.T, rows [][]string) string {
	t.Helper()
	var out strings.Builder
	if err := csv.NewWriter(&out).WriteAll(rows); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct{ roster, want string }{
		"empty file":      {"", "not even a header"},
		"no id column":    {"First Name\nX\n", `no column "Customer ID"`},
		"column twice":    {"Customer ID,Phone,phone\n1,2,3\n", "column 3 has no name, or that of another one"},
		"column unnamed":  {"Customer ID,\n1,2\n", "column 2 has no name"},
		"no id":           {"Customer ID,Phone\n1,2\n,secret\n", "line 3: column \"Customer ID\""},
		"id of Excel":     {"Customer ID\n1.23E+07\n", "line 2: column"},
		"id twice":        {"Customer ID\n7\n8\n7\n", "line 4 has the id of line 2"},
		"cell too many":   {"Customer ID\n1,secret\n", "wrong number of fields"},
		"open quote":      {"Customer ID,Phone\n1,\"secret\n", "line 2"},
		"not UTF-8":       {"Customer ID,Last Name\n1,secr\xe9t\n", `line 2: column "Last Name" is not UTF-8`},
		"id too long":     {"Customer ID\n12345678901234567890\n", "line 2: column"},
		"id with leading": {"Customer ID\n007\n", "line 2: column"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := New(strings.NewReader(tt.roster), nil, Options{})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Fatalf("New answered %v, want %q in it", err, tt.want)
			}
			if strings.Contains(err.Error(), "secret") {
				t.Errorf("the error tells what is in the roster: %v", err)
			}
		})
	}
}

// A file that breaks off is an error, never a shorter roster.
func TestNewReadsAllOrNothing(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	in := io.MultiReader(strings.NewReader("Customer ID\n1\n2\n"), iotest.ErrReader(broken))
	if _, err := New(in, nil, Options{}); !errors.Is(err, broken) {
		t.Errorf("New answered %v", err)
	}
}

// A byte order mark, semicolons and columns of one's own are read.
func TestNewReadsWhatSpreadsheetsWrite(t *testing.T) {
	t.Parallel()
	s, err := New(strings.NewReader("\uFEFFCustomer ID;Last Name;Lead Source\r\n7;\"Vale; Ada\";Web\r\n"), nil, Options{Comma: ';'})
	if err != nil {
		t.Fatal(err)
	}
	got, err := s.CustomerDetail(t.Context(), "7")
	if err != nil {
		t.Fatal(err)
	}
	want := adcimport.Customer{ID: "7", LastName: "Vale; Ada", Extra: map[string]string{"Lead Source": "Web"}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	for _, err := range s.Users(t.Context(), adcimport.UserFilter{}, "") {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("a source without a roster of users answered %v", err)
		}
	}
}

func TestChoices(t *testing.T) {
	t.Parallel()
	const roster = "Customer ID,Sub-Dealer ID,Sub-Dealer,Terminated,Demo,Commitment,Join Date\n" +
		"1,12,,yes,,,0001-01-01\n2,7,North,,Y,,\n3,12,South,,,1,\n"
	s, err := New(strings.NewReader(roster), strings.NewReader("Support ID,Role IDs,Roles\n5,3;1,Tech;Boss\n6,4,\n"),
		Options{})
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for p, err := range s.Customers(t.Context(), adcimport.CustomerFilter{}, "") {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range p.Items {
			ids = append(ids, c.ID)
		}
	}
	subDealers, err := s.SubDealers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	roles, err := s.Roles(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first, err := s.CustomerDetail(t.Context(), "1")
	if err != nil {
		t.Fatal(err)
	}
	want := []any{
		[]string{"1", "2", "3"},
		[]adcimport.Choice{{ID: "7", Name: "North"}, {ID: "12", Name: "South"}},
		[]adcimport.Choice{{ID: "1", Name: "Boss"}, {ID: "3", Name: "Tech"}, {ID: "4", Name: "4"}},
		true,
	}
	if diff := cmp.Diff(want, []any{ids, subDealers, roles, first.JoinDate.IsZero()}); diff != "" {
		t.Errorf("ids, sub-dealers, roles, no join date (-want +got):\n%s", diff)
	}
}

// What is no roster is an error; what is one delivers every row once.
func FuzzNew(f *testing.F) {
	f.Add("Customer ID,Join Date\n1,2024-01-01\n2,x\n")
	f.Add("\uFEFFCustomer ID\n\"1\"\n")
	f.Add("Customer ID,Terminated\n1,no\n1,yes\n")
	f.Fuzz(func(t *testing.T, roster string) {
		s, err := New(strings.NewReader(roster), nil, Options{PageSize: 2})
		if err != nil {
			return
		}
		seen := make(map[string]bool)
		for p, err := range s.Customers(t.Context(), adcimport.CustomerFilter{}, "") {
			if err != nil {
				t.Fatal(err)
			}
			for _, c := range p.Items {
				if !isID(c.ID) || seen[c.ID] {
					t.Errorf("id %q is no id, or came twice", c.ID)
				}
				seen[c.ID] = true
			}
		}
		if len(seen) != len(s.customers) {
			t.Errorf("%d of %d customers came", len(seen), len(s.customers))
		}
	})
}
