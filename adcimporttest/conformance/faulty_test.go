package conformance_test

import (
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
)

// Without faults a wrapper is what it wraps, abilities and all.
func TestFaultyWithoutFaultsPassesTheSuites(t *testing.T) {
	t.Parallel()
	conformance.RunSource(t, func(*testing.T) conformance.SourceCase {
		c := dealerCase(func(*adcimporttest.Source) {})
		c.Source = adcimporttest.FaultySource(c.Source, nil)
		return c
	})
	conformance.RunSink(t, func(*testing.T) conformance.SinkCase {
		c := memoryCase(func(*adcimporttest.Sink) {})
		c.Sink = adcimporttest.FaultySink(c.Sink, nil)
		return c
	})
}
