package adcimport_test

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// ledgerLab holds a run with every kind of row, two retries of it, records in
// flight, and a run of the other kind.
func ledgerLab(t *testing.T) *lab {
	t.Helper()
	l := newLab(new(adcimporttest.Dealer))
	at := time.Date(2026, 3, 4, 5, 6, 7, 891, time.FixedZone("", -7*3600))
	fields := []adcimport.FieldError{{Field: "Phone1", Rule: "is required"}, {Field: "State", Rule: `must be one of "72", really`}}
	out := func(id, sinkID string, a adcimport.Action, r adcimport.Reason, f ...adcimport.FieldError) adcimport.Outcome {
		at = at.Add(time.Second)
		return adcimport.Outcome{SourceID: id, SinkID: sinkID, Action: a, Reason: r, Fields: f, At: at}
	}
	l.ledger(t, "run-a", "", adcimport.Counts{Read: 13, Created: 1, Linked: 1, Updated: 1, Unchanged: 1, Skipped: 5, Failed: 4},
		map[adcimport.Reason]int{
			adcimport.ReasonAlreadyImported: 2, adcimport.ReasonDuplicateInSource: 1, adcimport.ReasonFilteredOut: 2,
			adcimport.ReasonInvalidRecord: 2, adcimport.ReasonInDoubt: 1, adcimport.ReasonRejectedBySink: 1,
		},
		out("1", "91", adcimport.ActionCreated, ""),
		out("2", "92", adcimport.ActionLinked, ""),
		out("3", "93", adcimport.ActionUpdated, ""),
		out("4", "94", adcimport.ActionUnchanged, ""),
		out("5", "", adcimport.ActionSkipped, adcimport.ReasonFilteredOut),
		out("6", "", adcimport.ActionSkipped, adcimport.ReasonFilteredOut),
		out("7", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields...),
		out("8", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields[0]),
		out("9", "", adcimport.ActionFailed, adcimport.ReasonInDoubt),
		out("=1+1", "", adcimport.ActionFailed, adcimport.ReasonRejectedBySink),
	)
	l.ledger(t, "retry-1", "run-a", adcimport.Counts{Read: 4, Created: 1, Failed: 3}, map[adcimport.Reason]int{adcimport.ReasonInvalidRecord: 3},
		out("7", "97", adcimport.ActionCreated, ""),
		out("8", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields[1]),
		out("=1+1", "", adcimport.ActionFailed, adcimport.ReasonInvalidRecord, fields[1]),
	)
	l.ledger(t, "retry-2", "retry-1", adcimport.Counts{Read: 2, Linked: 1, Failed: 1}, map[adcimport.Reason]int{adcimport.ReasonSourceNotFound: 1},
		out("8", "98", adcimport.ActionLinked, ""),
		out("7", "", adcimport.ActionFailed, adcimport.ReasonSourceNotFound), // done stays done
	)
	lease := l.acquire(t, adcimport.KindCustomer, "retry-2", "")
	if _, err := l.store.Intend(t.Context(), lease, []adcimport.Intent{{ID: "9", Unpark: true}, {ID: "14"}}); err != nil {
		t.Fatal(err)
	}
	lease = l.acquire(t, adcimport.KindUser, "users", "")
	if err := l.store.Commit(t.Context(), lease, adcimport.Commit{Outcomes: []adcimport.Outcome{out("7", "u7", adcimport.ActionCreated, "")}}); err != nil {
		t.Fatal(err)
	}
	return l
}

func (l *lab) acquire(t *testing.T, k adcimport.Kind, runID, retryOf string) adcimport.Lease {
	t.Helper()
	started := time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)
	filter := `{"v":1,"filter":{}}`
	if retryOf != "" {
		filter = fmt.Sprintf(`{"v":1,"filter":{},"retry_of":%q}`, retryOf)
	}
	lease, err := l.store.Acquire(t.Context(), adcimport.LeaseRequest{
		Link: "acme", Kind: k, RunID: runID, Owner: "test", TTL: time.Minute,
		State: adcimport.RunState{
			Summary: adcimport.Summary{RunID: runID, Link: "acme", Kind: k, Started: started},
			Filter:  []byte(filter), Options: []byte(`{"v":1,"options":{},"mapping":""}`),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return lease
}

func (l *lab) ledger(t *testing.T, runID, retryOf string, c adcimport.Counts, by map[adcimport.Reason]int, outs ...adcimport.Outcome) {
	t.Helper()
	lease := l.acquire(t, adcimport.KindCustomer, runID, retryOf)
	if err := l.store.Commit(t.Context(), lease, adcimport.Commit{Outcomes: outs, Counts: c, ByReason: by}); err != nil {
		t.Fatal(err)
	}
	st, err := l.store.Run(t.Context(), runID)
	if err != nil {
		t.Fatal(err)
	}
	st.Status, st.Finished = adcimport.StatusCompleted, st.Started.Add(90*time.Second)
	st.Warnings = []string{"rule 3 (Phone1) matched 0 of 13 records"}
	if err := l.store.Release(t.Context(), lease, st); err != nil {
		t.Fatal(err)
	}
}

func TestWriteReport_golden(t *testing.T) {
	t.Parallel()
	l := ledgerLab(t)
	imp := l.importer(t)
	for name, o := range map[string]adcimport.ReportOptions{
		"all.csv":          {},
		"successes.csv":    {Part: adcimport.ReportSuccesses},
		"failures.csv":     {Part: adcimport.ReportFailures},
		"unprocessed.csv":  {Part: adcimport.ReportUnprocessed},
		"all.jsonl":        {Format: adcimport.ReportJSON},
		"failures.jsonl":   {Format: adcimport.ReportJSON, Part: adcimport.ReportFailures},
		"summary.txt":      {Format: adcimport.ReportText},
		"retried.csv":      {Retries: true},
		"retried.txt":      {Format: adcimport.ReportText, Retries: true},
		"still-failed.csv": {Part: adcimport.ReportFailures, Retries: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := imp.WriteReport(t.Context(), &b, "run-a", o); err != nil {
				t.Fatal(err)
			}
			golden(t, "report/"+name, maskSince(b.String()))
		})
	}
}

// maskSince hides the times of intents, which are the store's clock's: all
// others are of March 4.
func maskSince(report string) string {
	lines := strings.SplitAfter(report, "\n")
	for i, line := range lines {
		if head, _, ok := strings.Cut(line, ",in_flight,,,"); ok {
			lines[i] = head + ",in_flight,,,SINCE\r\n"
		}
	}
	return strings.Join(lines, "")
}

// The three parts are the whole, each record once.
func TestWriteReport_partsAreTheWhole(t *testing.T) {
	t.Parallel()
	l := ledgerLab(t)
	imp := l.importer(t)
	for _, retries := range []bool{false, true} {
		whole := csvRows(t, imp, "retry-2", adcimport.ReportOptions{Retries: retries})
		parts := make(map[string]string)
		for _, part := range []adcimport.ReportPart{adcimport.ReportSuccesses, adcimport.ReportFailures, adcimport.ReportUnprocessed} {
			for id, row := range csvRows(t, imp, "retry-2", adcimport.ReportOptions{Part: part, Retries: retries}) {
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

// csvRows is a report by Alarm.com id.
func csvRows(t *testing.T, imp *adcimport.Importer, runID string, o adcimport.ReportOptions) map[string]string {
	t.Helper()
	var b strings.Builder
	if err := imp.WriteReport(t.Context(), &b, runID, o); err != nil {
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

func TestWriteReport_refuses(t *testing.T) {
	t.Parallel()
	l := ledgerLab(t)
	imp := l.importer(t)
	for _, o := range []adcimport.ReportOptions{{Format: 3}, {Format: -1}, {Part: 4}, {Part: -1}} {
		err := imp.WriteReport(t.Context(), io.Discard, "run-a", o)
		if _, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok {
			t.Errorf("%+v gives %v", o, err)
		}
	}
	if err := imp.WriteReport(t.Context(), io.Discard, "nobody", adcimport.ReportOptions{}); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("an unknown run gives %v", err)
	}
	l.cfg.Link = "other"
	if err := l.importer(t).WriteReport(t.Context(), io.Discard, "run-a", adcimport.ReportOptions{}); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("another link's run gives %v", err)
	}
	for _, format := range []adcimport.ReportFormat{adcimport.ReportCSV, adcimport.ReportJSON, adcimport.ReportText} {
		o := adcimport.ReportOptions{Format: format}
		if err := imp.WriteReport(t.Context(), &brokenWriter{left: 100}, "run-a", o); !errors.Is(err, errDisk) {
			t.Errorf("format %d to a broken writer gives %v", format, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := imp.WriteReport(ctx, io.Discard, "run-a", o); !errors.Is(err, context.Canceled) {
			t.Errorf("format %d, canceled, gives %v", format, err)
		}
	}
}

// longStore has a ledger that is made while it is read, and fails at its end.
type longStore struct {
	*adcimport.MemoryStore
	rows    int
	written func() int
	late    int // rows that were read before anything was written
}

func (s *longStore) Outcomes(context.Context, string) iter.Seq2[adcimport.Outcome, error] {
	return func(yield func(adcimport.Outcome, error) bool) {
		for i := range s.rows {
			if s.written() == 0 {
				s.late++
			}
			if !yield(adcimport.Outcome{SourceID: strconv.Itoa(i), Action: adcimport.ActionFailed}, nil) {
				return
			}
		}
		yield(adcimport.Outcome{}, errDisk)
	}
}

// A report goes out as it is read: a ledger need not fit into memory.
func TestWriteReport_streams(t *testing.T) {
	t.Parallel()
	for _, format := range []adcimport.ReportFormat{adcimport.ReportCSV, adcimport.ReportJSON} {
		l := ledgerLab(t)
		var b strings.Builder
		store := &longStore{MemoryStore: l.store, rows: 50_000, written: b.Len}
		l.cfg.Store = store
		err := l.importer(t).WriteReport(t.Context(), &b, "run-a", adcimport.ReportOptions{Format: format})
		if !errors.Is(err, errDisk) {
			t.Errorf("a store that breaks gives %v", err)
		}
		if store.late > 1000 || strings.Count(b.String(), "\n") < 50_000 {
			t.Errorf("format %d: %d rows were read before one was written; %d lines", format, store.late, strings.Count(b.String(), "\n"))
		}
	}
}

func TestPrune(t *testing.T) {
	t.Parallel()
	l := ledgerLab(t)
	imp := l.importer(t)
	finished := time.Date(2026, 3, 4, 12, 1, 30, 0, time.UTC)
	if n, err := imp.Prune(t.Context(), finished); n != 0 || err != nil {
		t.Errorf("runs of that very moment: %d pruned, %v", n, err)
	}
	if n, err := imp.Prune(t.Context(), finished.Add(time.Second)); n != 2 || err != nil {
		t.Errorf("%d pruned, %v; want run-a and retry-1, but not the one at work", n, err)
	}
	if err := imp.WriteReport(t.Context(), io.Discard, "run-a", adcimport.ReportOptions{}); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("the report on a pruned run gives %v", err)
	}
	known, err := l.store.Known(t.Context(), "acme", adcimport.KindCustomer, []string{"1", "5", "7"})
	if err != nil || len(known) != 2 {
		t.Errorf("known afterwards: %v, %v", known, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := imp.Prune(ctx, finished); !errors.Is(err, context.Canceled) {
		t.Errorf("canceled gives %v", err)
	}
}

// FuzzWriteReport: whatever ids and rules hold, a CSV has the rows and the cells
// that went in, and none that a spreadsheet computes.
func FuzzWriteReport(f *testing.F) {
	for _, s := range []string{"1042", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1", "'=1", `a"b`, "a,b", "a\r\nb", " a ", "", "é", "\xff"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, id, rule string) {
		if id == "" {
			return // an empty id shares its row with others
		}
		l := newLab(new(adcimporttest.Dealer))
		l.ledger(t, "run-f", "", adcimport.Counts{Read: 1, Failed: 1}, nil, adcimport.Outcome{
			SourceID: id, SinkID: rule, Action: adcimport.ActionFailed, Fields: []adcimport.FieldError{{Field: rule, Rule: id}},
		})
		var b strings.Builder
		if err := l.importer(t).WriteReport(t.Context(), &b, "run-f", adcimport.ReportOptions{}); err != nil {
			t.Fatal(err)
		}
		rows, err := parseCRLF(b.String())
		if err != nil || len(rows) != 2 {
			t.Fatalf("%d rows, %v:\n%q", len(rows), err, b.String())
		}
		got := []string{plain(t, rows[1][2]), plain(t, rows[1][3]), plain(t, rows[1][6])}
		if diff := cmp.Diff([]string{id, rule, rule + ": " + id}, got); diff != "" {
			t.Errorf("cells (-want +got):\n%s", diff)
		}
	})
}

// plain takes away the apostrophe, and wants it where it must be.
func plain(t *testing.T, cell string) string {
	t.Helper()
	if rest, ok := strings.CutPrefix(cell, "'"); ok {
		return rest
	}
	if strings.IndexAny(cell, "=+-@\t\r\n＝＋－＠") == 0 {
		t.Errorf("a spreadsheet computes %q", cell)
	}
	return cell
}

// parseCRLF is RFC 4180 to the letter: encoding/csv takes line ends inside of
// cells for its own.
func parseCRLF(s string) (rows [][]string, err error) {
	for s != "" {
		var row []string
		for {
			var cell string
			if cell, s, err = parseCell(s); err != nil {
				return nil, err
			}
			row = append(row, cell)
			if rest, ok := strings.CutPrefix(s, ","); ok {
				s = rest
				continue
			}
			break
		}
		var ok bool
		if s, ok = strings.CutPrefix(s, "\r\n"); !ok {
			return nil, fmt.Errorf("row %d does not end in CRLF but in %q", len(rows), s)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func parseCell(s string) (cell, rest string, err error) {
	if !strings.HasPrefix(s, `"`) {
		end := strings.IndexAny(s, ",\r\n\"")
		if end < 0 || s[end] == '"' {
			return "", "", fmt.Errorf("bare cell in %q", s)
		}
		return s[:end], s[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] != '"':
			b.WriteByte(s[i])
		case i+1 < len(s) && s[i+1] == '"':
			b.WriteByte('"')
			i++
		default:
			return b.String(), s[i+1:], nil
		}
	}
	return "", "", errors.New("a quoted cell has no end")
}
