package layout_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// markdownLink finds the target of [text](target).
	markdownLink = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	// namedPath finds folders and Go files that a text names as code.
	namedPath = regexp.MustCompile("`((?:[a-z][\\w.-]*/)+|[\\w./-]+\\.go)`")
)

// TestLayout_docsNameWhatExists keeps the documents from pointing at files that
// were moved or never made.
func TestLayout_docsNameWhatExists(t *testing.T) {
	t.Parallel()
	var docs []string
	for _, pattern := range []string{"*.md", "docs/*.md"} {
		found, err := filepath.Glob(filepath.Join(repository, pattern))
		if err != nil {
			t.Fatal(err)
		}
		docs = append(docs, found...)
	}
	if len(docs) < 4 {
		t.Fatalf("found %d documents: the walk does not see them", len(docs))
	}
	for _, doc := range docs {
		text, err := os.ReadFile(doc)
		if err != nil {
			t.Fatal(err)
		}
		for _, path := range namedFiles(filepath.Dir(doc), string(text)) {
			if _, err := os.Stat(path); err != nil {
				t.Errorf("%s names %s, which is not there", doc, path)
			}
		}
	}
}

// namedFiles are the files that a document in dir links to, and those that it
// names as code, which are relative to the repository.
func namedFiles(dir, text string) []string {
	var paths []string
	for _, m := range markdownLink.FindAllStringSubmatch(text, -1) {
		target, _, _ := strings.Cut(m[1], "#")
		if target != "" && !strings.Contains(target, "://") {
			paths = append(paths, filepath.Join(dir, target))
		}
	}
	for _, m := range namedPath.FindAllStringSubmatch(text, -1) {
		paths = append(paths, filepath.Join(repository, filepath.FromSlash(m[1])))
	}
	return paths
}
