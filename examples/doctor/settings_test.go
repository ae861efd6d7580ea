package main

import (
	"io"
	"os"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// The addresses are those of the README's program, unless a flag says another.
func TestSettings_addresses(t *testing.T) {
	t.Parallel()
	env := func(name string) string {
		return map[string]string{"ALARMCOM_URL": "https://alarm.example", "SECURITYTRAX_URL": "https://crm.example"}[name]
	}
	for name, tt := range map[string]struct{ args, want []string }{
		"environment": {nil, []string{"https://alarm.example", "https://crm.example"}},
		"flag":        {[]string{"-securitytrax-url", "https://staging.example"}, []string{"https://alarm.example", "https://staging.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := readSettings(tt.args, env, io.Discard)
			if diff := cmp.Diff(tt.want, []string{s.alarm.BaseURL, s.crm.BaseURL}); err != nil || diff != "" {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

// Every variable of the README's program is one of the doctor's, but the office, which
// is an option of an import.
func TestSettings_areThoseOfTheReadme(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(map[string]bool)
	if _, err := readSettings(nil, func(name string) string { asked[name] = true; return "" }, io.Discard); err != nil {
		t.Fatal(err)
	}
	names := regexp.MustCompile(`Getenv\("(\w+)"\)`).FindAllStringSubmatch(string(readme), -1)
	for _, name := range names {
		if !asked[name[1]] && name[1] != "SECURITYTRAX_OFFICE" {
			t.Errorf("%s is not read", name[1])
		}
	}
	if len(names) < 9 {
		t.Errorf("%d variables: the search does not see them", len(names))
	}
}
