package main

import (
	"os"
	"path/filepath"
	"testing"
)

func TestRefused(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "sbom.json")
	const text = `{"components": [
		{"name": "a", "licenses": [{"license": {"id": "MIT"}}]},
		{"name": "b", "evidence": {"licenses": [{"license": {"id": "Apache-2.0"}}, {"license": {"id": "AGPL-3.0"}}]}},
		{"name": "c"},
		{"name": "d", "licenses": [{"license": {"name": "my own"}}]}]}`
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	list, err := read(file)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"", "licence AGPL-3.0", "no licence was found", "licence "}
	for i, c := range list {
		if got := refused(c); got != want[i] {
			t.Errorf("%s: %q, want %q", c.Name, got, want[i])
		}
	}
	if len(list) != len(want) {
		t.Errorf("%d components", len(list))
	}
}
