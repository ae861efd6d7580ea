package adcimport_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/securitytrax/adcimport"
)

// strange are texts that nobody means to read: fault 63.
func strange() map[string]string {
	return map[string]string{
		"terminal codes":  strings.Repeat("\x1b[2J\x1b]0;x\x07", 40_000),
		"a C1 code":       "\u009b2J",
		"direction marks": "\u202egnp.exe",
		"a long line":     strings.Repeat("x", 160_000),
		"a long column":   strings.Repeat("1234567\n", 20_000),
		"no text":         strings.Repeat("\xbf", 20_000),
	}
}

// quiet fails for a text that is long, or steers the terminal it is shown on.
func quiet(t *testing.T, what, text string, most int) {
	t.Helper()
	if len(text) > most {
		t.Errorf("%s: %d bytes", what, len(text))
	}
	for _, r := range text {
		if r != '\n' && !unicode.IsPrint(r) {
			t.Errorf("%s: shows %q", what, r)
			return
		}
	}
}

// Fault 63: raw terminal codes were in Explanation.String, from whatever is in it.
func TestFault63_explanation(t *testing.T) {
	t.Parallel()
	for name, text := range strange() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			own := map[string]adcimport.TransformFunc{"own": func(string) (string, error) { return "", errors.New(text) }}
			m := adcimport.Mapping{Rules: []adcimport.Rule{
				{From: []string{"Extra." + text}, To: "FirstName"},
				{From: []string{"Extra.x"}, To: "LastName", Transforms: []adcimport.Transform{{Name: "own"}}},
				{From: []string{"Extra.x"}, To: "City", Transforms: []adcimport.Transform{{Name: "split", Args: []string{"2"}}}},
				{From: []string{"LastName"}, To: "Email"},
			}}
			c := adcimport.Customer{ID: text, LastName: text, Extra: map[string]string{"x": "1" + strings.Repeat("2"+text[:1], 1000), text: text}}
			for _, o := range []adcimport.ExplainOptions{{}, {ShowValues: true}} {
				e, err := m.ExplainCustomer(own, c, o)
				if err != nil {
					t.Fatal(err)
				}
				quiet(t, "explanation", e.String(), 20_000)
			}
		})
	}
}

// Fault 63: so do errors that repeat what they were given.
func TestFault63_errors(t *testing.T) {
	t.Parallel()
	for name, text := range strange() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			quoted, err := json.Marshal(text)
			if err != nil {
				t.Fatal(err)
			}
			for what, src := range map[string]string{
				"key":       `{"rules":[{` + string(quoted) + `:1}]}`,
				"field":     `{"rules":[{"from":` + string(quoted) + `,"to":"City"}]}`,
				"target":    `{"rules":[{"from":"City","to":` + string(quoted) + `}]}`,
				"condition": `{"rules":[{"from":"Demo","to":"City","when":{"field":"Demo","in":[` + string(quoted) + `]}}]}`,
				"argument":  `{"rules":[{"from":"LastName","to":"City","transforms":[{"truncate":` + string(quoted) + `}]}]}`,
				"overwrite": `{"rules":[{"from":"LastName","to":"City","overwrite":` + string(quoted) + `}]}`,
			} {
				_, err := adcimport.ParseMapping([]byte(src))
				if err == nil {
					t.Fatalf("%s: no error", what)
				}
				quiet(t, what, err.Error(), 2500)
			}
			record := &adcimport.RecordError{ID: text, Reason: adcimport.ReasonInvalidRecord, Fields: []adcimport.FieldError{{Field: text, Rule: text}}}
			quiet(t, "record", record.Error(), 2500)
			quiet(t, "options", (&adcimport.InvalidOptionsError{Field: "Tags", Value: text, Rule: "must be known"}).Error(), 600)
		})
	}
}
