package audit

import (
	"bufio"
	"cmp"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"iter"
	"strings"
	"unicode"
)

// WriteCSV writes findings as a table with a header row: kind, what, source_id,
// sink_ids (with a space between them), known_id, state. A cell that a spreadsheet would
// take for a formula has an apostrophe before it. The error is that of the findings, or
// that of w; what came before it is written.
func WriteCSV(w io.Writer, findings iter.Seq2[Finding, error]) error {
	out := csv.NewWriter(w)
	err := out.Write([]string{"kind", "what", "source_id", "sink_ids", "known_id", "state"})
	for f, ferr := range findings {
		if ferr != nil {
			out.Flush() // the rows so far may help; the error is what counts
			return ferr
		}
		row := []string{string(f.Kind), string(f.What), f.SourceID, strings.Join(f.SinkIDs, " "), f.KnownID, string(f.State)}
		for i := range row {
			if strings.IndexAny(row[i], "=+-@\t\r\n＝＋－＠'") == 0 {
				row[i] = "'" + row[i]
			}
		}
		if err = out.Write(row); err != nil {
			break
		}
	}
	out.Flush()
	if err := cmp.Or(err, out.Error()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

// WriteJSONL writes findings as JSON Lines: one [Finding] a line. Errors are those of
// [WriteCSV].
func WriteJSONL(w io.Writer, findings iter.Seq2[Finding, error]) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for f, ferr := range findings {
		if ferr != nil {
			_ = out.Flush() // as in WriteCSV
			return ferr
		}
		if err := enc.Encode(f); err != nil {
			return fmt.Errorf("write JSON Lines: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write JSON Lines: %w", err)
	}
	return nil
}

// WriteText writes findings for a person, one a line, and how many there are of each
// at the end. Errors are those of [WriteCSV].
func WriteText(w io.Writer, findings iter.Seq2[Finding, error]) error {
	out := bufio.NewWriter(w)
	counts := make(map[What]int)
	for f, ferr := range findings {
		if ferr != nil {
			_ = out.Flush() // as in WriteCSV
			return ferr
		}
		counts[f.What]++
		line := fmt.Sprintf("%-20s %s %s", f.What, f.Kind, f.SourceID)
		if f.KnownID != "" {
			line += ", known as " + f.KnownID
		}
		if len(f.SinkIDs) > 0 {
			line += ", found as " + strings.Join(f.SinkIDs, " and ")
		}
		if f.State != "" {
			line += ", " + string(f.State)
		}
		_, _ = out.WriteString(printable(line) + "\n") // a bufio.Writer keeps its first error
	}
	if len(counts) == 0 {
		_, _ = out.WriteString("nothing differs\n")
	}
	for _, what := range order() {
		if n := counts[what]; n > 0 {
			_, _ = fmt.Fprintf(out, "%8d  %s\n", n, what)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write the findings: %w", err)
	}
	return nil
}

func order() []What {
	return []What{
		Missing, GoneAtAlarmCom, GoneInSecurityTrax, Unlinked, Lost, Doubled, Elsewhere, Unrecorded, Changed, NotLookedUp,
	}
}

// printable keeps a text from steering the terminal it is shown on.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}
		return '\uFFFD'
	}, s)
}
