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
	if err := part.check(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	err := writeRow(out, "run_id", "kind", "source_id", "sink_id", "action", "reason", "fields", "at")
	for o, rowErr := range part.rows(rows) {
		if rowErr != nil {
			_ = out.Flush() // the rows so far may help; the error is what counts
			return rowErr
		}
		err = writeRow(out, o.RunID, string(o.Kind), o.SourceID, o.SinkID, string(o.Action), string(o.Reason),
			fieldTexts(o.Fields), o.At.UTC().Format(time.RFC3339))
		if err != nil {
			break // nobody reads the rest
		}
	}
	if err := cmp.Or(err, out.Flush()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func writeRow(out *bufio.Writer, cells ...string) error {
	for i, c := range cells {
		if i > 0 {
			_ = out.WriteByte(',') // a bufio.Writer keeps its first error
		}
		_, _ = out.WriteString(csvCell(c))
	}
	_, err := out.WriteString("\r\n")
	return err
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

// csvCell returns a cell that shows the text and does nothing else.
func csvCell(s string) string {
	if first := strings.IndexAny(s, formulaStarts); first == 0 {
		s = "'" + s
	}
	if !strings.ContainsAny(s, "\",\r\n") && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
