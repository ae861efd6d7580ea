package report

import (
	"bufio"
	"cmp"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// WriteCSV writes the outcomes of a part as a table by RFC 4180 with a header
// row, in UTF-8: run_id, kind, source_id (Alarm.com's id), sink_id, action,
// reason, fields ("Field: rule; …"), at (RFC 3339, UTC). A cell that a
// spreadsheet would take for a formula has an apostrophe before it.
//
// The error is an [*adcimport.InvalidOptionsError] for an unknown part, that of
// the rows, or that of w. The rows before it are written.
func WriteCSV(w io.Writer, rows iter.Seq2[adcimport.Outcome, error], part Part) error {
	return writeOutcomes(newTable(w), rows, part)
}

func writeOutcomes(t *table, rows iter.Seq2[adcimport.Outcome, error], part Part) error {
	if err := part.check(); err != nil {
		return err
	}
	err := t.row("run_id", "kind", "source_id", "sink_id", "action", "reason", "fields", "at")
	for o, rowErr := range part.rows(rows) {
		if rowErr != nil {
			_ = t.out.Flush() // the rows so far may help; the error is what counts
			return rowErr
		}
		err = t.row(t.id(o.RunID), t.text(string(o.Kind)), t.id(o.SourceID), t.id(o.SinkID), t.text(string(o.Action)),
			t.text(string(o.Reason)), t.text(fieldTexts(o.Fields)), o.At.UTC().Format(time.RFC3339))
		if err != nil {
			break // nobody reads the rest
		}
	}
	return t.end(err)
}

// table is a table that is written.
type table struct {
	out   *bufio.Writer
	comma byte
	excel bool // ids are written for Excel
}

func newTable(w io.Writer) *table { return &table{out: bufio.NewWriter(w), comma: ','} }

// row writes cells, which are those of id and text.
func (t *table) row(cells ...string) error {
	for i, c := range cells {
		if i > 0 {
			_ = t.out.WriteByte(t.comma) // a bufio.Writer keeps its first error
		}
		_, _ = t.out.WriteString(c)
	}
	_, err := t.out.WriteString("\r\n")
	return err
}

// id is a cell that shows an id.
func (t *table) id(id string) string {
	if t.excel && excelChanges(id) {
		return quoted(`="` + strings.ReplaceAll(id, `"`, `""`) + `"`)
	}
	return t.text(id)
}

// text is a cell that shows a text and does nothing else.
func (t *table) text(s string) string {
	if strings.IndexAny(s, formulaStarts) == 0 {
		s = "'" + s
	}
	if !strings.ContainsAny(s, "\"\r\n"+string(t.comma)) && strings.TrimSpace(s) == s {
		return s
	}
	return quoted(s)
}

func quoted(s string) string { return `"` + strings.ReplaceAll(s, `"`, `""`) + `"` }

// end writes what is left, unless there was an error before.
func (t *table) end(err error) error {
	if err := cmp.Or(err, t.out.Flush()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// fieldTexts is the field errors of an outcome in one text.
func fieldTexts(fields []adcimport.FieldError) string {
	texts := make([]string, len(fields))
	for i, f := range fields {
		texts[i] = f.Field + ": " + f.Rule
	}
	return strings.Join(texts, "; ")
}

// formulaStarts are the characters at the start of a cell that make spreadsheets
// compute it, in half and in full width. The apostrophe that prevents this is
// among them, so that taking one away always gives the original text.
const formulaStarts = "=+-@\t\r\n＝＋－＠'"
