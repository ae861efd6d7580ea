// Bench measures the importer beside hand-written loops and beside programs of
// others, all over the same rows, and prints a table. docs/performance.md says what
// came of it.
//
//	go run ./bench                                   # everything, 1,000,000 rows, 3 rounds
//	go run ./bench -programs maps,ours -rounds 9
//	go run ./bench -programs ours+sqlite -rows 100000,1000000
//	go run ./bench -growth -server "host=127.0.0.1 user=postgres"
//
// Each program runs in a process of its own, in turn with the others, round after
// round. What the table says is the median of the rounds; a ratio is the median of
// those to the loop over maps of the same round and sink, in CPU seconds. A program
// that needs PostgreSQL gets a database of its own, which is dropped afterwards.
package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	set := flag.NewFlagSet("bench", flag.ContinueOnError)
	names := set.String("programs", allNames(), "which, in this order")
	rows := set.String("rows", "1000000", "how many rows; a list: each in turn")
	rounds := set.Int("rounds", 3, "how often each program runs")
	server := set.String("server", "", "PostgreSQL, as postgres://postgres@127.0.0.1:5432/postgres; empty: without")
	fsyncs := set.Bool("fsyncs", false, "count fsyncs, with strace")
	grow := set.Bool("growth", false, "the growth table instead: what calls of a store cost as it fills, up to the largest of -rows")
	of := set.String("child", "", "used by the command itself: run one program")
	profile := set.String("cpuprofile", "", "with -child: write a profile into this file")
	if err := set.Parse(args); err != nil {
		return err
	}
	p := &plan{names: strings.Split(*names, ","), rounds: max(1, *rounds), server: *server, fsyncs: *fsyncs, out: out}
	for part := range strings.SplitSeq(*rows, ",") {
		n, err := strconv.Atoi(part)
		if err != nil || n < batchSize {
			return fmt.Errorf("-rows: %q is no number from %d on", part, batchSize)
		}
		p.rows = append(p.rows, n)
	}
	switch {
	case *of != "":
		return child(ctx, *of, p.rows[0], *server, *profile)
	case *grow:
		return growth(ctx, p)
	}
	list, err := p.takeTurns(ctx)
	if err != nil {
		return err
	}
	return p.print(list)
}

func allNames() string {
	var list []string
	for _, p := range programs() {
		list = append(list, p.name)
	}
	return strings.Join(list, ",")
}
