package layout_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
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
		for _, anchor := range brokenAnchors(t, doc, string(text)) {
			t.Errorf("%s links to %s, a heading that is not there", doc, anchor)
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

var (
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	fenced     = regexp.MustCompile("(?ms)^```.*?^```$")
	linkText   = regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`)
	noAnchor   = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	explicitID = regexp.MustCompile(`<a id="([^"]+)"`)
)

// anchors are what the headings of a page can be linked to by, as GitHub names them.
func anchors(text string) map[string]bool {
	text = fenced.ReplaceAllString(text, "")
	found := make(map[string]bool)
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		name := linkText.ReplaceAllString(m[1], "$1")
		name = strings.ReplaceAll(noAnchor.ReplaceAllString(strings.ToLower(name), ""), " ", "-")
		for i, one := 1, name; ; i++ { // the second of a name has a number
			if !found[one] {
				found[one] = true
				break
			}
			one = name + "-" + strconv.Itoa(i)
		}
	}
	for _, m := range explicitID.FindAllStringSubmatch(text, -1) {
		found[m[1]] = true
	}
	return found
}

// brokenAnchors are the links of a page to headings that are not there.
func brokenAnchors(t *testing.T, doc, text string) (broken []string) {
	t.Helper()
	for _, m := range markdownLink.FindAllStringSubmatch(fenced.ReplaceAllString(text, ""), -1) {
		target, anchor, ok := strings.Cut(m[1], "#")
		if !ok || strings.Contains(target, "://") {
			continue
		}
		page := text
		if target != "" {
			other, err := os.ReadFile(filepath.Join(filepath.Dir(doc), target))
			if err != nil {
				continue // said of the file
			}
			page = string(other)
		}
		if !anchors(page)[anchor] {
			broken = append(broken, m[1])
		}
	}
	return broken
}

func TestLayout_anchorsFind(t *testing.T) {
	t.Parallel()
	text := "# One, `two`: [three](x.md)?\n## Again\n```sh\n# no heading\n```\n## Again\n[a](#again-1) [b](#one-two-three) [c](#no-heading)\n"
	if got := brokenAnchors(t, "x.md", text); len(got) != 1 || got[0] != "#no-heading" {
		t.Errorf("broken are %q", got)
	}
}

// TestLayout_docsStandAlone keeps ids of our own papers out of what hosts and partners
// read, as TestLayout_commentsStandAlone does for comments.
func TestLayout_docsStandAlone(t *testing.T) {
	t.Parallel()
	pages, err := filepath.Glob(filepath.Join(repository, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, page := range append(pages, filepath.Join(repository, "README.md"), filepath.Join(repository, "SECURITY.md")) {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if at := citation.FindString(string(text)); at != "" {
			t.Errorf("%s cites %s: say the fact itself", page, at)
		}
	}
}
