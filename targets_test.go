package adcimport_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
)

// Each target of a mapping is compared, updated and emptied: who adds one finds here that
// fingerprint, ownership or fake do not know it.
func TestTargets_areUpdatedAndEmptied(t *testing.T) {
	t.Parallel()
	_, targets := adcimport.CustomerFields()
	for _, target := range targets {
		for name, last := range map[string]int{"changed": 1, "emptied": 2} {
			t.Run(target.Name+" "+name, func(t *testing.T) {
				t.Parallel()
				values := map[string][]string{
					"text": {"jo", "kim", ""}, "date": {"2024-01-31", "2024-02-29", ""}, "boolean": {"true", "false", ""},
				}[target.Kind]
				if values == nil {
					t.Fatalf("a target of the kind %q", target.Kind)
				}
				r := ownRig()
				r.cfg.CustomerMapping = r.cfg.CustomerMapping.With(adcimport.Rule{From: []string{"Extra.own"}, To: target.Name})
				r.src.Dealer.Customers[0].Extra["own"] = values[0]
				s, got := r.nights(t, adcimport.CustomerOptions{}, func(*adcimport.CustomerRecord) {}, func(c *adcimport.Customer) {
					c.Extra["own"] = values[last]
				})
				if s.Counts.Updated != 1 || s.ByReason[adcimport.ReasonNotCleared] > 0 {
					t.Errorf("from %q to %q: %+v, %v", values[0], values[last], s.Counts, s.ByReason)
				}
				field := reflect.ValueOf(got)
				for part := range strings.SplitSeq(target.Name, ".") {
					field = field.FieldByName(part)
				}
				if empty := field.IsZero(); empty != (last == 2 || values[last] == "false") {
					t.Errorf("from %q to %q: the sink has %v", values[0], values[last], field)
				}
			})
		}
	}
}
