// Statestore is a StateStore of one's own: runs, intents and outcomes in a
// bbolt file (go.etcd.io/bbolt), for importers that run on a single host, one
// process at a time. The file's lock keeps a second process out; hosts that
// share their state use package sqlstore.
//
// Copy store.go and the files it names, keep main_test.go: it holds the store to
// every rule of the contract.
//
//	go run ./examples/statestore
//	go run ./examples/statestore -state state.bolt
//
// The program imports an invented dealer into a sink in memory: the first 300
// customers, then, over the file opened again, the others, then none.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

func main() {
	state := flag.String("state", "", "bbolt file for the state; empty: a temporary one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, *state, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "statestore:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, state string, out io.Writer) error {
	if state == "" {
		dir, err := os.MkdirTemp("", "adcimport-statestore-")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		state = filepath.Join(dir, "state.bolt")
	}
	source := &adcimporttest.Source{Dealer: adcimporttest.NewDealer(7, 500, 0)}
	sink := new(adcimporttest.Sink)
	for _, limit := range []int{300, 0, 0} {
		if err := importOnce(ctx, state, source, sink, limit, out); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(out, "customers in the sink: %d\n", len(sink.Customers()))
	return err
}

// importOnce opens the state, imports and closes it, as a program that is
// started again each time does.
func importOnce(ctx context.Context, state string, source adcimport.Source, sink adcimport.Sink, limit int, out io.Writer) (err error) {
	store, err := Open(state, Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	imp, err := adcimport.New(adcimport.Config{Link: "dealer-1", Source: source, Sink: sink, Store: store})
	if err != nil {
		return err
	}
	var options adcimport.CustomerOptions
	options.Limit = limit
	summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, options)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, summary)
	return err
}
