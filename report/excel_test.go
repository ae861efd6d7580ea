package report_test

import (
	"encoding/csv"
	"errors"
	"io"
	"iter"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
	"github.com/securitytrax/adcimport/report"
)

// oddIDs are ids with what a cell of Excel must hold so that it shows them.
func oddIDs() map[string]string {
	long := strings.Repeat("7", 251)
	return map[string]string{
		"1042":             "1042", // a number is fine
		"0":                "0",
		"99999999999":      "99999999999",
		"0123":             `="0123"`,             // 123
		"100000000000":     `="100000000000"`,     // 1E+11
		"1234567890123456": `="1234567890123456"`, // 1.23457E+15, and the last digit is 0
		"1E5":              `="1E5"`,              // 100000
		"3-4":              `="3-4"`,              // a day
		"MARCH1":           `="MARCH1"`,           // another
		"TRUE":             `="TRUE"`,
		"1.0":              `="1.0"`,
		"u-7":              `="u-7"`,
		`=cmd|' /C x'!A0`:  `="=cmd|' /C x'!A0"`,
		`="1"&A1`:          `="=""1""&A1"`,
		"-8":               `="-8"`,
		"@x":               `="@x"`,
		`a"b`:              `="a""b"`,
		"a;b,c":            `="a;b,c"`,
		"é":                `="é"`,
		"=1\n2":            "'=1\n2", // no text of a formula holds a line end
		`="` + long:        `'="` + long,
	}
}

// oneOf is an outcome for each id, as Alarm.com's and as the sink's.
func oneOf(ids iter.Seq2[string, string]) iter.Seq2[adcimport.Outcome, error] {
	return func(yield func(adcimport.Outcome, error) bool) {
		for id := range ids {
			o := adcimport.Outcome{SourceID: id, SinkID: id, RunID: "run-1", Kind: adcimport.KindUser, Action: adcimport.ActionFailed}
			o.Fields = []adcimport.FieldError{{Field: "=A1", Rule: "is required"}, {Field: "Zip", Rule: "is required"}}
			if !yield(o, nil) {
				return
			}
		}
	}
}

func all(m map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for k, v := range m {
			if !yield(k, v) {
				return
			}
		}
	}
}

// Excel opens a table by a double click, and shows what is in it.
func TestExcel_WriteCSV(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		excel report.Excel
		comma rune
	}{"commas": {report.Excel{}, ','}, "semicolons": {report.Excel{Semicolons: true}, ';'}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			if err := tt.excel.WriteCSV(&b, oneOf(all(oddIDs())), report.All); err != nil {
				t.Fatal(err)
			}
			text, ok := strings.CutPrefix(b.String(), "\xef\xbb\xbf")
			if !ok || !strings.HasSuffix(text, "\r\n") {
				t.Errorf("no mark at the start, or no CRLF at the end of %q", b.String())
			}
			in := csv.NewReader(strings.NewReader(text))
			in.Comma = tt.comma
			rows, err := in.ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]int{}
			for _, row := range rows[1:] {
				got[row[2]]++
				if row[0] != `="run-1"` || row[2] != row[3] || row[6] != "'=A1: is required; Zip: is required" {
					t.Errorf("row %q", row)
				}
			}
			want := map[string]int{}
			for _, cell := range oddIDs() {
				want[cell] = 1
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("cells (-want +got):\n%s", diff)
			}
		})
	}
	if err := (report.Excel{}).WriteCSV(new(strings.Builder), nil, report.Part(9)); err == nil {
		t.Error("an unknown part is written")
	}
}

// What a writer wrote and a person filled in is read, whatever a spreadsheet made of it.
func TestReadReview_savedAgain(t *testing.T) {
	t.Parallel()
	for id, cell := range oddIDs() {
		if strings.ContainsAny(id, "\r\n") {
			continue // no record has such an id
		}
		for name, table := range map[string]string{
			"plain":                       reviewOf(t, id, report.WriteReview),
			"Excel":                       reviewOf(t, id, report.Excel{}.WriteReview),
			"semicolons":                  reviewOf(t, id, report.Excel{Semicolons: true}.WriteReview),
			"a formula that was computed": savedAs(t, ';', "\n", id),
			"one that was not":            savedAs(t, '\t', "\r\n", cell),
			"on a Mac":                    savedAs(t, ',', "\r", cell),
			"with a mark":                 "\ufeff" + savedAs(t, ',', "\n", cell),
			"with its separator":          "sep=;\r\n" + savedAs(t, ';', "\r\n", cell),
			"as Unicode text":             utf16Text(savedAs(t, '\t', "\r\n", cell)),
		} {
			got, err := report.ReadReview(strings.NewReader(table))
			if diff := cmp.Diff([]adcimport.Decision{{SourceID: id, LinkTo: id}}, got); diff != "" || err != nil {
				t.Errorf("%s, %q: %v (-want +got):\n%s", name, id, err, diff)
			}
		}
	}
}

// reviewOf is the table of one record, decided.
func reviewOf(t *testing.T, id string, write func(w io.Writer, rows iter.Seq2[adcimport.Review, error]) error) string {
	t.Helper()
	var b strings.Builder
	r := adcimport.Review{SourceID: id, Since: time.Unix(0, 0), Candidates: []match.Weighed{{ID: id}}}
	if err := write(&b, func(yield func(adcimport.Review, error) bool) { yield(r, nil) }); err != nil {
		t.Fatal(err)
	}
	return strings.TrimSuffix(b.String(), "\r\n") + "link\r\n"
}

// savedAs is such a table as a spreadsheet saves it, with another column in it.
func savedAs(t *testing.T, comma rune, end, id string) string {
	t.Helper()
	var b strings.Builder
	w := csv.NewWriter(&b)
	w.Comma = comma
	for _, row := range [][]string{{"source_id", "note, of mine", "candidate", "decision"}, {id, "x; y", id, "LINK\u00a0"}, {"", "", "", ""}} {
		if err := w.Write(row); err != nil {
			t.Fatal(err)
		}
	}
	w.Flush()
	return strings.ReplaceAll(b.String(), "\n", end)
}

func utf16Text(s string) string {
	b := []byte("\xff\xfe")
	for _, u := range utf16.Encode([]rune(s)) {
		b = append(b, byte(u), byte(u>>8))
	}
	return string(b)
}

// Excel leaves out the cells at the end of rows where sixteen in a row have none.
func TestReadReview_shortRows(t *testing.T) {
	t.Parallel()
	text := "source_id,candidate,evidence,decision\n7,8,phone,link\n9,8\n10\n\n11,12,,create,,\n"
	got, err := report.ReadReview(strings.NewReader(text))
	want := []adcimport.Decision{{SourceID: "7", LinkTo: "8"}, {SourceID: "11", Create: true}}
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

// What a spreadsheet has made of an id is said, with the line, and no other id is taken.
func TestReadReview_lostIDs(t *testing.T) {
	t.Parallel()
	for cell, says := range map[string]string{
		"1.23457E+11": "rounded", `"1,23457E+11"`: "rounded", "1E+11": "rounded", "#NAME?": "error", "#N/A": "error", "####": "error", "#REF!": "error",
	} {
		for _, row := range []string{cell + ",8,link", "7," + cell + ",link"} {
			list, err := report.ReadReview(strings.NewReader("source_id,candidate,decision\n1,2,\n" + row + "\n"))
			e, ok := errors.AsType[*report.ReviewError](err)
			if !ok || e.Line != 3 || !strings.Contains(e.Rule, says) || list != nil {
				t.Errorf("%s: %v, %v", row, list, err)
			}
		}
	}
}

// FuzzReadReview: whatever a table holds, it is refused by a line or gives decisions that
// can be carried out.
func FuzzReadReview(f *testing.F) {
	for _, s := range []string{
		"source_id,candidate,decision\n1,2,link\n", "\ufeffsource_id;candidate;decision\r\n=\"01\";2;create\r\n",
		"sep=;\nsource_id;candidate;decision\n", "\xff\xfes\x00", "source_id\tcandidate\tdecision\r1\t2\tlink\r", "a\n\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		list, err := report.ReadReview(strings.NewReader(text))
		if _, ok := errors.AsType[*report.ReviewError](err); err != nil && (!ok || list != nil) {
			t.Errorf("%v, %v", list, err)
		}
		for _, d := range list {
			if d.SourceID == "" || d.Create == (d.LinkTo != "") {
				t.Errorf("decision %+v", d)
			}
		}
	})
}
