package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// The tour itself fails when a count of the servers is not the expected one.
func TestQuickstart(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	state := filepath.Join(t.TempDir(), "state.sqlite")
	if err := run(t.Context(), state, &out); err != nil {
		t.Fatalf("%v\n%s", err, &out)
	}
	for _, want := range []string{"450 created", "12 to review", "12 linked", "6 lists, 0 details", "10 creates", "472 linked"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("%q is not in the output:\n%s", want, &out)
		}
	}
	// The state stays: what was imported is known.
	if err := run(t.Context(), state, &out); err == nil {
		t.Error("a second tour on the same state finds new servers empty, and yet all counts were right")
	}
}
