package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// growing is a store that fills, with a run under way. Nobody tells the database
// how large its tables are.
type growing struct {
	store adcimport.StateStore
	lease ledger.Lease
	seq   int64
	known int // records with the ids up to here
	bad   int // those that failed
}

// costPrint is a fingerprint as the importer makes them.
const costPrint = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"

func knownID(i int) string { return strconv.Itoa(10_000_000 + i) }
func badID(i int) string   { return "bad-" + strconv.Itoa(i) }

func (g *growing) begin(ctx context.Context) (err error) {
	g.lease, err = g.store.Acquire(ctx, ledger.LeaseRequest{
		Scope: ledger.Scope{Account: "bench", Kind: ledger.KindCustomer}, Link: "bench", RunID: "run-1", Owner: "bench", TTL: time.Hour,
	})
	return err
}

func (g *growing) commit(ctx context.Context, c ledger.Commit) error {
	g.seq++
	c.Seq = g.seq
	_, err := g.store.Commit(ctx, g.lease, c)
	return err
}

// create commits a batch of new records, and intends the next one, as a run does.
func (g *growing) create(ctx context.Context) error {
	c := ledger.Commit{Tally: ledger.Tally{Counts: ledger.Counts{Read: g.known + batchSize, Created: g.known + batchSize}}}
	for range batchSize {
		id := knownID(g.known)
		c.Outcomes = append(c.Outcomes, ledger.Outcome{SourceID: id, SinkID: id, Action: ledger.ActionCreated, At: time.Now()})
		c.Records = append(c.Records, ledger.Record{ID: id, Known: true, SinkID: id, Fingerprint: costPrint})
		c.Intents = append(c.Intents, ledger.Intent{ID: knownID(g.known + batchSize), Fingerprint: costPrint})
		g.known++
	}
	return g.commit(ctx, c)
}

// fail commits a batch of records that failed.
func (g *growing) fail(ctx context.Context) error {
	c := ledger.Commit{}
	for range batchSize {
		id := badID(g.bad)
		c.Outcomes = append(c.Outcomes, ledger.Outcome{
			SourceID: id, Action: ledger.ActionFailed, Reason: ledger.ReasonRejectedBySink, At: time.Now(),
		})
		c.Records = append(c.Records, ledger.Record{ID: id, State: ledger.StateFailed, Attempts: 1})
		g.bad++
	}
	return g.commit(ctx, c)
}

func (g *growing) look(ctx context.Context, id func(i int) string) error {
	ids := make([]string, batchSize)
	for i := range ids {
		ids[i] = id(i)
	}
	_, err := g.store.Records(ctx, g.lease.Scope, g.lease.RunID, ids)
	return err
}

// call is one that is measured.
type call struct {
	name string
	do   func(ctx context.Context, g *growing) error
}

func calls() []call {
	list := func(q ledger.Query) func(context.Context, *growing) error {
		return func(ctx context.Context, g *growing) error {
			for _, err := range g.store.List(ctx, g.lease.Scope, q) {
				if err != nil {
					return err
				}
			}
			return nil
		}
	}
	return []call{
		{"Records, 1,000 known", func(ctx context.Context, g *growing) error {
			return g.look(ctx, func(i int) string { return knownID(i * (g.known / batchSize)) })
		}},
		{"Records, 1,000 not known", func(ctx context.Context, g *growing) error {
			return g.look(ctx, func(i int) string { return "new-" + strconv.Itoa(i) })
		}},
		{"Commit, 1,000 created and 1,000 intended", func(ctx context.Context, g *growing) error { return g.create(ctx) }},
		{"Commit, 1,000 failed", func(ctx context.Context, g *growing) error { return g.fail(ctx) }},
		{"Commit, nothing but a place", func(ctx context.Context, g *growing) error {
			return g.commit(ctx, ledger.Commit{Cursor: new(ledger.Cursor)})
		}},
		{"Renew", func(ctx context.Context, g *growing) error {
			_, err := g.store.Renew(ctx, g.lease)
			return err
		}},
		{"List, the newest 100", list(ledger.Query{Newest: true, Limit: 100})},
		{"List, the first 100 exceptions", list(ledger.Query{Limit: 100})},
	}
}

// measureCalls is the median time of each call.
func (g *growing) measureCalls(ctx context.Context) ([]time.Duration, error) {
	const times = 15
	var medians []time.Duration
	for _, c := range calls() {
		var list []time.Duration
		for range times {
			began := time.Now()
			if err := c.do(ctx, g); err != nil {
				return nil, fmt.Errorf("%s: %w", c.name, err)
			}
			list = append(list, time.Since(began))
		}
		slices.Sort(list)
		medians = append(medians, list[times/2])
	}
	return medians, nil
}

// growth prints what calls cost at sizes that grow tenfold.
func growth(ctx context.Context, p *plan) error {
	dir, err := os.MkdirTemp("", "adcimport-bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if err := p.grow(ctx, "SQLite", &job{dir: dir}, inSQLite); err != nil {
		return err
	}
	if p.server == "" {
		return nil
	}
	return withDatabase(ctx, p.server, func(dsn string) error {
		return p.grow(ctx, "PostgreSQL", &job{server: dsn}, inPostgreSQL)
	})
}

func (p *plan) grow(ctx context.Context, name string, j *job, open func(context.Context, *job) (*ledgerDB, error)) (err error) {
	l, err := open(ctx, j)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.db.Close()) }()
	g := &growing{store: l.store}
	if err := g.begin(ctx); err != nil {
		return err
	}
	var sizes []int
	var measured [][]time.Duration
	for size := batchSize; size <= slices.Max(p.rows); size *= 10 {
		for g.known < size {
			if err := g.create(ctx); err != nil {
				return err
			}
		}
		medians, err := g.measureCalls(ctx)
		if err != nil {
			return err
		}
		sizes, measured = append(sizes, size), append(measured, medians)
	}
	var t strings.Builder
	fmt.Fprintf(&t, "\n| %s, ms a call with so many known records |", name)
	for _, size := range sizes {
		fmt.Fprintf(&t, " %d |", size)
	}
	t.WriteString("\n|---|" + strings.Repeat("---|", len(sizes)))
	for i, c := range calls() {
		fmt.Fprintf(&t, "\n| %s |", c.name)
		for _, medians := range measured {
			fmt.Fprintf(&t, " %.1f |", float64(medians[i].Microseconds())/1000)
		}
	}
	t.WriteString("\n")
	_, err = io.WriteString(p.out, t.String())
	return err
}
