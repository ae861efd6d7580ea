// Mapping shows how a dealer's own rules are tried out, used and corrected: a
// mapping with custom attributes from a JSON file, the explanation of one
// record, a preview, an import with failures, the list of them, their repair,
// and the report in the end. Everything is in memory.
//
//	go run ./examples/mapping
package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/report"
)

// mappingFile is what a dealer would keep and edit.
//
//go:embed mapping.json
var mappingFile []byte

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "mapping:", err)
		os.Exit(1)
	}
}

// tour is the state of the program.
type tour struct {
	out     io.Writer
	account *adcimporttest.Source
	sink    *adcimporttest.Sink
	imp     *adcimport.Importer
	options adcimport.CustomerOptions
	first   string // id of the first run
	failed  error  // of writing to out
}

func run(ctx context.Context, out io.Writer) error {
	t := &tour{out: out, account: &adcimporttest.Source{Dealer: account()}, sink: &adcimporttest.Sink{Strict: true}}
	t.sink.Choices.Offices = []adcimport.Choice{{ID: "12", Name: "Provo"}}
	t.options.OfficeID = "12"
	rules, err := adcimport.ParseMapping(mappingFile)
	if err != nil {
		return err
	}
	runs := 0
	t.imp, err = adcimport.New(adcimport.Config{
		Link: "provo", Source: source{t.account}, Sink: t.sink, Store: new(adcimport.MemoryStore),
		CustomerMapping: rules,
		NewID:           func() string { runs++; return fmt.Sprintf("run-%d", runs) },
	})
	if err != nil {
		return err
	}
	for _, step := range []func(context.Context) error{t.explain, t.preview, t.importAll, t.failures, t.retry, t.report} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return errors.Join(t.failed, t.imp.Close(ctx))
}

// say writes to the terminal and keeps the first error.
func (t *tour) say(format string, args ...any) {
	if _, err := fmt.Fprintf(t.out, format, args...); t.failed == nil {
		t.failed = err
	}
}

func (t *tour) title(text string) { t.say("\n== %s\n\n", text) }

// explain shows rule by rule what becomes of one record, without its values.
func (t *tour) explain(ctx context.Context) error {
	t.title("What the mapping makes of customer 1002, and why")
	e, err := t.imp.ExplainCustomer(ctx, "1002", adcimport.ExplainOptions{})
	if err != nil {
		return err
	}
	t.say("%s", e)
	return nil
}

// preview shows the whole run before anything is written.
func (t *tour) preview(ctx context.Context) error {
	t.title("What an import would do")
	plan, err := t.imp.PlanCustomers(adcimport.CustomerFilter{}, t.options)
	if err != nil {
		return err
	}
	return report.WritePreview(ctx, t.out, plan)
}

func (t *tour) importAll(ctx context.Context) error {
	t.title("The import")
	s, err := t.imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, t.options)
	if err != nil {
		return err
	}
	t.first = s.RunID
	t.say("%s\n", s)
	for _, c := range t.sink.Customers() {
		t.say("%s: %q, %q\n", c.Record.AlarmComID, c.Record.Custom["panel"], c.Record.Custom["service_package"])
	}
	return nil
}

func (t *tour) failures(ctx context.Context) error {
	t.title("The work list, as CSV")
	run, err := report.Of(ctx, t.imp, t.first, report.Options{})
	if err != nil {
		return err
	}
	return report.WriteCSV(t.out, run.Rows, report.Failures)
}

// retry takes the failed records alone, after somebody worked on them.
func (t *tour) retry(ctx context.Context) error {
	t.title("Two of three are repaired, and all three tried again")
	t.account.Update(repair)
	again, err := t.imp.StartRetryFailed(ctx, t.first)
	if err != nil {
		return err
	}
	s, err := again.Wait(ctx)
	if err != nil {
		return err
	}
	t.say("%s\n", s)
	return nil
}

// report shows where the first run's records stand now.
func (t *tour) report(ctx context.Context) error {
	t.title("Where it stands now")
	run, err := report.Of(ctx, t.imp, t.first, report.Options{Retries: true})
	if err != nil {
		return err
	}
	if err := report.WriteText(t.out, run); err != nil {
		return err
	}
	t.title("The ledger, as CSV")
	return report.WriteCSV(t.out, run.Rows, report.All)
}
