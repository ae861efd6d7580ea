package report_test

import (
	"errors"
	"iter"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
	"github.com/securitytrax/adcimport/report"
)

func reviews() iter.Seq2[adcimport.Review, error] {
	since := time.Date(2026, 11, 1, 3, 0, 0, 0, time.UTC)
	return func(yield func(adcimport.Review, error) bool) {
		_ = yield(adcimport.Review{SourceID: "1001", Since: since, Candidates: []match.Weighed{
			{ID: "5001", Verdict: match.Propose, Evidence: []match.Evidence{match.EvidencePhone, match.EvidenceName}, Vetoes: []match.Veto{match.VetoSeveral}},
			{ID: "5002", Verdict: match.Propose, Evidence: []match.Evidence{match.EvidenceAccount}},
		}}, nil) && yield(adcimport.Review{SourceID: "=1002", Since: since}, nil)
	}
}

const table = "source_id,candidate,evidence,against,since,decision\r\n" +
	"1001,5001,phone name,several,2026-11-01T03:00:00Z,\r\n" +
	"1001,5002,account,,2026-11-01T03:00:00Z,\r\n" +
	"'=1002,,,,2026-11-01T03:00:00Z,\r\n"

func TestWriteReview(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.WriteReview(&b, reviews()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(table, b.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadReview(t *testing.T) {
	t.Parallel()
	filled := strings.Replace(table, "several,2026-11-01T03:00:00Z,", "several,2026-11-01T03:00:00Z, Link ", 1)
	filled = strings.Replace(filled, "'=1002,,,,2026-11-01T03:00:00Z,", "'=1002,,,,2026-11-01T03:00:00Z,CREATE", 1)
	want := []adcimport.Decision{{SourceID: "1001", LinkTo: "5001"}, {SourceID: "=1002", Create: true}}
	for name, tt := range map[string]struct {
		text string
		want []adcimport.Decision
	}{
		"as it was written":           {table, nil},
		"filled in":                   {filled, want},
		"by a spreadsheet":            {"\xef\xbb\xbf" + strings.ReplaceAll(strings.ReplaceAll(filled, ",", ";"), "\r\n", "\n"), want},
		"with tabs":                   {strings.ReplaceAll(filled, ",", "\t"), want},
		"other columns, other order":  {"who,Decision,Candidate,Source_ID\nAnn,link,5001,1001\n", want[:1]},
		"one decision in two rows":    {"source_id,candidate,decision\n7,1,create\n7,2,create\n", []adcimport.Decision{{SourceID: "7", Create: true}}},
		"an id with an apostrophe":    {"source_id,candidate,decision\n'7,'8,link\n", []adcimport.Decision{{SourceID: "'7", LinkTo: "'8"}}},
		"a candidate like a formula":  {"source_id,candidate,decision\n7,'-8,link\n", []adcimport.Decision{{SourceID: "7", LinkTo: "-8"}}},
		"rows without a decision yet": {"source_id,candidate,decision\n7,8,\n9,8,  \n", nil},
	} {
		got, err := report.ReadReview(strings.NewReader(tt.text))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func TestReadReview_refuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"nothing":                "",
		"no column decision":     "source_id,candidate\n1,2\n",
		"another word":           "source_id,candidate,decision\n1,2,yes\n",
		"nobody to link to":      "source_id,candidate,decision\n1,,link\n",
		"two candidates":         "source_id,candidate,decision\n1,2,link\n1,3,link\n",
		"both":                   "source_id,candidate,decision\n1,2,link\n1,3,create\n",
		"no record":              "source_id,candidate,decision\n,2,create\n",
		"a row that is too long": "source_id,candidate,decision\n1,2,link,more\n",
		"a quote without end":    "source_id,candidate,decision\n\"1,2,link\n",
	} {
		list, err := report.ReadReview(strings.NewReader(text))
		e, ok := errors.AsType[*report.ReviewError](err)
		if !ok || len(list) > 0 || strings.Contains(e.Error(), "\x00") {
			t.Errorf("%s: %v, %v", name, list, err)
		}
	}
}
