package adcimport_test

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

// Fault 33: text of which nothing is seen passed for a name; a control character came
// over as it was.
func TestFault33_names(t *testing.T) {
	t.Parallel()
	for last, want := range map[string]string{
		"\u200b": "", "\u2800": "", "\u3164": "", "\x00": "", "\x1f\x7f": "", "\u0085": "", "\ufeff": "", "\u00ad\u034f": "",
		" \u2060 \u202e": "", "\u115f\u1160": "", "\uffa0": "", "\U000e0041": "", "\ufe0f": "", "\uffff": "", "\u2800\u2800 \u2800": "",
		"An\x00n": "An n", "Ann\x1b[2J": "Ann [2J", "A\tB": "A B", "\x07Ann\x08": "Ann", "Ann\u009b": "Ann", "A\ufffeB": "A B",
		"Zoë": "Zoë", "李": "李", "Ann\u200dMarie": "Ann\u200dMarie", "👩\u200d👧": "👩\u200d👧", "Ren\ufffd": "Ren\ufffd", "नि\u200cल": "नि\u200cल",
	} {
		t.Run(fmt.Sprintf("%q", last), func(t *testing.T) {
			t.Parallel()
			r := newRig(1)
			extra := map[string]string{"note": last}
			c := &r.src.Dealer.Customers[0]
			c.ID, c.LastName, c.Extra = "7", last, extra
			r.cfg.CustomerMapping = adcimport.DefaultCustomerMapping().With(
				adcimport.Rule{From: []string{"LastName"}, To: "LastName", Transforms: []adcimport.Transform{{Name: "collapse"}}, Required: true},
				adcimport.Rule{From: []string{"Extra.note"}, To: "Custom.note", Transforms: []adcimport.Transform{{Name: "collapse"}}},
			)
			imp := r.importer(t)
			s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if want == "" {
				if s.Counts.Failed != 1 || s.ByReason[adcimport.ReasonInvalidRecord] != 1 {
					t.Errorf("%+v: %v", s.Counts, s.ByReason)
				}
				return
			}
			made := r.sink.Customers()
			if len(made) != 1 || made[0].Record.LastName != want || made[0].Record.Custom["note"] != want {
				t.Errorf("made %+v, want %q", made, want)
			}
			if diff := cmp.Diff(map[string]string{"note": last}, extra); diff != "" {
				t.Errorf("the source's own map was changed:\n%s", diff)
			}
			e, err := imp.ExplainCustomer(t.Context(), "7", adcimport.ExplainOptions{ShowValues: true})
			if err != nil || e.Rules[1].Output != want {
				t.Errorf("explained %+v, %v", e.Rules[1], err)
			}
		})
	}
}
