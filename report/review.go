package report

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
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
	out := bufio.NewWriter(w)
	err := writeRow(out, reviewColumns()...)
	for r, rowErr := range rows {
		if rowErr != nil {
			_ = out.Flush()
			return rowErr
		}
		since := r.Since.UTC().Format(time.RFC3339)
		candidates := r.Candidates
		if len(candidates) == 0 { // it may be created all the same
			candidates = []match.Weighed{{}}
		}
		for _, c := range candidates {
			err = cmp.Or(err, writeRow(out, r.SourceID, c.ID, join(c.Evidence), join(c.Vetoes), since, ""))
		}
		if err != nil {
			break
		}
	}
	if err := cmp.Or(err, out.Flush()); err != nil {
		return fmt.Errorf("write CSV: %w", err)
	}
	return nil
}

func join[T ~string](list []T) string {
	texts := make([]string, len(list))
	for i, v := range list {
		texts[i] = string(v)
	}
	return strings.Join(texts, " ")
}

// ReviewError is a row of a review table that cannot be read.
type ReviewError struct {
	Line int    // from 1, that of the header; 0: the table as a whole
	Rule string // what is wrong with it
}

func (e *ReviewError) Error() string { return fmt.Sprintf("review table, line %d: %s", e.Line, e.Rule) }

// ReadReview reads the decisions of a table that [WriteReview] wrote, and a person filled
// in, perhaps in a spreadsheet: with commas, semicolons or tabs, with a byte order mark,
// with other columns beside these and in another order. Rows without a decision are left
// out. Decisions are in the order of the rows, for [adcimport.Importer.Decide].
//
// Everything that is wrong is in the error, as [*ReviewError]s joined by errors.Join; no
// decision is returned then.
func ReadReview(r io.Reader) ([]adcimport.Decision, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read the review table: %w", err)
	}
	rows, at, err := reviewRows(text)
	if err != nil {
		return nil, err
	}
	var list []adcimport.Decision
	var wrong []error
	for i, row := range rows {
		refuse := func(rule string) { wrong = append(wrong, &ReviewError{i + 2, rule}) }
		d := adcimport.Decision{SourceID: cell(row[at["source_id"]])}
		switch word := strings.ToLower(strings.TrimSpace(row[at["decision"]])); word {
		case "":
			continue
		case decideLink:
			if d.LinkTo = cell(row[at["candidate"]]); d.LinkTo == "" {
				refuse("there is no candidate to link to")
			}
		case decideCreate:
			d.Create = true
		default:
			refuse(fmt.Sprintf("a decision is %q or %q", decideLink, decideCreate))
			continue
		}
		same := slices.IndexFunc(list, func(o adcimport.Decision) bool { return o.SourceID == d.SourceID })
		switch {
		case d.SourceID == "":
			refuse("there is no source_id")
		case same < 0:
			list = append(list, d)
		case list[same] != d:
			refuse(d.SourceID + " has another decision already")
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return list, nil
}

// reviewRows reads the rows behind the header, and the places of the columns.
func reviewRows(text []byte) (rows [][]string, at map[string]int, err error) {
	text = bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))
	header, _, _ := bytes.Cut(text, []byte("\n"))
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord = 0
	for _, comma := range ";\t" {
		if bytes.ContainsRune(header, comma) && !bytes.Contains(header, []byte(",")) {
			in.Comma = comma
		}
	}
	all, err := in.ReadAll()
	if e, ok := errors.AsType[*csv.ParseError](err); ok {
		return nil, nil, &ReviewError{e.Line, "it is no row of a table: " + e.Err.Error()}
	}
	if err != nil || len(all) == 0 {
		return nil, nil, &ReviewError{0, "it is no table"}
	}
	at = make(map[string]int)
	for i, name := range all[0] {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"source_id", "candidate", "decision"} {
		if _, ok := at[name]; !ok {
			return nil, nil, &ReviewError{1, "there is no column " + name}
		}
	}
	return all[1:], at, nil
}

// cell is a cell without the apostrophe that keeps it from being a formula.
func cell(text string) string {
	text = strings.TrimSpace(text)
	if bare, ok := strings.CutPrefix(text, "'"); ok && strings.IndexAny(bare, formulaStarts) == 0 {
		return bare
	}
	return text
}
