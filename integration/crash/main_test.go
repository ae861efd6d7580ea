//go:build unix

// Package crash_test kills, stops and ends importers in child processes, and
// looks at what they leave behind. The child is this test binary.
package crash_test

import (
	"flag"
	"os"
	"testing"
)

// Settings of the kill run, for make crash.
var (
	killCount = flag.Int("crash.kills", 20, "how many kills, over both databases")
	killLanes = flag.Int("crash.lanes", 1, "children at a time, for each database")
	killSeed  = flag.Uint64("crash.seed", 1, "of the schedules and of the dealers")
)

func TestMain(m *testing.M) {
	if len(os.Args) == 3 && os.Args[1] == childArg {
		os.Exit(childMain(os.Args[2])) //nolint:forbidigo // the child is a program: its exit code is what the parent looks at
	}
	if len(os.Args) == 3 && os.Args[1] == poisonArg {
		os.Exit(poisonMain(os.Args[2])) //nolint:forbidigo // as above
	}
	m.Run()
}
