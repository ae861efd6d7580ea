package securitytrax_test

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/match"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Fault 35: names that no filter can hold, or that a service may take for patterns, are
// found in another way, and break no look-up.
func TestFault35_matchCustomers(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		last, business, city, there string // there: the last name as it was typed in; empty: the same
	}{
		"an apostrophe":       {last: "O'Brien", city: "Provo"},
		"two":                 {last: "D'Ar'cy", city: "Provo"},
		"a typographic one":   {last: "O’Brien", city: "Provo", there: "O'Brien"},
		"there it is":         {last: "O'Brien", city: "Provo", there: "O’Brien"},
		"none there":          {last: "O'Brien", city: "Provo", there: "OBrien"},
		"a backslash":         {last: `O\Brien`, city: "Provo"},
		"a town with one":     {last: "Lee", city: "Coeur d'Alene"},
		"both":                {last: "O'Brien", city: "Coeur d'Alene"},
		"percent":             {last: "100%", city: "Provo"},
		"an underscore":       {last: "L_e", city: "Provo"},
		"a star":              {last: "L*", city: "Provo"},
		"a filter":            {last: "x' OR lname != '", city: "Provo"},
		"a business":          {last: "Lee", business: "Joe's \"Diner\" & Co", city: "Provo"},
		"a business, percent": {business: "100% Fitness", city: "Provo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			attributes := typedIn()
			attributes["fname"], attributes["lname"], attributes["city"] = "Bob", tt.last, tt.city
			if tt.there != "" {
				attributes["lname"] = tt.there
			}
			attributes["business_name"] = tt.business
			attributes["primary_phone"], attributes["email"] = "", ""
			id := srv.TypeInCustomer(attributes)
			for i := range 150 { // others, in the same town
				srv.TypeInCustomer(map[string]any{"fname": "Ann", "lname": "Person" + string(rune('A'+i%26)), "city": tt.city, "zip": "84601"})
			}
			first := "Bob"
			if tt.last == "" {
				first = ""
			}
			record := match.Customer{
				ID: "1", FirstName: first, LastName: tt.last, BusinessName: tt.business,
				Address: match.Address{Street1: "12 Main St", City: tt.city, State: "UT", Zip: "84601"},
			}
			found, err := newSink(t, srv).MatchCustomers(t.Context(), []match.Customer{record})
			if err != nil {
				t.Fatal(err)
			}
			ids := []string{}
			for _, c := range found {
				ids = append(ids, c.ID)
			}
			if diff := cmp.Diff([]string{id}, ids); diff != "" {
				t.Errorf("found (-want +got):\n%s", diff)
			}
		})
	}
}

// A user who was typed in with such a name is proposed, as any other.
func TestFault35_matchUsers(t *testing.T) {
	t.Parallel()
	for _, name := range append(unquotable()[:6], "obrien", "100%", "a_b", "*") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			there := srv.TypeInUser(map[string]any{"fname": "Bob", "lname": "Lee", "username": name, "email": "bob@other.example"})
			imp, err := adcimport.New(adcimport.Config{
				Link: "l", Sink: newSink(t, srv), Store: new(adcimport.MemoryStore),
				Source: &adcimporttest.Source{Dealer: &adcimporttest.Dealer{Users: []adcimport.User{
					{ID: "1", LoginName: name, FirstName: "Bob", LastName: "Lee", Email: "bob@example.com"},
				}}},
			})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = imp.Close(context.WithoutCancel(t.Context())) })
			s, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{PermissionGroupID: idOf(t, srv, "permission_groups", "Sales")})
			if err != nil || s.ToReview() != 1 {
				t.Fatalf("%v %v %v", s, s.ByReason, err)
			}
			for r, err := range imp.ToReview(t.Context(), adcimport.KindUser) {
				if err != nil || len(r.Candidates) != 1 || r.Candidates[0].ID != there {
					t.Errorf("%+v, %v", r, err)
				}
			}
		})
	}
}

// A name that no filter can hold, of one who has nothing else, is said by its id.
func TestFault35_nothingToAskFor(t *testing.T) {
	t.Parallel()
	srv := securitytraxtest.New()
	sink := newSink(t, srv)
	address := match.Address{Street1: "12 Main St", City: "Provo", State: "UT", Zip: "84601"}
	for id, business := range map[string]string{"71": "Joe's Diner", "72": `A\B Plumbing`, "73": "Joe’s Diner", "74": "100% Fitness", "75": ""} {
		if _, err := sink.MatchCustomers(t.Context(), []match.Customer{{ID: id, BusinessName: business, Address: address}}); err != nil {
			t.Fatal(err)
		}
	}
	phones := match.Customer{ID: "76", BusinessName: "Joe's Diner", Phones: []string{"8012345678"}, Address: address}
	if _, err := sink.MatchCustomers(t.Context(), []match.Customer{phones}); err != nil {
		t.Fatal(err)
	}
	text := strings.Join(sink.Warnings(t.Context(), adcimport.RunInfo{Summary: adcimport.Summary{Kind: adcimport.KindCustomer}}), "\n")
	if !strings.Contains(text, "71") || !strings.Contains(text, "72") || strings.ContainsAny(text, "'\\") || strings.Contains(text, "73") ||
		strings.Contains(text, "76") {
		t.Errorf("warnings %q", text)
	}
	if again := sink.Warnings(t.Context(), adcimport.RunInfo{Summary: adcimport.Summary{Kind: adcimport.KindCustomer}}); len(again) > 0 {
		t.Errorf("said again: %q", again)
	}
}

// A service that takes a value for a pattern answers with everybody: others are found all
// the same, and nobody is taken for somebody.
func TestFault35_patterns(t *testing.T) {
	t.Parallel()
	for _, last := range []string{"100%", "L*", "A?", "B_c", "%"} {
		srv := securitytraxtest.New(securitytraxtest.WithPageSize(500))
		ann := srv.TypeInCustomer(typedIn())
		for i := range 300 {
			srv.TypeInCustomer(map[string]any{"fname": "P", "lname": "Q" + strconv.Itoa(i), "city": "Provo"})
		}
		srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
			if q := r.URL.Query(); strings.Contains(q.Get("filter"), "'"+last+"'") {
				q.Del("filter") // as if it fitted everybody
				r.URL.RawQuery = q.Encode()
			}
			return nil
		})
		records := []match.Customer{{ID: "1", FirstName: "Bob", LastName: last, Address: match.Address{City: "Provo"}}, {
			ID: "2", FirstName: "Ann", LastName: "Nguyen", Phones: []string{"801 234 5678"}, Address: match.Address{City: "Provo"},
		}}
		found, err := newSink(t, srv).MatchCustomers(t.Context(), records)
		if err != nil || len(found) != 1 || found[0].ID != ann {
			t.Errorf("%s: %d found, %v", last, len(found), err)
		}
	}
}
