// Package secrets holds the test that credentials, and the texts of the
// services' faults, print nowhere: every exported type of the public packages is
// in its table or named as one that holds none.
package secrets
