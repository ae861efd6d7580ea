package faults_test

import (
	"flag"
	"testing"
)

// TestMain knows the flag that writes docs/faults.md.
func TestMain(m *testing.M) {
	flag.Bool("update", false, "write docs/faults.md")
	flag.Parse()
	m.Run()
}
