package examples_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
)

// Every Go snippet of docs/hosting.md stands in code that is compiled here, and its
// curl lines are run by the tests of examples/host.
func TestHostingSnippetsAreCompiled(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/hosting.md")
	if err != nil {
		t.Fatal(err)
	}
	var code strings.Builder
	for _, pattern := range []string{"host/*.go", "host/*/*.go", "embed/hosting.go", "fleet/*.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: %v, %v", pattern, files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			code.WriteString(flush(string(text)))
		}
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(blocks) < 5 {
		t.Errorf("docs/hosting.md has %d Go snippets", len(blocks))
	}
	for _, block := range blocks {
		if !strings.Contains(code.String(), flush(block[1])) {
			t.Errorf("no code that is compiled has this snippet of docs/hosting.md:\n%s", block[1])
		}
	}
}

// flush has each line without its indentation.
func flush(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	for i, line := range lines {
		lines[i] = strings.Join(strings.Fields(line), " ")
	}
	return strings.Join(lines, "\n") + "\n"
}

// The page explains every state.
func TestHostingExplainsEveryState(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/hosting.md")
	if err != nil {
		t.Fatal(err)
	}
	_, states, _ := strings.Cut(string(page), "## States of a run")
	states, _, _ = strings.Cut(states, "\n## ")
	for _, status := range []adcimport.RunStatus{
		adcimport.StatusRunning, adcimport.StatusInterrupted, adcimport.StatusPaused, adcimport.StatusHeld,
		adcimport.StatusCompleted, adcimport.StatusStopped, adcimport.StatusCanceled, adcimport.StatusFailed,
	} {
		if !strings.Contains(states, "\n| `"+string(status)+"` | ") {
			t.Errorf("docs/hosting.md does not explain %s", status)
		}
	}
}

// The page explains every code of Summary.Failure that the importer itself gives.
func TestHostingExplainsEveryCode(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/hosting.md")
	if err != nil {
		t.Fatal(err)
	}
	code, err := os.ReadFile("../errors.go")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(code), "func failureCode(")
	text, _, _ = strings.Cut(text, "\n}\n")
	codes := regexp.MustCompile(`(?:return |, )"([a-z_]+)"`).FindAllStringSubmatch(text, -1)
	if len(codes) < 15 {
		t.Errorf("errors.go gives %d codes", len(codes))
	}
	for _, c := range codes {
		if !regexp.MustCompile("(?m)^\\|[^|]*`" + c[1] + "`").Match(page) {
			t.Errorf("docs/hosting.md does not explain the code %s", c[1])
		}
	}
}
