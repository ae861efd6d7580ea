package adcimport_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/report"
)

// fault 77: the rows of records without a usable id add up, in the list and in the
// report, also after a resumption and a retry.
func TestFault77_recordsWithoutAUsableIDAddUp(t *testing.T) {
	t.Parallel()
	for name, spoiled := range map[string]map[int]string{
		"none":                {},
		"one":                 {3: ""},
		"several on a page":   {3: "", 4: "", 5: ""},
		"on several pages":    {3: "", 12: "", 25: "", 26: ""},
		"of several kinds":    {0: "", 1: "a\x00", 17: "\xff", 29: ""},
		"everybody on a page": {10: "", 11: "", 12: "", 13: "", 14: "", 15: "", 16: "", 17: "", 18: "", 19: ""},
	} {
		for _, stop := range []int{0, 15} {
			t.Run(fmt.Sprint(name, stop), func(t *testing.T) {
				t.Parallel()
				r := newRig(30)
				ids := idsUpTo(30)
				for i, id := range spoiled {
					ids[i] = id
				}
				list := pagesOf(ids[:10], ids[10:20], ids[20:])
				list.pages[0].Items[7].LastName = "\xff" // fails with an id, for the same reason
				r.cfg.Source = adcimport.CustomersOnly(list)
				imp := r.importer(t)
				n, runID := 0, ""
				for o, err := range imp.ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
					if err != nil {
						t.Fatal(err)
					}
					if n, runID = n+1, o.RunID; n == stop {
						break
					}
				}
				checkRows := func(o report.Options) {
					t.Helper()
					run, err := report.Of(t.Context(), imp, runID, o)
					if err != nil {
						t.Fatal(err)
					}
					var rows adcimport.Counts
					for row, err := range run.Rows {
						if err != nil {
							t.Fatal(err)
						}
						rows.Add(row.Action)
					}
					if diff := cmp.Diff(run.Summary.Counts, rows); diff != "" {
						t.Errorf("%+v (-counts +rows):\n%s", o, diff)
					}
				}
				checkRows(report.Options{})
				if stop > 0 {
					if s, err := imp.Resume(t.Context(), runID); err != nil || s.Counts.Read != 30 {
						t.Fatal(s, err)
					}
					checkRows(report.Options{})
				}
				list.pages[0].Items[7].LastName = "Mended"
				if s, err := imp.RetryFailed(t.Context(), runID); err != nil || s.Counts.Created != 1 {
					t.Fatal(s, err)
				}
				checkRows(report.Options{Retries: true})
			})
		}
	}
}

// fault 77: a record that failed, and that a later import brought in, leaves the work
// list when the failed ones are tried again.
func TestFault77_retryAfterALaterImportLeavesTheWorkList(t *testing.T) {
	t.Parallel()
	for name, between := range map[string]func(context.Context, *adcimport.Importer) error{
		"an import of all": func(ctx context.Context, imp *adcimport.Importer) error {
			_, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
			return err
		},
		"an import of these": func(ctx context.Context, imp *adcimport.Importer) error {
			_, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{CustomerIDs: []string{"3", "5"}}, adcimport.CustomerOptions{})
			return err
		},
		"an update": func(ctx context.Context, imp *adcimport.Importer) error {
			o := adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}
			_, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, o)
			return err
		},
		"nothing": func(context.Context, *adcimport.Importer) error { return nil },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(6)
			bad := map[string]bool{"3": true, "5": true}
			r.refuses(bad)
			imp := r.importer(t)
			first, err := r.customers(t)
			completed(t, first, err, adcimport.Counts{Read: 6, Created: 4, Failed: 2})
			clear(bad)
			if err := between(t.Context(), imp); err != nil {
				t.Fatal(err)
			}
			for range 2 { // a second retry changes nothing
				s, err := imp.RetryFailed(t.Context(), first.RunID)
				if err != nil || s.Counts.Read != 2 || s.Counts.Failed != 0 {
					t.Fatal(s, err)
				}
				r.agrees(t, s)
			}
			run, err := report.Of(t.Context(), imp, first.RunID, report.Options{Retries: true})
			var list bytes.Buffer
			if err := errors.Join(err, report.WriteCSV(&list, run.Rows, report.Failures)); err != nil {
				t.Fatal(err)
			}
			if n := bytes.Count(list.Bytes(), []byte("\r\n")) - 1; n != 0 || run.Summary.Counts.Failed != 0 || run.Summary.Counts.Read != 6 {
				t.Errorf("%d are on the work list, of %v:\n%s", n, run.Summary, &list)
			}
			if _, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert}}); err != nil {
				t.Fatal(err)
			}
			r.once(t, idsUpTo(6)...)
		})
	}
}
