// Package secrets holds the tests that credentials, and the texts of the
// services' faults, print nowhere: every exported type of the public packages is
// in its table or named as one that holds none; and that nothing which a link
// writes in its life has a credential or a person in it: state in each store,
// jobs, logs, notices, spans, metrics, reports, errors.
package secrets
