// Package otelimport observes imports by OpenTelemetry: spans of runs, of their batches
// and of each call, and metrics of records, calls, waits and leases. Make an [Observer] of
// the host's providers, and give [Observer.Events] to adcimport.Config.
//
// Names, units and attributes are in [Metrics] and [Spans]; docs/reference.md has the same
// tables. Attributes of metrics have few values: kinds, actions, reasons, codes, ends and
// operations. Ids are in spans only, those of links, runs and nothing else; nothing
// personal is anywhere.
package otelimport
