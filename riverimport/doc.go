// Package riverimport runs imports as jobs of River on PostgreSQL: any number of worker
// processes share the imports of any number of links.
//
// A job says which link, which kind, filter, options and labels, and never a credential:
// what a link is made of is opened where the job is worked, by the host's [links.Set]. The
// run that a job drives has the job's id ([RunID]). The ledger is the truth and the job the
// crank: whatever happens to a job, or whichever worker has it, each record comes in once,
// and each end is told once.
//
// A job is worked in slices of [Config.Slice] at most. Between two slices its run is held,
// without a lease, and any worker goes on with it. A run that pauses is a job that is
// snoozed until then. A run that ended without completing is for a person: its job is
// canceled, with the run's failure, and goes on by [Imports.Resume] alone. What fails
// beside the run, as a link that cannot be opened, is tried again by River's policy.
//
// River takes up the job of a worker that died after an hour. This package does it by the
// ledger's leases, within two of [Config.LeaseTTL]: each worker looks for such jobs, and
// none has to lead.
package riverimport
