package examples_test

import (
	"go/format"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every Go snippet of the README is code that is compiled here.
func TestReadmeSnippetsAreCompiled(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("embed/embed.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllSubmatch(readme, -1)
	regions := regexp.MustCompile(`(?s)// README \w+\n(.*?)\t?// README end`).FindAllSubmatch(code, -1)
	if len(blocks) == 0 || len(blocks) != len(regions) {
		t.Fatalf("README.md has %d Go snippets, embed.go %d regions for them", len(blocks), len(regions))
	}
	for i := range blocks {
		if diff := cmp.Diff(formatted(t, regions[i][1]), formatted(t, blocks[i][1])); diff != "" {
			t.Errorf("snippet %d of README.md is not what embed.go compiles (-compiled +README):\n%s", i, diff)
		}
	}
}

func formatted(t *testing.T, code []byte) string {
	t.Helper()
	src, err := format.Source(code)
	if err != nil {
		t.Fatalf("format: %v\n%s", err, code)
	}
	lines := strings.Split(strings.TrimSpace(string(src)), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSpace(line)
	}
	return strings.Join(lines, "\n")
}
