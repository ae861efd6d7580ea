package textform_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/textform"
)

func TestTitle(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"":                        "",
		"   ":                     "   ",
		"JOHN":                    "John",
		"john smith":              "John Smith",
		"  john  SMITH ":          "  John  Smith ",
		"MCDONALD":                "McDonald",
		"mcdonald":                "McDonald",
		"McDONALD":                "McDonald",
		"McDonald":                "McDonald",
		"MC":                      "Mc",
		"MACY":                    "Macy",
		"O'NEIL":                  "O'Neil",
		"o’neil":                  "O’Neil",
		"d'angelo":                "D'Angelo",
		"CHILDREN'S HOSPITAL":     "Children's Hospital",
		"SMITH-JONES":             "Smith-Jones",
		"mcdonald-o'neil":         "McDonald-O'Neil",
		"DeShawn":                 "DeShawn",
		"deShawn":                 "deShawn",
		"VAN DER BERG":            "van der Berg",
		"Jan VAN DER Berg":        "Jan van der Berg",
		"MARIA DE LA CRUZ":        "Maria de la Cruz",
		"VAN HALEN":               "Van Halen",
		"VINCENT VAN GOGH":        "Vincent van Gogh",
		"VAN":                     "Van",
		"LE VAN":                  "Le Van",
		"VAN DER":                 "Van Der",
		"ELECTRIC ILLUMINATION":   "Electric Illumination",
		"ACME LLC":                "Acme LLC",
		"JOHN SMITH III":          "John Smith III",
		"BANK OF THE WEST":        "Bank of the West",
		"J.R. SMITH":              "J.R. Smith",
		"ÉLODIE ÅSTRÖM":           "Élodie Åström",
		"ÇELİK":                   "Çelik",
		"ЖУКОВ":                   "Жуков",
		"3RD STREET":              "3rd Street",
		"(JIM) BEAM":              "(Jim) Beam",
		"李 小龙":                    "李 小龙",
		"ǆemal":                   "ǅemal",
		"AT&T":                    "AT&T",
		"john\tsmith":             "John\tSmith",
		"VAN DE  VELDE":           "van de  Velde",
		"PETER VON UND ZU":        "Peter von Und Zu",
		"anne-marie o'neil-MCCOY": "Anne-Marie O'Neil-McCoy",
	} {
		if got := textform.Title(in); got != want {
			t.Errorf("Title(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzTitle(f *testing.F) {
	for _, s := range []string{"JOHN MCDONALD", "o'neil", "van der berg", "a-b/c", "\xff x", "mc", "'"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			textform.Title(s)
			return
		}
		got := textform.Title(s)
		if fold := strings.ToLower; fold(strings.ToUpper(got)) != fold(strings.ToUpper(s)) && isASCII(s) {
			t.Fatalf("Title(%q) = %q changes more than case", s, got)
		}
		if isASCII(s) && textform.Title(got) != got {
			t.Fatalf("Title(%q) = %q, again %q", s, got, textform.Title(got))
		}
	})
}

func isASCII(s string) bool {
	return strings.IndexFunc(s, func(r rune) bool { return r >= utf8.RuneSelf }) < 0
}
