package main

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/securitytrax/adcimport"
)

// roster says how rows of a CSV file become records.
type roster[T any] struct {
	columns []column[T]
	extra   func(v *T, name, cell string) // takes the cells of other columns
	id      func(*T) string
	done    func(*T) // sees every record
}

// column is a column of a roster. set answers the rule that a cell breaks, or
// "". Names are compared without regard to case.
type column[T any] struct {
	name string
	set  func(v *T, cell string) (rule string)
}

// entry is a record of a roster, with the cells that could not be read.
type entry[T any] struct {
	value  T
	line   int
	broken []adcimport.FieldError
}

// readRoster reads a CSV file whose first row names the columns. It answers the
// records by id. Errors name lines and columns, never what is in them.
func readRoster[T any](in io.Reader, comma rune, ro roster[T]) ([]entry[T], error) {
	text, err := io.ReadAll(in)
	if err != nil {
		return nil, err
	}
	if text, err = plainText(text); err != nil {
		return nil, err
	}
	r := csv.NewReader(bytes.NewReader(text))
	r.FieldsPerRecord = -1 // Excel leaves out empty cells at the end of rows
	if r.Comma = comma; comma == 0 {
		r.Comma = separator(text)
	}
	header, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil, errors.New("the file is empty: not even a header")
	}
	if err != nil {
		return nil, err
	}
	setters, err := ro.setters(header)
	if err != nil {
		return nil, err
	}
	var list []entry[T]
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return list, sortByID(list, ro.id)
		}
		if err != nil {
			return nil, err
		}
		line, _ := r.FieldPos(0)
		switch {
		case strings.TrimSpace(strings.Join(cells, "")) == "":
			continue // a spreadsheet's empty row
		case len(cells) > len(setters):
			return nil, fmt.Errorf("line %d: wrong number of fields", line)
		}
		e, err := ro.entry(line, cells, setters)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
		list = append(list, e)
	}
}

// plainText leaves out the byte order mark that spreadsheets begin UTF-8 with, and ends
// lines as others do where a file ends them with a carriage return alone. It refuses
// UTF-16 by its name: read as UTF-8 it would be no table.
func plainText(text []byte) ([]byte, error) {
	switch {
	case bytes.HasPrefix(text, []byte("\xff\xfe")), bytes.HasPrefix(text, []byte("\xfe\xff")), bytes.IndexByte(text, 0) >= 0:
		return nil, errors.New("the file is UTF-16: export it as UTF-8")
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF"))
	if bytes.IndexByte(text, '\n') < 0 {
		text = bytes.ReplaceAll(text, []byte("\r"), []byte("\n"))
	}
	if first, rest, ok := bytes.Cut(text, []byte("\n")); ok && bytes.HasPrefix(bytes.TrimLeft(first, `"`), []byte("sep=")) {
		return rest, nil // for Excel alone
	}
	return text, nil
}

// separator is what stands between the cells of the header: a comma, or what a
// spreadsheet writes in its place.
func separator(text []byte) rune {
	header, _, _ := bytes.Cut(text, []byte("\n"))
	for _, other := range ";\t" {
		if !bytes.Contains(header, []byte(",")) && bytes.ContainsRune(header, other) {
			return other
		}
	}
	return ','
}

// setters finds the column of each cell of a row.
func (ro roster[T]) setters(header []string) ([]column[T], error) {
	setters := make([]column[T], len(header))
	seen := make(map[string]bool)
	for i, name := range header {
		if !utf8.ValidString(name) {
			return nil, fmt.Errorf("the name of column %d is not UTF-8, but perhaps Windows-1252: export the file as UTF-8", i+1)
		}
		name = strings.TrimSpace(name)
		if name == "" || seen[strings.ToLower(name)] {
			return nil, fmt.Errorf("column %d has no name, or that of another one", i+1)
		}
		seen[strings.ToLower(name)] = true
		at := slices.IndexFunc(ro.columns, func(c column[T]) bool { return strings.EqualFold(c.name, name) })
		if at >= 0 {
			setters[i] = ro.columns[at]
			continue
		}
		setters[i] = column[T]{name, func(v *T, cell string) string {
			ro.extra(v, name, cell)
			return ""
		}}
	}
	if id := ro.columns[0].name; !seen[strings.ToLower(id)] {
		return nil, fmt.Errorf("there is no column %q", id)
	}
	return setters, nil
}

func (ro roster[T]) entry(line int, cells []string, setters []column[T]) (entry[T], error) {
	e := entry[T]{line: line}
	for i, cell := range cells {
		if !utf8.ValidString(cell) {
			return e, fmt.Errorf("column %q is not UTF-8, but perhaps Windows-1252: export the file as UTF-8", setters[i].name)
		}
		if rule := setters[i].set(&e.value, cell); rule != "" {
			e.broken = append(e.broken, adcimport.FieldError{Field: setters[i].name, Rule: rule})
		}
	}
	if !isID(ro.id(&e.value)) {
		return e, fmt.Errorf("column %q is not a positive whole number", ro.columns[0].name)
	}
	ro.done(&e.value)
	return e, nil
}

// sortByID sorts a roster and refuses an id that is there twice: which of the
// two is right?
func sortByID[T any](list []entry[T], id func(*T) string) error {
	slices.SortStableFunc(list, func(a, b entry[T]) int { return compareIDs(id(&a.value), id(&b.value)) })
	for i := 1; i < len(list); i++ {
		if a, b := &list[i-1], &list[i]; id(&a.value) == id(&b.value) {
			return fmt.Errorf("line %d has the id of line %d", b.line, a.line)
		}
	}
	return nil
}
