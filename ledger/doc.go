// Package ledger says what an import run is and what is kept of it: kinds,
// actions and reasons, the outcome of each record, the summary of a run, and the
// [StateStore] that keeps them. Who writes a store needs this package alone; a
// host reads the same types under their names in package adcimport.
//
// Nothing in a ledger is personal data: it holds ids, codes, counts, hashes and
// times.
package ledger
