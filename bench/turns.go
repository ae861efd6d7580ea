package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
)

// plan is what the command is asked for.
type plan struct {
	names  []string
	rows   []int
	rounds int
	server string // PostgreSQL; empty: programs that need it are left out
	fsyncs bool   // count them: runs once more, under strace
	out    io.Writer
}

// measurement is one program over so many rows, in all rounds.
type measurement struct {
	program program
	rows    int
	runs    []figures
	fsyncs  float64 // a batch
}

// takeTurns runs the programs in turn, each in a process of its own, round after
// round.
func (p *plan) takeTurns(ctx context.Context) ([]*measurement, error) {
	var list []*measurement
	for _, rows := range p.rows {
		for _, name := range p.names {
			prog, err := programNamed(name)
			if err != nil {
				return nil, err
			}
			if !prog.needs || p.server != "" {
				list = append(list, &measurement{program: prog, rows: rows})
			}
		}
	}
	for range p.rounds {
		for _, m := range list {
			f, err := p.spawn(ctx, m, "")
			if err != nil {
				return nil, err
			}
			m.runs = append(m.runs, f)
			fmt.Fprintf(os.Stderr, "%-20s %8d rows  %6.2f s CPU  %6.2f s  %4d MiB\n",
				f.Program, f.Rows, f.CPU.Seconds(), f.Wall.Seconds(), f.Peak>>20)
		}
	}
	for _, m := range list {
		if err := p.countFsyncs(ctx, m); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// spawn runs a program in a process of its own, under strace where trace names a
// file for what that counts.
func (p *plan) spawn(ctx context.Context, m *measurement, trace string) (f figures, err error) {
	self, err := os.Executable()
	if err != nil {
		return f, err
	}
	run := func(dsn string) error {
		args := []string{self, "-child", m.program.name, "-rows", strconv.Itoa(m.rows), "-server", dsn}
		if trace != "" {
			args = append([]string{"strace", "-f", "-c", "-e", "trace=fsync,fdatasync", "-o", trace}, args...)
		}
		cmd := exec.CommandContext(ctx, args[0], args[1:]...) //nolint:gosec // this program itself
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, os.Stderr
		if err := cmd.Run(); err != nil {
			return fmt.Errorf("%s: %w", m.program.name, err)
		}
		return json.Unmarshal(out.Bytes(), &f)
	}
	if !m.program.needs {
		return f, run("")
	}
	err = withDatabase(ctx, p.server, func(dsn string) error {
		if err := run(dsn); err != nil {
			return err
		}
		f.Commits, err = commits(ctx, dsn)
		return err
	})
	return f, err
}

// commits is how many transactions a database has seen.
func commits(ctx context.Context, dsn string) (n int64, err error) {
	conn, err := pgx.Connect(ctx, dsn)
	if err != nil {
		return 0, err
	}
	err = conn.QueryRow(ctx, "SELECT xact_commit FROM pg_stat_database WHERE datname = current_database()").Scan(&n)
	return n, errors.Join(err, conn.Close(ctx))
}

// countFsyncs counts those of a process, which are those of its SQLite databases.
func (p *plan) countFsyncs(ctx context.Context, m *measurement) error {
	if !p.fsyncs || m.program.needs || !strings.Contains(m.program.name, "sqlite") {
		return nil
	}
	dir, err := os.MkdirTemp("", "adcimport-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	file := filepath.Join(dir, "strace")
	few := *m
	few.rows = min(m.rows, 50*batchSize)
	if _, err := p.spawn(ctx, &few, file); err != nil {
		return err
	}
	text, err := os.ReadFile(file) //nolint:gosec // in a folder of its own
	if err != nil {
		return err
	}
	calls := 0
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 4 && strings.HasSuffix(f[len(f)-1], "sync") {
			n, _ := strconv.Atoi(f[3])
			calls += n
		}
	}
	m.fsyncs = float64(calls) / float64(few.rows/batchSize)
	return nil
}

// median is that of what is read from each run.
func median[T cmp.Ordered](runs []figures, of func(figures) T) T {
	list := make([]T, len(runs))
	for i, f := range runs {
		list[i] = of(f)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// ratio is the median of the ratios of paired runs.
func ratio(m, base *measurement) float64 {
	list := make([]float64, len(m.runs))
	for i := range m.runs {
		list[i] = float64(m.runs[i].CPU) / float64(base.runs[i].CPU)
	}
	slices.Sort(list)
	return list[len(list)/2]
}

// baseOf is the loop over maps to the same sink.
func baseOf(list []*measurement, m *measurement) *measurement {
	name := "maps"
	if strings.Contains(m.program.name, ">") {
		name = "maps>sqlite"
	}
	at := slices.IndexFunc(list, func(b *measurement) bool { return b.program.name == name && b.rows == m.rows })
	if at < 0 {
		return m
	}
	return list[at]
}

// print writes the table.
func (p *plan) print(list []*measurement) error {
	var t strings.Builder
	t.WriteString("| program | rows | CPU s | ratio | wall s | records/s | peak MiB | mallocs | bytes | " +
		"state, bytes | fsyncs a batch | commits a batch |\n")
	t.WriteString("|" + strings.Repeat("---|", 12) + "\n")
	for _, m := range list {
		each := func(n float64) float64 { return n / float64(m.rows) }
		wall := median(m.runs, func(f figures) time.Duration { return f.Wall })
		records := median(m.runs, func(f figures) int { return f.Records })
		state, commits := "–", "–"
		if n := median(m.runs, func(f figures) int64 { return f.State }); n > 0 {
			state = fmt.Sprintf("%.0f", float64(n)/float64(distinct(m.rows)))
		}
		if n := median(m.runs, func(f figures) int64 { return f.Commits }); n > 0 {
			commits = fmt.Sprintf("%.1f", float64(n)/float64(max(1, m.rows/batchSize)))
		}
		fsyncs := "–"
		if m.fsyncs > 0 {
			fsyncs = fmt.Sprintf("%.1f", m.fsyncs)
		}
		fmt.Fprintf(&t, "| %s | %d | %.2f | %.2f | %.2f | %.0f | %d | %.0f | %.0f | %s | %s | %s |\n", m.program.name, m.rows,
			median(m.runs, func(f figures) time.Duration { return f.CPU }).Seconds(), ratio(m, baseOf(list, m)), wall.Seconds(),
			float64(records)/wall.Seconds(), median(m.runs, func(f figures) int64 { return f.Peak })>>20,
			each(float64(median(m.runs, func(f figures) uint64 { return f.Mallocs }))),
			each(float64(median(m.runs, func(f figures) uint64 { return f.Bytes }))), state, fsyncs, commits)
	}
	_, err := io.WriteString(p.out, t.String())
	return err
}
