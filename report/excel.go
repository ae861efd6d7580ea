package report

import (
	"io"
	"iter"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/securitytrax/adcimport"
)

// Excel writes tables that Excel shows as they are when somebody opens them: in UTF-8
// with a byte order mark, and with ids as text, in the form ="0123", where Excel would
// make a number, a date or a formula of them. For programs there are [WriteCSV] and
// [WriteReview].
type Excel struct {
	// Semicolons are between the cells, in place of commas: Excel wants them where a
	// comma is the decimal separator, as in most of Europe.
	Semicolons bool
}

// WriteCSV writes the outcomes of a part as [WriteCSV] does, in the form of e.
func (e Excel) WriteCSV(w io.Writer, rows iter.Seq2[adcimport.Outcome, error], part Part) error {
	return writeOutcomes(e.table(w), rows, part)
}

// WriteReview writes the records that wait for a person as [WriteReview] does, in the
// form of e. [ReadReview] reads what Excel saves, in whichever form of CSV.
func (e Excel) WriteReview(w io.Writer, rows iter.Seq2[adcimport.Review, error]) error {
	return writeReviews(e.table(w), rows)
}

func (e Excel) table(w io.Writer) *table {
	t := newTable(w)
	t.excel = true
	if e.Semicolons {
		t.comma = ';'
	}
	_, _ = t.out.WriteString(mark) // a bufio.Writer keeps its first error
	return t
}

const (
	mark       = "\ufeff" // the byte order mark, by which Excel knows UTF-8
	mostDigits = 11       // of a number that Excel shows in full
	mostText   = 250      // characters of a text in a formula: Excel takes 255
)

// excelChanges reports whether Excel would make something else of an id, and can be
// kept from it.
func excelChanges(id string) bool {
	return id != "" && !isShortNumber(id) && utf8.RuneCountInString(id) <= mostText && !strings.ContainsFunc(id, unicode.IsControl)
}

// isShortNumber reports whether a text stays as it is as a number.
func isShortNumber(text string) bool {
	return len(text) <= mostDigits && isDigits(text) && (text[0] != '0' || text == "0")
}

func isDigits(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == ""
}

// asTyped is a cell without what keeps a spreadsheet from changing it: ="…", or an
// apostrophe in front of what would be a formula.
func asTyped(cell string) string {
	cell = strings.TrimSpace(cell)
	if text, ok := strings.CutPrefix(cell, `="`); ok {
		if text, ok = strings.CutSuffix(text, `"`); ok && !strings.Contains(strings.ReplaceAll(text, `""`, ""), `"`) {
			return strings.ReplaceAll(text, `""`, `"`)
		}
	}
	if bare, ok := strings.CutPrefix(cell, "'"); ok && strings.IndexAny(bare, formulaStarts) == 0 {
		return bare
	}
	return cell
}

// spoiled says what a spreadsheet has made of an id; "" is nothing.
func spoiled(id string) string {
	name, isError := strings.CutPrefix(id, "#")
	switch {
	case isRounded(id):
		return "is a rounded number: the spreadsheet no longer has the id"
	case isError && (strings.Trim(name, "#") == "" || strings.HasSuffix(id, "!") || strings.HasSuffix(id, "?") || name == "N/A"):
		return "is an error of the spreadsheet, which no longer has the id"
	}
	return ""
}

// isRounded reports whether a text is a number as spreadsheets write long ones:
// 1.23457E+11, or with a comma.
func isRounded(text string) bool {
	number, exponent, ok := strings.Cut(text, "E+")
	if !ok || !isDigits(exponent) {
		return false
	}
	whole, rest, fraction := strings.Cut(strings.Replace(number, ",", ".", 1), ".")
	return len(whole) == 1 && isDigits(whole) && (!fraction || isDigits(rest))
}
