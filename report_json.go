package adcimport

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
)

func (r *report) writeJSON(ctx context.Context, w io.Writer) error {
	out := bufio.NewWriter(w)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for o, err := range r.rows(ctx) {
		if err != nil {
			_ = out.Flush() // the rows so far may help; the error is what counts
			return err
		}
		o.At = o.At.UTC()
		if err := enc.Encode(o); err != nil {
			return fmt.Errorf("write: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	return nil
}
