// Package browser_test drives the pages of importui as people do: in Chromium, with a
// mouse and keys, over the program examples/wizard, which runs in a process of its own.
// The two services are fakes in the process of the tests, which may hold them up and have
// them fail.
package browser_test

import (
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// shots is where screenshots go, for make screenshots.
var shots = flag.String("shots", "", "write a screenshot of every page and state into this folder")

// onlyOnce are what all tests share: the program, and the browser.
var onlyOnce struct {
	program func() (string, error)
	browser func() (*browser, error)
}

// testsAtATime is for any number of cores: tests wait more than they work, and are of one
// browser.
const testsAtATime = "4"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", testsAtATime); err != nil {
		panic(err)
	}
	flag.Parse()
	dir, err := os.MkdirTemp("", "adcimport-browser-")
	if err != nil {
		panic(err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	onlyOnce.program = sync.OnceValues(func() (string, error) { return buildWizard(dir) })
	var chrome *browser
	onlyOnce.browser = sync.OnceValues(func() (_ *browser, err error) {
		chrome, err = startBrowser()
		return chrome, err
	})
	m.Run()
	chrome.close()
}

// need skips a test that lacks something outside the repository; in CI it fails.
func need(t *testing.T, ok bool, what string) {
	t.Helper()
	if ok {
		return
	}
	if slices.Contains(os.Environ(), "CI=true") {
		t.Fatal("CI lacks " + what)
	}
	t.Skip("not here: " + what)
}

// buildWizard builds the example as its own module has it.
func buildWizard(dir string) (string, error) {
	program := filepath.Join(dir, "wizard")
	cmd := exec.Command("go", "build", "-o", program, "./wizard")
	cmd.Dir = filepath.Join("..", "..", "examples")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", &buildError{string(out), err}
	}
	return program, nil
}

type buildError struct {
	said string
	err  error
}

func (e *buildError) Error() string { return "examples/wizard: " + e.err.Error() + "\n" + e.said }

func (e *buildError) Unwrap() error { return e.err }
