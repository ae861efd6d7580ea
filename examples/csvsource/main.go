// Csvsource is a Source of one's own: a roster of customers and users that was
// exported to CSV files, for a dealer whose account cannot be read over the
// network, or whose list was put right by hand before.
//
// Copy source.go and the files it names, put your columns into columns.go, and
// keep main_test.go: it holds the source to every rule of the contract.
//
//	go run ./examples/csvsource -customers examples/csvsource/testdata/customers.csv \
//	    -users examples/csvsource/testdata/users.csv
//
// The program previews the import: what would be created, and what would be left
// out or fail, and why. It writes nothing; to import, give adcimport.New the sink
// of package securitytrax, a store of package sqlstore, and call
// Plan.Start after a look at the preview.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"os"
	"os/signal"
	"path/filepath"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// settings are the program's flags.
type settings struct{ customers, users, ids, subDealers string }

func main() {
	var s settings
	flag.StringVar(&s.customers, "customers", "", "CSV file of customers")
	flag.StringVar(&s.users, "users", "", "CSV file of users")
	flag.StringVar(&s.ids, "ids", "", "only these customers, as in 12,34 (SPEC F1)")
	flag.StringVar(&s.subDealers, "sub-dealers", "", "only these sub-dealers, as in 12,34 (SPEC F2, F5)")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, s, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "csvsource:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, s settings, out io.Writer) error {
	ids, err := adcimport.ParseIDs(s.ids)
	if err != nil {
		return err
	}
	subDealers, err := adcimport.ParseIDs(s.subDealers)
	if err != nil {
		return err
	}
	source, err := openFiles(s)
	if err != nil {
		return err
	}
	sink := &adcimporttest.Sink{Strict: true, Choices: adcimporttest.SinkChoices{
		Offices: []adcimport.Choice{{ID: "1"}}, PermissionGroups: []adcimport.Choice{{ID: "1"}},
	}}
	imp, err := adcimport.New(adcimport.Config{Link: "roster", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		return err
	}
	if s.customers != "" {
		f := adcimport.CustomerFilter{CustomerIDs: ids, SubDealerIDs: subDealers}
		plan, err := imp.PlanCustomers(f, adcimport.CustomerOptions{OfficeID: "1"})
		if err != nil {
			return err
		}
		if err := show(out, plan.Outcomes(ctx)); err != nil {
			return err
		}
	}
	if s.users == "" {
		return nil
	}
	plan, err := imp.PlanUsers(adcimport.UserFilter{SubDealerIDs: subDealers}, adcimport.UserOptions{PermissionGroupID: "1"})
	if err != nil {
		return err
	}
	return show(out, plan.Outcomes(ctx))
}

// openFiles reads the files that are given. They are needed no longer than that.
func openFiles(s settings) (*Source, error) {
	var readers [2]io.Reader
	for i, path := range []string{s.customers, s.users} {
		if path == "" {
			continue
		}
		f, err := os.Open(filepath.Clean(path))
		if err != nil {
			return nil, err
		}
		defer func() { _ = f.Close() }() // it was only read
		readers[i] = f
	}
	if readers == [2]io.Reader{} {
		return nil, errors.New("give -customers, -users or both")
	}
	return New(readers[0], readers[1], Options{})
}

// show prints one line for each record: ids, codes and rules, no values.
func show(out io.Writer, outcomes iter.Seq2[adcimport.Outcome, error]) error {
	for o, err := range outcomes {
		if err != nil {
			return err
		}
		var line strings.Builder
		fmt.Fprintf(&line, "%s %s: %s", o.Kind, o.SourceID, o.Action)
		if o.Reason != "" {
			fmt.Fprintf(&line, " (%s)", o.Reason)
		}
		for _, f := range o.Fields {
			fmt.Fprintf(&line, "; %s %s", f.Field, f.Rule)
		}
		if _, err := fmt.Fprintln(out, &line); err != nil {
			return err
		}
	}
	return nil
}
