package fingerprint_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/fingerprint"
)

func TestPrint_isReadAsWritten(t *testing.T) {
	t.Parallel()
	sum := strings.Repeat("0a", 16)
	for want, p := range map[string]fingerprint.Print{
		sum:                  {Sum: sum},
		"":                   {},
		"of another store":   {Sum: "of another store"},
		sum + "0000":         {Sum: sum, Known: true},
		sum + "0005":         {Sum: sum, Known: true, Filled: 5},
		sum + "8001cafe":     {Sum: sum, Known: true, Filled: 0x8001, Custom: []string{"cafe"}},
		sum + "ffff12345678": {Sum: sum, Known: true, Filled: 0xffff, Custom: []string{"1234", "5678"}},
	} {
		if got := p.String(); got != want {
			t.Errorf("written as %s, want %s", got, want)
		}
		if diff := cmp.Diff(p, fingerprint.Parse(want)); diff != "" {
			t.Errorf("%s is read (-want +got):\n%s", want, diff)
		}
	}
}

func TestDiffers(t *testing.T) {
	t.Parallel()
	a, b := strings.Repeat("0a", 16), strings.Repeat("0b", 16)
	for _, tt := range []struct {
		had, now string
		want     bool
	}{
		{a, a, false},
		{a, b, true},
		{"", a, true},
		{a, a + "0003", false}, // an older version stored it
		{a + "0001", a + "0003", false},
		{a + "8001", a + "0001", true}, // its reference may be found now
		{a + "0001", b + "0001", true},
		{"", "", false},
	} {
		if got := fingerprint.Differs(tt.had, tt.now); got != tt.want {
			t.Errorf("Differs(%q, %q) = %t", tt.had, tt.now, got)
		}
	}
	if got := fingerprint.Unfind(a + "0001"); got != a+"8001" {
		t.Errorf("not found: %s", got)
	}
	p := fingerprint.Parse(a + "0005" + fingerprint.CustomOf("colour"))
	if !p.Has(0) || p.Has(1) || !p.Has(2) || !p.HasCustom("colour") || p.HasCustom("size") {
		t.Errorf("filled: %+v", p)
	}
}
