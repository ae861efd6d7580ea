//go:build race

package faults_test

// everyNth thins out loops that prove nothing more under the race detector, which
// makes them ten times as slow.
const everyNth = 7
