//go:build unix

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// binary is the program, built once: the tests kill it.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "adcimport-host-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	binary = filepath.Join(dir, "host")
	code := 1
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "%v\n%s", err, out)
	} else {
		flag.Parse()
		_ = flag.Set("test.parallel", "12") // they wait more than they work
		code = m.Run()
	}
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// What a team copies is small.
func TestMainPackageIsSmall(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	lines := 0
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		lines += strings.Count(string(text), "\n")
	}
	if lines == 0 || lines > 200 {
		t.Errorf("the main package has %d lines, more than 200", lines)
	}
}
