package examples_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every Go snippet of the pages stands in code of this repository: it is compiled, and
// where that is a test or an example, run. Whole programs have tests of their own.
func TestSnippetsAreCompiled(t *testing.T) {
	t.Parallel()
	code := goCode(t)
	pages, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, page := range append(pages, "../README.md", "../CONTRIBUTING.md") {
		for _, f := range fences(t, page) {
			if f.info != "go" || strings.HasPrefix(f.text, "package main\n") {
				continue
			}
			found++
			if !strings.Contains(code, flush(f.text)) {
				t.Errorf("no code has this snippet of %s:\n%s", page, f.text)
			}
		}
	}
	if found < 30 {
		t.Errorf("%d snippets: the search does not see them", found)
	}
}

// goCode is the code of all modules, without indentation.
func goCode(t *testing.T) string {
	t.Helper()
	var code strings.Builder
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(path) != ".go" {
			return err
		}
		text, err := os.ReadFile(path)
		code.WriteString("\n" + flush(string(text)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return code.String()
}

// flush has each line without its indentation.
func flush(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}
