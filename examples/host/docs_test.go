//go:build unix

package main

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// The curl lines of docs/hosting.md work, one after the other.
func TestCurlsOfTheDocs(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("../../docs/hosting.md")
	if err != nil {
		t.Fatal(err)
	}
	w := newWorld(t, 1, 20, 5, nil)
	p := w.host()
	line := regexp.MustCompile(`(?m)^curl (?:-X (\w+) )?localhost:8080(\S+)(?: -H '([\w-]+): (\S+)')?(?: -d '(.*)')?$`)
	seen := 0
	for _, c := range line.FindAllStringSubmatch(string(text), -1) {
		method, header := http.MethodGet, []string{}
		if c[1] != "" {
			method = c[1]
		}
		if c[3] != "" {
			header = []string{c[3], c[4]}
		}
		status, reply := p.ask(method, c[2], c[5], header...)
		seen++
		switch {
		case strings.HasSuffix(c[2], "/cancel"):
			w.wait("the end of what is canceled", func() bool { ends, _ := w.notices("form-1"); return len(ends) == 1 })
		case strings.HasSuffix(c[2], "/resume"):
			w.wait("the second end", func() bool { ends, _ := w.notices("form-1"); return len(ends) == 2 })
		}
		if status >= http.StatusBadRequest {
			t.Errorf("%s: %d %s", c[0], status, reply)
		}
	}
	if want := strings.Count(string(text), "\ncurl "); seen != want || seen < 10 {
		t.Errorf("%d of %d lines were understood", seen, want)
	}
}
