package report_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/report"
)

// FuzzWriteCSV: whatever ids and rules hold, a CSV has the rows and the cells
// that went in, and none that a spreadsheet computes.
func FuzzWriteCSV(f *testing.F) {
	for _, s := range []string{
		"1042", "=cmd|' /C calc'!A0", "+1", "-1", "@x", "\t=1", "\r=1",
		"\n=1", "＝1", "'=1", `a"b`, "a,b", "a\r\nb", " a ", "", "é", "\xff",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, id, rule string) {
		one := func(yield func(adcimport.Outcome, error) bool) {
			yield(adcimport.Outcome{
				SourceID: id, SinkID: rule, Action: adcimport.ActionFailed, Fields: []adcimport.FieldError{{Field: rule, Rule: id}},
			}, nil)
		}
		var b strings.Builder
		if err := report.WriteCSV(&b, one, report.All); err != nil {
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
