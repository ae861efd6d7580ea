package adcimport_test

import (
	"fmt"
	"testing"

	"github.com/securitytrax/adcimport"
)

// Fault 44: a login was mailed to whatever stood in the field, also to two people.
func TestFault44_loginEmail(t *testing.T) {
	t.Parallel()
	for email, ok := range map[string]bool{
		"ann@example.com": true, " ann@example.com ": true, // spaces are tidied by the mapping
		"a@x;b@y": false, "a@b@c": false, "mailto:a@x": false, "a\u200b@x.com": false, "a@x.com\u200b": false,
		"Ann <a@x.com>": false, "a@x, b@y": false, "a@x.com\x01": true, "": false, "n/a": false, "a@x..com": false,
	} {
		for _, canLogin := range []bool{true, false} {
			t.Run(fmt.Sprintf("%q %t", email, canLogin), func(t *testing.T) {
				t.Parallel()
				r := newRig(0)
				r.src.Dealer.Users = []adcimport.User{{ID: "1", FirstName: "A", LastName: "B", LoginName: "ann", Email: email}}
				s, err := r.importer(t).ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{CanLogin: canLogin})
				if err != nil {
					t.Fatal(err)
				}
				want := 0
				if ok && canLogin {
					want = 1
				}
				created := ok || !canLogin
				if n := len(r.sink.Emails()); n != want || (s.Counts.Created == 1) != created {
					t.Errorf("%d mails, %+v, %v", n, s.Counts, s.ByReason)
				}
				if !created && s.ByReason[adcimport.ReasonInvalidRecord] != 1 {
					t.Errorf("reasons %v", s.ByReason)
				}
			})
		}
	}
}
