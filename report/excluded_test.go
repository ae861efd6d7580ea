package report_test

import (
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/report"
)

// Fault 84: a person sees what was left out, each kind apart.
func TestFault84_textHasWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	err := report.WriteText(&out, &report.Run{Summary: adcimport.Summary{
		Kind: adcimport.KindCustomer, Excluded: ledger.Excluded{Terminated: 12, Commitment: 3},
	}})
	want := "      12  terminated\n       0  demo\n       3  commitment\n"
	if err != nil || !strings.Contains(out.String(), want) {
		t.Errorf("%v:\n%s", err, out.String())
	}
}
