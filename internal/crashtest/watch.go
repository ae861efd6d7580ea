package crashtest

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"os/exec"
	"sync"
	"time"
)

// End is how a child ended.
type End struct {
	Killed bool   // by a signal
	Code   int    // exit code; -1 when killed
	Last   string // the last line that it printed
	Stderr string
}

// Watcher sees one child to its end.
type Watcher struct {
	Kill    Kill                    // zero: none
	Work    string                  // the line that is the first sign of work
	Timeout time.Duration           // a child that lives longer is killed, and is an error
	OnLine  func(line string)       // each line of its standard output; nil: nobody; before the next one is read
	OnStart func(kill func() error) // gets the means to kill it from elsewhere; nil: nobody
}

// ErrHangs is the error of a child that does not end.
var ErrHangs = errors.New("child does not end")

// Run starts cmd, kills it as told, and waits for its end. A death is no error.
func (w Watcher) Run(cmd *exec.Cmd) (End, error) {
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return End{}, fmt.Errorf("watch child: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return End{}, fmt.Errorf("start child: %w", err)
	}
	var late late
	defer late.stop()
	late.after(w.Timeout, func() { late.hung(); _ = cmd.Process.Kill() })
	aim := func() { late.after(w.Kill.After, func() { _ = cmd.Process.Kill() }) } // it may have ended: no matter
	if w.OnStart != nil {
		w.OnStart(cmd.Process.Kill)
	}
	timed := w.Kill.After > 0 && w.Kill.Point == Point{}
	if timed && !w.Kill.Working {
		aim()
	}
	var end End
	for lines := bufio.NewScanner(out); lines.Scan(); {
		end.Last = lines.Text()
		if timed && w.Kill.Working && end.Last == w.Work {
			aim()
			timed = false
		}
		if w.OnLine != nil {
			w.OnLine(end.Last)
		}
	}
	err = cmd.Wait()
	end.Code, end.Stderr = cmd.ProcessState.ExitCode(), stderr.String()
	end.Killed = end.Code < 0
	if late.isHung() {
		return end, fmt.Errorf("after %s, last line %q: %w", w.Timeout, end.Last, ErrHangs)
	}
	if _, exited := errors.AsType[*exec.ExitError](err); err != nil && !exited {
		return end, fmt.Errorf("wait for child: %w", err)
	}
	return end, nil
}

// late holds what is to happen to a child later on.
type late struct {
	mu      sync.Mutex
	timers  []*time.Timer
	hanging bool
}

func (l *late) after(d time.Duration, f func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timers = append(l.timers, time.AfterFunc(d, f))
}

func (l *late) hung() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hanging = true
}

func (l *late) isHung() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.hanging
}

func (l *late) stop() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.timers {
		t.Stop()
	}
}
