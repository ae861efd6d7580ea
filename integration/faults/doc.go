// Package faults holds the fault suite: what the services may do to an import,
// and what becomes of it. The tables in its tests are where docs/faults.md is
// made from.
package faults

//go:generate go test -run "^Test(Document|Cost)$" -update .
