package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"strconv"
	"strings"
	"time"
)

// figures are what one process has measured of itself.
type figures struct {
	Program string
	Rows    int
	Records int           // written, or skipped where all are known
	CPU     time.Duration // user and system, of the process alone
	Wall    time.Duration
	Peak    int64 // bytes of memory
	Mallocs uint64
	Bytes   uint64
	State   int64 // bytes of a ledger; 0: there is none
	Commits int64 // transactions of its PostgreSQL database; 0: there is none
}

// stopwatch measures from start to stop, the last time it was started.
type stopwatch struct {
	profile string // file; empty: none
	out     *os.File
	before  figures
	after   figures
	stopped bool
}

func (s *stopwatch) start() {
	runtime.GC()
	if s.profile != "" {
		if f, err := os.Create(s.profile); err == nil && pprof.StartCPUProfile(f) == nil {
			s.out = f
		}
	}
	s.before = now()
}

func (s *stopwatch) stop() {
	if s.stopped {
		return
	}
	s.after, s.stopped = now(), true
	if s.out != nil {
		pprof.StopCPUProfile()
		_ = s.out.Close()
	}
}

func now() figures {
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	return figures{
		CPU: cpu(), Wall: time.Duration(time.Now().UnixNano()), Mallocs: mem.Mallocs, Bytes: mem.TotalAlloc,
	}
}

// peak is the most memory that this process ever had.
func peak() int64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kib, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
			return kib << 10
		}
	}
	return 0
}

// measure runs a program in this process.
func measure(ctx context.Context, p program, rows int, server, profile string) (f figures, err error) {
	dir, err := os.MkdirTemp("", "adcimport-bench")
	if err != nil {
		return f, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	j := &job{rows: rows, dir: dir, server: server, clock: &stopwatch{profile: profile}}
	n, err := p.run(ctx, j)
	j.clock.stop()
	if err != nil {
		return f, fmt.Errorf("%s: %w", p.name, err)
	}
	f = j.clock.spent()
	f.Program, f.Rows, f.Records, f.Peak, f.State = p.name, rows, n, peak(), j.state
	return f, nil
}

func (s *stopwatch) spent() figures {
	return figures{
		CPU: s.after.CPU - s.before.CPU, Wall: s.after.Wall - s.before.Wall,
		Mallocs: s.after.Mallocs - s.before.Mallocs, Bytes: s.after.Bytes - s.before.Bytes,
	}
}

// child is what a process of its own does: one program, whose figures it writes.
func child(ctx context.Context, name string, rows int, server, profile string) error {
	p, err := programNamed(name)
	if err != nil {
		return err
	}
	f, err := measure(ctx, p, rows, server, profile)
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(f)
}
