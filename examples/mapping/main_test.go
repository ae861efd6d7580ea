package main

import (
	"bytes"
	"flag"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden file")

// The output is the one in the golden file, but for times and line ends.
func TestMapping(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	const golden = "testdata/output.txt"
	got := strings.ReplaceAll(out.String(), "\r\n", "\n")
	got = regexp.MustCompile(`\d{4}-\d\d-\d\dT[\d:]+Z`).ReplaceAllString(got, "TIME")
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("output (-want +got):\n%s", diff)
	}
	// An explanation is redacted, and a ledger holds nothing personal.
	for _, personal := range []string{"Grace", "Dental", "555-01", "Main St", "Sample"} {
		if strings.Contains(got, personal) {
			t.Errorf("the output holds %q", personal)
		}
	}
}
