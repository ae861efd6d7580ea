package main

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
)

// testRows are few, and enough for rows that repeat others near by and far away.
const testRows = 2 * batchSize

// Each program does the whole work, and only once: what is compared is the same.
func TestPrograms_doTheSame(t *testing.T) {
	t.Parallel()
	halves := map[string]bool{"filter+sqlite": true}
	for _, p := range programs() {
		t.Run(p.name, func(t *testing.T) {
			t.Parallel()
			run := func(dsn string) error {
				f, err := measure(t.Context(), p, testRows, dsn, "")
				if err != nil {
					return err
				}
				want := distinct(testRows)
				switch {
				case strings.HasPrefix(p.name, "again"):
					want = testRows
				case strings.HasPrefix(p.name, "failures"):
					want = f.Records // less than all, and not none
					if f.Records <= want/2 || f.Records >= distinct(testRows) {
						t.Errorf("%d records", f.Records)
					}
				case halves[p.name]:
					want = f.Records
					if f.Records < testRows/3 || f.Records > 2*testRows/3 {
						t.Errorf("%d records", f.Records)
					}
				}
				if f.Records != want || f.Mallocs == 0 || f.Peak == 0 || f.Wall <= 0 {
					t.Errorf("%+v; want %d records", f, want)
				}
				return nil
			}
			if !p.needs {
				if err := run(""); err != nil {
					t.Fatal(err)
				}
				return
			}
			if err := withDatabase(t.Context(), testServer(t), run); err != nil {
				t.Fatal(err)
			}
		})
	}
}

// testServer is the PostgreSQL of the tests.
func testServer(t *testing.T) string {
	t.Helper()
	const server = "postgres://postgres@127.0.0.1:5432/postgres?sslmode=disable"
	conn, err := pgx.Connect(t.Context(), server)
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip("no PostgreSQL on 127.0.0.1:5432")
	}
	if err := conn.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return server
}

// The three ways to map a row come to the same values.
func TestMappings_agree(t *testing.T) {
	t.Parallel()
	file := t.TempDir()
	j := &job{rows: batchSize, dir: file, clock: new(stopwatch)}
	dump := func(run func(context.Context, *job) (int, error)) string {
		t.Helper()
		j.dir = t.TempDir()
		if _, err := run(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		db, err := openSQLite(j.file("sink.db"))
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = db.Close() }()
		var rows string
		err = db.QueryRowContext(t.Context(), "SELECT group_concat("+strings.Join(fields(), "||'|'||")+", char(10)) FROM (SELECT * FROM customers ORDER BY id)").
			Scan(&rows)
		if err != nil {
			t.Fatal(err)
		}
		return rows
	}
	structs := dump(structsTable)
	if maps := dump(mapsTable); maps != structs || strings.Count(maps, "\n") != distinct(batchSize)-1 {
		t.Error("the loops over maps and over structs write different rows")
	}
	if ours := dump(importer{table: true}.run); ours != structs {
		t.Error("the importer writes other rows than the loops")
	}
}

func TestIDs(t *testing.T) {
	t.Parallel()
	const n = 100_000
	seen := make(map[int]bool)
	for i := range n {
		if id := idOf(i); id > i {
			t.Fatalf("row %d repeats the later row %d", i, id)
		}
		seen[idOf(i)] = true
	}
	if len(seen) != distinct(n) {
		t.Errorf("%d distinct ids, want %d", len(seen), distinct(n))
	}
}

func TestTable(t *testing.T) {
	t.Parallel()
	maps, err := programNamed("maps")
	if err != nil {
		t.Fatal(err)
	}
	ours, err := programNamed("ours")
	if err != nil {
		t.Fatal(err)
	}
	one := figures{CPU: 2e9, Wall: 4e9, Records: 975, Peak: 1 << 24, Mallocs: 5000, Bytes: 10_000}
	two := one
	two.CPU = 3e9
	list := []*measurement{
		{program: maps, rows: 1000, runs: []figures{one, one, one}},
		{program: ours, rows: 1000, runs: []figures{two, two, two}},
	}
	var out bytes.Buffer
	if err := (&plan{out: &out}).print(list); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| maps | 1000 | 2.00 | 1.00 | 4.00 | 244 | 16 | 5 | 10 |", "| ours | 1000 | 3.00 | 1.50 | 4.00 | 244 | 16 | 5 | 10 |",
	} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no line %q in\n%s", want, out.String())
		}
	}
}

func TestGrowth(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	if err := run(t.Context(), []string{"-growth", "-rows", "1000"}, &out); err != nil {
		t.Fatal(err)
	}
	if got := strings.Count(out.String(), "\n"); got != len(calls())+3 {
		t.Errorf("%d lines:\n%s", got, out.String())
	}
}

func TestArguments_refused(t *testing.T) {
	t.Parallel()
	for _, args := range [][]string{{"-rows", "ten"}, {"-rows", "10"}, {"-programs", "none"}, {"-child", "none"}} {
		if err := run(t.Context(), args, new(bytes.Buffer)); err == nil {
			t.Errorf("%v: no error", args)
		}
	}
}
