//go:build unix

package main

import (
	"syscall"
	"time"
)

// cpu is what this process has used, user and system.
func cpu() time.Duration {
	var use syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &use) // it cannot fail
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}
