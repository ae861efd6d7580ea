//go:build unix

package main

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// fleet are the worker processes. Its methods are for one goroutine.
type fleet struct {
	file   string // of their settings
	log    io.Writer
	list   []*process
	killed int
	stood  int // still, for longer than a lease
	rng    *rand.Rand
}

// process is one worker.
type process struct {
	cmd  *exec.Cmd
	done chan struct{} // closed when it ended
}

// start begins a worker in a place of the list.
func (f *fleet) start(i int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	p := &process{cmd: exec.Command(self, workerArg, f.file), done: make(chan struct{})} //nolint:gosec,noctx // itself; kill ends it
	p.cmd.Stderr = f.log
	if err := p.cmd.Start(); err != nil {
		return err
	}
	var waiting sync.WaitGroup
	waiting.Go(func() {
		defer close(p.done)
		_ = p.cmd.Wait() // how it ended is its own matter
	})
	f.list[i] = p
	return nil
}

// kill ends a worker as a power cut does, and puts another one in its place, as a
// supervisor does.
func (f *fleet) kill(i int) error {
	_ = f.list[i].cmd.Process.Kill()
	<-f.list[i].done
	f.killed++
	return f.start(i)
}

// standStill stops a worker for so long, and wakes it.
func (f *fleet) standStill(ctx context.Context, i int, d time.Duration) error {
	if err := f.list[i].cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		return err
	}
	f.stood++
	err := pause(ctx, d)
	return errors.Join(err, f.list[i].cmd.Process.Signal(syscall.SIGCONT))
}

// close ends all, as a supervisor does.
func (f *fleet) close() {
	for _, p := range f.list {
		if p != nil {
			_ = p.cmd.Process.Signal(syscall.SIGTERM)
		}
	}
	patience := time.NewTimer(20 * time.Second)
	defer patience.Stop()
	for _, p := range f.list {
		if p == nil {
			continue
		}
		select {
		case <-p.done:
		case <-patience.C:
			_ = p.cmd.Process.Kill()
			<-p.done
		}
	}
}

// pause waits for d or for the end of ctx.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
