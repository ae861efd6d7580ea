package adcimport_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// specCase says what the default mapping makes of one Alarm.com field.
type specCase[S, R any] struct {
	name string
	src  S
	want R
}

// TestSpec_customerFields proves each customer field of SPEC.md by itself: from
// a record that has this field alone comes a record that has the target alone.
func TestSpec_customerFields(t *testing.T) {
	t.Parallel()
	type c = adcimport.Customer
	type r = adcimport.CustomerRecord
	day := func(s string) time.Time {
		d, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	testSpec(t, mapCustomer, []specCase[c, r]{
		{"C1", c{FirstName: " Ada  Mary "}, r{FirstName: "Ada Mary"}},
		{"C1 keeps case", c{FirstName: "deSHAWN"}, r{FirstName: "deSHAWN"}},
		{"C2", c{LastName: "van der Berg"}, r{LastName: "van der Berg"}},
		{"C3", c{CompanyName: "Acme\tLLC"}, r{BusinessName: "Acme LLC"}},
		{"C4", c{PrimaryPhoneNumber: " (555) 555-0123 x9 "}, r{Phone1: "(555) 555-0123 x9"}},
		{"C5", c{InstallAddress: adcimport.Address{Street1: "1  Main St", Street2: "Unit 2"}}, r{Address1: "1 Main St"}},
		{"C6", c{InstallAddress: adcimport.Address{City: "Glen  Allen"}}, r{City: "Glen Allen"}},
		{"C7", c{InstallAddress: adcimport.Address{State: "VA"}}, r{State: "VA"}},
		{"C7 by name", c{InstallAddress: adcimport.Address{State: " west virginia "}}, r{State: "WV"}},
		{"C7 unknown", c{InstallAddress: adcimport.Address{State: " Jalisco "}}, r{State: "Jalisco"}},
		{"C8", c{InstallAddress: adcimport.Address{Zip: " 23220-1234"}}, r{Zip: "23220-1234"}},
		{"C9", c{SalesRepLogin: "rep.one "}, r{RepID: "rep.one"}},
		{"C10", c{JoinDate: day("2024-02-29T00:00:00Z")}, r{SaleDate: "2024-02-29"}},
		{"C10 never shifted west", c{JoinDate: day("2024-02-29T23:59:59-11:00")}, r{SaleDate: "2024-02-29"}},
		{"C10 never shifted east", c{JoinDate: day("2024-02-29T00:00:00+14:00")}, r{SaleDate: "2024-02-29"}},
		{"C10 zero", c{}, r{}},
		{"C10 none", c{JoinDate: day("0001-01-01T00:00:00-05:00")}, r{}},
		{"C11", c{PrimaryEmail: " Ada@Example.com "}, r{Email: "Ada@Example.com"}},
		{"C12 and C13", c{CentralStation: adcimport.CentralStation{TwoWayVoiceEnabled: true}}, r{ServiceTwoWayVoice: true}},
		{"C14", c{CentralStation: adcimport.CentralStation{AccountNumber: " 00A-100 "}}, r{AccountNumber: "00A-100"}},
		{"C15", c{CentralStation: adcimport.CentralStation{ReceiverPhoneNumber: "555-555-0199 "}}, r{ReceiverNumber: "555-555-0199"}},
		{"C16 is not the mapping's", c{ID: "4711", SubDealerID: "12"}, r{}},
	})
}

// TestSpec_userFields does for users what TestSpec_customerFields does for
// customers.
func TestSpec_userFields(t *testing.T) {
	t.Parallel()
	type u = adcimport.User
	type r = adcimport.UserRecord
	testSpec(t, mapUser, []specCase[u, r]{
		{"U1", u{FirstName: " Grace "}, r{FirstName: "Grace"}},
		{"U2", u{LastName: "Hopper  Murray"}, r{LastName: "Hopper Murray"}},
		{"U3", u{LoginName: " ghopper"}, r{Username: "ghopper"}},
		{"U4", u{Email: "G@example.com "}, r{Email: "G@example.com"}},
		{
			"U5",
			u{Address: adcimport.Address{Street1: "1  Navy Way", Street2: " B ", City: " Arlington", State: "virginia", Zip: "22202 "}},
			r{Address: adcimport.Address{Street1: "1 Navy Way", Street2: "B", City: "Arlington", State: "VA", Zip: "22202"}},
		},
		{"U6", u{Phone: " 555.555.0123 "}, r{CellPhone: "555.555.0123"}},
		{"ids, roles and sub-dealer are not the mapping's", u{ID: "9", RepID: "8", SubDealerID: "7", RoleIDs: []string{"6"}}, r{}},
	})
}

func testSpec[S, R any](t *testing.T, mapped func(*testing.T, adcimport.Mapping, S) (R, []adcimport.FieldError), cases []specCase[S, R]) {
	t.Helper()
	for _, tt := range cases {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, fields := mapped(t, adcimport.Mapping{}, tt.src)
			if fields != nil {
				t.Errorf("field errors %v", fields)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("record (-want +got):\n%s", diff)
			}
		})
	}
}

// TestDefaultMapping_isTheCallers shows that a change to one default mapping
// reaches neither another nor another rule of the same.
func TestDefaultMapping_isTheCallers(t *testing.T) {
	t.Parallel()
	for name, of := range map[string]func() adcimport.Mapping{
		"customers": adcimport.DefaultCustomerMapping, "users": adcimport.DefaultUserMapping,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, want := of(), of()
			for i := range m.Rules {
				m.Rules[i].From[0] = strings.ToUpper(m.Rules[i].From[0])
				for j := range m.Rules[i].Transforms {
					m.Rules[i].Transforms[j].Name = "changed"
				}
				want.Rules[i].From[0] = m.Rules[i].From[0]
				want.Rules[i].Transforms = m.Rules[i].Transforms
				if diff := cmp.Diff(want.Rules[i+1:], m.Rules[i+1:]); diff != "" {
					t.Fatalf("rule %d changed later ones (-want +got):\n%s", i, diff)
				}
			}
			if diff := cmp.Diff(of().Rules[0].Transforms, m.Rules[0].Transforms); diff == "" {
				t.Error("the change reached a new default mapping")
			}
		})
	}
}
