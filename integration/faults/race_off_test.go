//go:build !race

package faults_test

// everyNth is 1: every byte.
const everyNth = 1
