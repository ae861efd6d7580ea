package report

import (
	"bytes"
	"encoding/binary"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf16"

	"github.com/securitytrax/adcimport"
)

// ReviewError is a row of a review table that cannot be read.
type ReviewError struct {
	Line int    // from 1, that of the header; 0: the table as a whole
	Rule string // what is wrong with it
}

func (e *ReviewError) Error() string { return fmt.Sprintf("review table, line %d: %s", e.Line, e.Rule) }

// ReadReview reads the decisions of a table that [WriteReview] wrote, and a person filled
// in, perhaps in a spreadsheet: with commas, semicolons or tabs, with whatever line ends,
// in UTF-8 or as "Unicode text", with ids as text (="0123"), with cells that are left out at
// the end of rows, with other columns beside these and in another order. Rows without a
// decision are left out. Decisions are in the order of the rows, for
// [adcimport.Importer.Decide].
//
// Everything that is wrong is in the error, as [*ReviewError]s joined by errors.Join, also
// an id that a spreadsheet has rounded, as 1.23457E+11; no decision is returned then.
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
	for _, row := range rows {
		d, rule := decisionOf(row, at)
		if d == nil && rule == "" {
			continue
		}
		if rule == "" {
			same := slices.IndexFunc(list, func(o adcimport.Decision) bool { return o.SourceID == d.SourceID })
			switch {
			case same < 0:
				list = append(list, *d)
			case list[same] != *d:
				rule = d.SourceID + " has another decision already"
			}
		}
		if rule != "" {
			wrong = append(wrong, &ReviewError{row.line, rule})
		}
	}
	if err := errors.Join(wrong...); err != nil {
		return nil, err
	}
	return list, nil
}

// decisionOf is the decision of a row, if it has one, or what is wrong with it.
func decisionOf(row reviewRow, at map[string]int) (d *adcimport.Decision, rule string) {
	word := strings.ToLower(asTyped(row.cell(at["decision"])))
	if word == "" {
		return nil, ""
	}
	d = &adcimport.Decision{SourceID: asTyped(row.cell(at["source_id"])), Create: word == decideCreate}
	if word == decideLink {
		d.LinkTo = asTyped(row.cell(at["candidate"]))
	}
	switch bad, lost := spoiled(d.SourceID), spoiled(d.LinkTo); {
	case word != decideLink && word != decideCreate:
		return nil, fmt.Sprintf("a decision is %q or %q", decideLink, decideCreate)
	case d.SourceID == "":
		return nil, "there is no source_id"
	case bad != "":
		return nil, "source_id " + bad
	case word == decideLink && d.LinkTo == "":
		return nil, "there is no candidate to link to"
	case lost != "":
		return nil, "candidate " + lost
	}
	return d, ""
}

// reviewRow is a row behind the header.
type reviewRow struct {
	line  int
	cells []string
}

// cell is one of the row. Excel leaves those at the end out where sixteen rows have none.
func (r reviewRow) cell(i int) string {
	if i >= len(r.cells) {
		return ""
	}
	return r.cells[i]
}

// reviewRows reads the rows behind the header, and the places of the columns.
func reviewRows(text []byte) (rows []reviewRow, at map[string]int, err error) {
	text, comma := reviewText(text)
	in := csv.NewReader(bytes.NewReader(text))
	in.FieldsPerRecord, in.Comma = -1, comma
	for {
		cells, err := in.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if e, ok := errors.AsType[*csv.ParseError](err); ok {
			return nil, nil, &ReviewError{e.Line, "it is no row of a table: " + e.Err.Error()}
		}
		line, _ := in.FieldPos(0)
		rows = append(rows, reviewRow{line, cells})
	}
	if len(rows) == 0 {
		return nil, nil, &ReviewError{0, "it is no table"}
	}
	at = make(map[string]int)
	header := rows[0].cells
	for i, name := range header {
		at[strings.ToLower(strings.TrimSpace(name))] = i
	}
	for _, name := range []string{"source_id", "candidate", "decision"} {
		if _, ok := at[name]; !ok {
			return nil, nil, &ReviewError{rows[0].line, "there is no column " + name}
		}
	}
	for _, row := range rows[1:] {
		if len(row.cells) > len(header) && strings.Join(row.cells[len(header):], "") != "" {
			return nil, nil, &ReviewError{row.line, "it has more cells than the header"}
		}
	}
	return rows[1:], at, nil
}

// reviewText is a table in UTF-8, without a mark and with line feeds, and what is between
// its cells. A first line "sep=;", which Excel heeds, says it.
func reviewText(text []byte) (_ []byte, comma rune) {
	text = bytes.TrimPrefix(inUTF8(text), []byte(mark))
	if !bytes.Contains(text, []byte("\n")) {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n")) // as Excel for the Mac saves it
	}
	header, rest, _ := bytes.Cut(text, []byte("\n"))
	if sep, ok := bytes.CutPrefix(bytes.TrimSpace(bytes.Trim(header, `"`)), []byte("sep=")); ok && len(sep) == 1 {
		header, _, _ = bytes.Cut(rest, []byte("\n"))
		text = rest
	}
	for _, comma := range ";\t" {
		if bytes.ContainsRune(header, comma) && bytes.Count(header, []byte(string(comma))) > bytes.Count(header, []byte(",")) {
			return text, comma
		}
	}
	return text, ','
}

// inUTF8 is a text that may be in UTF-16 with a mark, which Excel calls Unicode text.
func inUTF8(text []byte) []byte {
	var order binary.ByteOrder
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")):
		order = binary.LittleEndian
	case bytes.HasPrefix(text, []byte("\xfe\xff")):
		order = binary.BigEndian
	default:
		return text
	}
	units := make([]uint16, len(text)/2)
	for i := range units {
		units[i] = order.Uint16(text[2*i:])
	}
	return []byte(string(utf16.Decode(units)))
}
