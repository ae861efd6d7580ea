package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/securitytrax/adcimport"
)

// job is what a program works on: how many rows, and where it may keep files and
// tables of its own.
type job struct {
	rows   int
	dir    string
	server string // a PostgreSQL database of its own; empty: there is none
	clock  *stopwatch
	state  int64 // bytes that its ledger has in the end
}

// program is one way to do the work. It returns how many records it has written.
type program struct {
	name  string
	what  string
	needs bool // PostgreSQL
	run   func(ctx context.Context, j *job) (int, error)
}

func programs() []program {
	return []program{
		{"structs", "loop over structs, no-op sink", false, structsNowhere},
		{"maps", "loop over maps, no-op sink", false, mapsNowhere},
		{"ours", "importer with MemoryStore, no-op sink", false, importer{}.run},
		{"ours+sqlite", "importer with the SQLite ledger, no-op sink", false, importer{ledger: inSQLite}.run},
		{"ours+postgresql", "importer with the PostgreSQL ledger, no-op sink", true, importer{ledger: inPostgreSQL}.run},
		{"dbos", "DBOS Transact, one step a batch, loop over structs, no-op sink", true, dbosSteps},
		{"river", "River, one job a batch, loop over structs, no-op sink", true, riverJobs},
		{"structs>sqlite", "loop over structs, SQLite sink", false, structsTable},
		{"maps>sqlite", "loop over maps, SQLite sink", false, mapsTable},
		{"ours>sqlite", "importer with MemoryStore, SQLite sink", false, importer{table: true}.run},
		{"ours+sqlite>sqlite", "importer with the SQLite ledger, SQLite sink", false, importer{table: true, ledger: inSQLite}.run},
		{"again", "importer with MemoryStore, over known rows", false, importer{again: true}.run},
		{"again+sqlite", "importer with the SQLite ledger, over known rows", false, importer{again: true, ledger: inSQLite}.run},
		{"again+postgresql", "importer with the PostgreSQL ledger, over known rows", true, importer{again: true, ledger: inPostgreSQL}.run},
		{"failures+sqlite", "the same as ours+sqlite, where one row in fifty is invalid", false, importer{ledger: inSQLite, invalid: 2}.run},
		{"filter+sqlite", "the same as ours+sqlite, where a filter takes half of the rows", false, importer{ledger: inSQLite, filter: true}.run},
		{"preview+sqlite", "preview of ours+sqlite", false, importer{ledger: inSQLite, preview: true}.run},
	}
}

func programNamed(name string) (program, error) {
	list := programs()
	at := slices.IndexFunc(list, func(p program) bool { return p.name == name })
	if at < 0 {
		return program{}, fmt.Errorf("there is no program %q", name)
	}
	return list[at], nil
}

func structsNowhere(ctx context.Context, j *job) (n int, err error) {
	j.clock.start()
	err = loopStructs(ctx, 0, j.rows, make(map[string]bool), func(_ context.Context, batch []mapped) error {
		n += len(batch)
		return nil
	})
	return n, err
}

func mapsNowhere(ctx context.Context, j *job) (n int, err error) {
	j.clock.start()
	err = loopMaps(ctx, j.rows, func(_ context.Context, batch []map[string]any) error {
		n += len(batch)
		return nil
	})
	return n, err
}

func structsTable(ctx context.Context, j *job) (n int, err error) {
	t, err := openTable(ctx, j.file("sink.db"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.db.Close()) }()
	j.clock.start()
	err = loopStructs(ctx, 0, j.rows, make(map[string]bool), func(ctx context.Context, batch []mapped) error {
		return t.add(ctx, len(batch), func(i int, args []any) {
			for k := range args {
				args[k] = batch[i][k]
			}
		})
	})
	if err == nil {
		n, err = t.count(ctx)
	}
	return n, err
}

func mapsTable(ctx context.Context, j *job) (n int, err error) {
	t, err := openTable(ctx, j.file("sink.db"))
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.db.Close()) }()
	names := fields()
	j.clock.start()
	err = loopMaps(ctx, j.rows, func(ctx context.Context, batch []map[string]any) error {
		return t.add(ctx, len(batch), func(i int, args []any) {
			for k, name := range names {
				args[k] = batch[i][name]
			}
		})
	})
	if err == nil {
		n, err = t.count(ctx)
	}
	return n, err
}

// importer is a run of the library.
type importer struct {
	ledger  func(ctx context.Context, j *job) (*ledgerDB, error) // nil: MemoryStore
	table   bool                                                 // the sink is in SQLite
	again   bool                                                 // what is measured is a second run, over known rows
	preview bool
	filter  bool
	invalid int
}

func (p importer) run(ctx context.Context, j *job) (n int, err error) {
	empty := new(nowhere)
	w := work{source: source{rows: j.rows, invalid: p.invalid}, sink: empty, store: new(adcimport.MemoryStore)}
	if p.filter {
		w.filter.SubDealerIDs = halfOfSubDealers()
	}
	if p.table {
		t, err := openTable(ctx, j.file("sink.db"))
		if err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, t.db.Close()) }()
		w.sink = t
	}
	var l *ledgerDB
	if p.ledger != nil {
		if l, err = p.ledger(ctx, j); err != nil {
			return 0, err
		}
		defer func() { err = errors.Join(err, l.db.Close()) }()
		w.store = l.store
	}
	if p.again {
		if _, err := w.run(ctx); err != nil {
			return 0, err
		}
	}
	j.clock.start()
	if p.preview {
		return w.preview(ctx)
	}
	s, err := w.run(ctx)
	j.clock.stop()
	if err == nil && l != nil {
		j.state, err = l.size(ctx)
	}
	if err != nil {
		return 0, err
	}
	if p.again {
		return s.Counts.Skipped, nil
	}
	return s.Counts.Created, nil
}

func halfOfSubDealers() []string {
	var list []string
	for i := range 50 {
		list = append(list, fmt.Sprintf("sub%02d", i))
	}
	return list
}

// preview is what the run would do.
func (w *work) preview(ctx context.Context) (n int, err error) {
	imp, err := w.importer()
	if err != nil {
		return 0, err
	}
	p, err := imp.PlanCustomers(w.filter, adcimport.CustomerOptions{})
	if err != nil {
		return 0, err
	}
	for o, err := range p.Outcomes(ctx) {
		if err != nil {
			return n, err
		}
		if o.Action == adcimport.ActionCreated {
			n++
		}
	}
	return n, imp.Close(ctx)
}
