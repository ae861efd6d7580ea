package report

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"iter"

	"github.com/securitytrax/adcimport"
)

// WriteJSONL writes the outcomes of a part as JSON Lines: one
// [adcimport.Outcome] a line, with the time in UTC. Errors are those of
// [WriteCSV].
func WriteJSONL(w io.Writer, rows iter.Seq2[adcimport.Outcome, error], part Part) error {
	if err := part.check(); err != nil {
		return err
	}
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for o, err := range part.rows(rows) {
		if err != nil {
			_ = out.Flush() // the rows so far may help; the error is what counts
			return err
		}
		o.At = o.At.UTC()
		if err := enc.Encode(o); err != nil {
			return fmt.Errorf("write JSON Lines: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write JSON Lines: %w", err)
	}
	return nil
}
