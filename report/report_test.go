package report_test

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/report"
)

// write writes a report of run-a of the lab.
type write func(w io.Writer, run *report.Run) error

func asCSV(p report.Part) write {
	return func(w io.Writer, run *report.Run) error { return report.WriteCSV(w, run.Rows, p) }
}

func asJSONL(p report.Part) write {
	return func(w io.Writer, run *report.Run) error { return report.WriteJSONL(w, run.Rows, p) }
}

func TestWrite_golden(t *testing.T) {
	t.Parallel()
	imp := ledgerLab(t).importer(t)
	for name, tt := range map[string]struct {
		retries bool
		write   write
	}{
		"all.csv":          {write: asCSV(report.All)},
		"successes.csv":    {write: asCSV(report.Successes)},
		"failures.csv":     {write: asCSV(report.Failures)},
		"unprocessed.csv":  {write: asCSV(report.Unprocessed)},
		"all.jsonl":        {write: asJSONL(report.All)},
		"failures.jsonl":   {write: asJSONL(report.Failures)},
		"summary.txt":      {write: report.WriteText},
		"retried.csv":      {retries: true, write: asCSV(report.All)},
		"retried.txt":      {retries: true, write: report.WriteText},
		"still-failed.csv": {retries: true, write: asCSV(report.Failures)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run, err := report.Of(t.Context(), imp, "run-a", report.Options{Retries: tt.retries})
			if err != nil {
				t.Fatal(err)
			}
			var b strings.Builder
			if err := tt.write(&b, run); err != nil {
				t.Fatal(err)
			}
			golden(t, name, maskSince(b.String()))
		})
	}
}

// maskSince hides the times of intents, which are the store's clock's: all
// others are of March 4.
func maskSince(text string) string {
	lines := strings.SplitAfter(text, "\n")
	for i, line := range lines {
		if head, _, ok := strings.Cut(line, ",in_flight,,,"); ok {
			lines[i] = head + ",in_flight,,,SINCE\r\n"
		}
	}
	return strings.Join(lines, "")
}

// The three parts are the whole, each record once.
func TestWriteCSV_partsAreTheWhole(t *testing.T) {
	t.Parallel()
	imp := ledgerLab(t).importer(t)
	for _, retries := range []bool{false, true} {
		run, err := report.Of(t.Context(), imp, "retry-2", report.Options{Retries: retries})
		if err != nil {
			t.Fatal(err)
		}
		whole := csvRows(t, run, report.All)
		parts := make(map[string]string)
		for _, part := range []report.Part{report.Successes, report.Failures, report.Unprocessed} {
			for id, row := range csvRows(t, run, part) {
				if _, ok := parts[id]; ok {
					t.Errorf("%s is in two parts", id)
				}
				parts[id] = row
			}
		}
		if diff := cmp.Diff(whole, parts); diff != "" || len(whole) == 0 {
			t.Errorf("retries %t: (-whole +parts):\n%s", retries, diff)
		}
	}
}

// csvRows is the sink's id, action, reason and fields by Alarm.com id.
func csvRows(t *testing.T, run *report.Run, part report.Part) map[string]string {
	t.Helper()
	var b strings.Builder
	if err := report.WriteCSV(&b, run.Rows, part); err != nil {
		t.Fatal(err)
	}
	records, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
	if err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	rows := make(map[string]string)
	for _, r := range records[1:] {
		if _, ok := rows[r[2]]; ok {
			t.Errorf("%s has two rows", r[2])
		}
		rows[r[2]] = strings.Join(r[3:7], "|")
	}
	return rows
}

func TestWrite_refusesAnUnknownPart(t *testing.T) {
	t.Parallel()
	for _, part := range []report.Part{-1, 4} {
		for name, w := range map[string]write{"CSV": asCSV(part), "JSON Lines": asJSONL(part)} {
			var b strings.Builder
			err := w(&b, new(report.Run))
			if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || b.Len() > 0 {
				t.Errorf("%s, part %d gives %v and %q", name, part, err, b.String())
			}
		}
	}
}

func TestWrite_tellsABrokenWriter(t *testing.T) {
	t.Parallel()
	run, err := report.Of(t.Context(), ledgerLab(t).importer(t), "run-a", report.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, w := range map[string]write{"CSV": asCSV(report.All), "JSON Lines": asJSONL(report.All), "text": report.WriteText} {
		if err := w(&brokenWriter{left: 100}, run); !errors.Is(err, errDisk) {
			t.Errorf("%s to a broken writer gives %v", name, err)
		}
	}
}

// A caller's own run needs no rows: a summary alone is a text, and no rows are a
// table without any.
func TestWrite_withoutRows(t *testing.T) {
	t.Parallel()
	run := &report.Run{Summary: adcimport.Summary{
		Link: "acme\x1b[2J", Kind: adcimport.KindUser, RunID: "r", Status: adcimport.StatusCompleted,
	}}
	for name, tt := range map[string]struct {
		write write
		want  string
	}{
		"CSV":        {asCSV(report.All), "run_id,kind,source_id,sink_id,action,reason,fields,at\r\n"},
		"JSON Lines": {asJSONL(report.All), ""},
		"text":       {report.WriteText, "users over link acme\uFFFD[2J\nrun r: completed\nstarted  0001-01-01T00:00:00Z\n"},
	} {
		var b strings.Builder
		if err := tt.write(&b, run); err != nil || !strings.HasPrefix(b.String(), tt.want) {
			t.Errorf("%s: %v, %q", name, err, b.String())
		}
	}
}
