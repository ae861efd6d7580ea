// Package model is a deterministic simulation of adcimport: real importers run
// against a real state store and simulated ends, and a scheduler that reads its
// decisions from a tape lets one call happen at a time, loses replies, kills and
// pauses runners, moves records and lets virtual time pass, and checks the
// invariants of DESIGN.md after every step. All of it is in the tests.
package model
