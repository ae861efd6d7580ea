package sqlstore

import (
	"regexp"
	"strconv"
	"strings"
)

// column of a {rows ...} table. Of kindHex are bytes, given as their digits.
type column struct{ name, kind string }

const kindHex = "hex"

// forms are the places in a statement where the dialects have more than another
// word: a list of rows, a probe of an index and a removal by id.
var (
	rowsForm   = regexp.MustCompile(`\{rows ([^}]*)\}`)
	probeForm  = regexp.MustCompile(`\{probe (\w+) (\w+): ([^}]*)\}`)
	removeForm = regexp.MustCompile(`\{remove (\w+)\}`)
)

// translator writes statements in the words of a dialect.
func translator(d dialect, prefix string) func(string) string {
	w := d.words()
	tokens := strings.NewReplacer("{p}", prefix, "{ids}", d.ids(),
		"{lock}", w.lock, "{clock}", w.clock, "{durable}", w.durable, "{names}", w.names)
	return func(text string) string {
		text = replace(rowsForm, text, func(part []string) string { return d.rows(columns(part[1])) })
		text = replace(probeForm, text, func(part []string) string { return d.probe(prefix+part[1], part[2], part[3]) })
		text = replace(removeForm, text, func(part []string) string { return d.remove(prefix + part[1]) })
		text = tokens.Replace(text)
		if d.numbered() {
			text = numberParameters(text)
		}
		return text
	}
}

func replace(form *regexp.Regexp, text string, with func(part []string) string) string {
	return form.ReplaceAllStringFunc(text, func(m string) string { return with(form.FindStringSubmatch(m)) })
}

func columns(list string) []column {
	var cols []column
	for part := range strings.SplitSeq(list, ", ") {
		name, kind, _ := strings.Cut(part, " ")
		cols = append(cols, column{name, kind})
	}
	return cols
}

// numberParameters writes $1, $2 for each ?. No statement has another ?.
func numberParameters(text string) string {
	var b strings.Builder
	n := 0
	for _, r := range text {
		if r != '?' {
			b.WriteRune(r)
			continue
		}
		n++
		b.WriteString("$" + strconv.Itoa(n))
	}
	return b.String()
}
