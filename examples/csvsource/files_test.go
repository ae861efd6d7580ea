package main

import (
	"strings"
	"testing"
)

// A file as programs write it is read, or refused by the name of what it is.
func TestNew_filesAsTheyAre(t *testing.T) {
	t.Parallel()
	const roster = "Customer ID,Last Name\n7,Vale\n8,Ng\n"
	for name, tt := range map[string]struct{ in, says string }{
		"line feeds":        {roster, ""},
		"Windows":           {strings.ReplaceAll(roster, "\n", "\r\n"), ""},
		"an old Mac":        {strings.ReplaceAll(roster, "\n", "\r"), ""},
		"mark, and a Mac":   {"\uFEFF" + strings.ReplaceAll(roster, "\n", "\r"), ""},
		"semicolons":        {strings.ReplaceAll(roster, ",", ";"), ""},
		"tabs":              {strings.ReplaceAll(roster, ",", "\t"), ""},
		"no line at end":    {strings.TrimSuffix(roster, "\n"), ""},
		"UTF-16, little":    {"\xff\xfeC\x00u\x00", "UTF-16"},
		"UTF-16, big":       {"\xfe\xff\x00C\x00u", "UTF-16"},
		"UTF-16, no mark":   {"C\x00u\x00s\x00", "UTF-16"},
		"Windows-1252":      {"Customer ID,Last Name\n7,Ren\xe9\n", "Windows-1252"},
		"such a header":     {"Customer ID,Pr\xe9nom\n7,x\n", "Windows-1252"},
		"its quotes":        {"Customer ID,Last Name\n7,O\x92Neil\n", "Windows-1252"},
		"bars":              {strings.ReplaceAll(roster, ",", "|"), "Customer ID"},
		"a page":            {"<html>", "Customer ID"},
		"a quote is open":   {"Customer ID,Last Name\n7,\"Vale\n", "quote"},
		"told to Excel":     {"sep=;\r\n" + strings.ReplaceAll(roster, ",", ";"), ""},
		"ids as text":       {"Customer ID,Last Name\n\"=\"\"7\"\"\",Vale\n'8,Ng\n", ""},
		"short rows":        {"Customer ID,Last Name,Phone\n7,Vale\n8\n", ""},
		"empty rows":        {roster + ",\n,\n  , \n", ""},
		"empty in between":  {"Customer ID,Last Name\n7,Vale\n,\n8,Ng\n", ""},
		"a row too long":    {roster + "9,x,y\n", "line 4"},
		"ids that are lost": {"Customer ID\n1.2E+11\n", "line 2"},
		"one column alone":  {"Customer ID\r7\r8\r", ""},
		"semicolon in text": {"Customer ID,Last Name\n7,\"a;b\"\n8,x\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, err := New(strings.NewReader(tt.in), nil, Options{})
			switch {
			case tt.says == "" && (err != nil || len(s.customers) != 2):
				t.Errorf("%v", err)
			case tt.says != "" && (err == nil || !strings.Contains(err.Error(), tt.says)):
				t.Errorf("error %v, want %q", err, tt.says)
			}
		})
	}
}
