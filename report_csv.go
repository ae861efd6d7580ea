package adcimport

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"strings"
	"time"
)

func (r *report) writeCSV(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	row := func(cells ...string) {
		for i, c := range cells {
			if i > 0 {
				_ = out.WriteByte(',') // a bufio.Writer keeps its first error for Flush
			}
			_, _ = out.WriteString(csvCell(c))
		}
		_, _ = out.WriteString("\r\n")
	}
	row("run_id", "kind", "source_id", "sink_id", "action", "reason", "fields", "at")
	for o, err := range r.rows(ctx) {
		if err != nil {
			_ = out.Flush() // the rows so far may help; the error is what counts
			return err
		}
		row(o.RunID, string(o.Kind), o.SourceID, o.SinkID, string(o.Action), string(o.Reason),
			fieldTexts(o.Fields), o.At.UTC().Format(time.RFC3339))
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}

// formulaStarts are the characters at the start of a cell that make spreadsheets
// compute it, in half and in full width. The apostrophe that disarms them is
// among them, so that taking one away always gives the text that was.
const formulaStarts = "=+-@\t\r\n＝＋－＠'"

// csvCell is a text as a cell that shows it and does nothing else.
func csvCell(s string) string {
	if first := strings.IndexAny(s, formulaStarts); first == 0 {
		s = "'" + s
	}
	if !strings.ContainsAny(s, "\",\r\n") && strings.TrimSpace(s) == s {
		return s
	}
	return `"` + strings.ReplaceAll(s, `"`, `""`) + `"`
}
