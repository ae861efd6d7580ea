// Package integration holds the tests that need database drivers, so that the
// root module needs none.
package integration
