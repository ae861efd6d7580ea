package crashtest_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/crashtest"
)

// TestMain makes the test binary a child where it is told to.
func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == "child" {
		os.Exit(child(os.Args[2])) //nolint:forbidigo // the child's exit code is under test
	}
	m.Run()
}

func child(what string) int {
	_, _ = io.WriteString(os.Stdout, "begun\nworking\n")
	switch what {
	case "ends":
		fmt.Fprint(os.Stderr, "complaint")
		return 7
	case "waits":
		_, _ = io.Copy(io.Discard, os.Stdin)
	}
	return 0
}

// command is a child whose standard input stays open.
func command(t *testing.T, what string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), self, "child", what)
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

func TestWatcher(t *testing.T) {
	t.Parallel()
	var lines []string
	end, err := crashtest.Watcher{Timeout: time.Minute, OnLine: func(l string) { lines = append(lines, l) }}.Run(command(t, "ends"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(crashtest.End{Code: 7, Last: "working", Stderr: "complaint"}, end); diff != "" {
		t.Errorf("end (-want +got):\n%s", diff)
	}
	if !slices.Equal(lines, []string{"begun", "working"}) {
		t.Errorf("lines %q", lines)
	}
}

func TestWatcherKills(t *testing.T) {
	t.Parallel()
	tests := map[string]crashtest.Watcher{
		"some time after the start": {Kill: crashtest.Kill{After: time.Millisecond}},
		"some time into its work":   {Kill: crashtest.Kill{After: time.Millisecond, Working: true}, Work: "working"},
		"from elsewhere":            {OnStart: func(kill func() error) { _ = kill() }},
	}
	for name, w := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w.Timeout = time.Minute
			end, err := w.Run(command(t, "waits"))
			if err != nil || !end.Killed {
				t.Errorf("end %+v, %v, want it killed", end, err)
			}
			if w.Work != "" && end.Last != w.Work {
				t.Errorf("killed at %q, before its work", end.Last)
			}
		})
	}
}

func TestWatcherEndsWhatHangs(t *testing.T) {
	t.Parallel()
	_, err := crashtest.Watcher{Timeout: 50 * time.Millisecond}.Run(command(t, "waits"))
	if !errors.Is(err, crashtest.ErrHangs) {
		t.Errorf("got %v, want ErrHangs", err)
	}
}

func TestWatcherWithoutProgram(t *testing.T) {
	t.Parallel()
	_, err := crashtest.Watcher{Timeout: time.Minute}.Run(exec.CommandContext(t.Context(), "/nowhere/at/all"))
	if err == nil {
		t.Error("no error for a program that is not there")
	}
}
