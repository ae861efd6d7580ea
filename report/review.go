package report

import (
	"cmp"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/match"
)

// reviewColumns are those of a review table.
func reviewColumns() []string {
	return []string{"source_id", "candidate", "evidence", "against", "since", "decision"}
}

// The words of the column decision.
const (
	decideLink   = "link"   // the record is this candidate
	decideCreate = "create" // it is none of them
)

// WriteReview writes the records that wait for a person as a table like that of
// [WriteCSV], one row for each candidate: source_id (Alarm.com's id), candidate (the
// sink's id), evidence, against (what keeps it from being certain), since (RFC 3339,
// UTC), and decision, which is empty. A person writes link beside the candidate that a
// record is, or create beside one of the candidates of a record that is none of them;
// [ReadReview] reads that. The table has ids and names of evidence, and nothing personal.
//
// The error is that of the rows, or that of w. The rows before it are written.
func WriteReview(w io.Writer, rows iter.Seq2[adcimport.Review, error]) error {
	return writeReviews(newTable(w), rows)
}

func writeReviews(t *table, rows iter.Seq2[adcimport.Review, error]) error {
	err := t.row(reviewColumns()...)
	for r, rowErr := range rows {
		if rowErr != nil {
			_ = t.out.Flush()
			return rowErr
		}
		since := r.Since.UTC().Format(time.RFC3339)
		candidates := r.Candidates
		if len(candidates) == 0 { // it may be created all the same
			candidates = []match.Weighed{{}}
		}
		for _, c := range candidates {
			err = cmp.Or(err, t.row(t.id(r.SourceID), t.id(c.ID), t.text(join(c.Evidence)), t.text(join(c.Vetoes)), since, ""))
		}
		if err != nil {
			break
		}
	}
	return t.end(err)
}

func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, " ")
}
