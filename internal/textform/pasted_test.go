package textform_test

import (
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/internal/textform"
)

// Fault 82: phones, postal codes and dates as people paste them, from mail, web pages
// and spreadsheets, are read as they look.
func TestPasted(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"\u202a(555) 555-0123\u202c": "5555550123", "\u2068555-555-0123\u2069": "5555550123", "\ufeff5555550123": "5555550123",
		"555\u202f555\u202f0123": "5555550123", "555\u2212555\u22120123": "5555550123", "555\u2014555\u20140123": "5555550123",
		"\u00a0555\u00a0555\u00a00123\u00a0x\u00a012": "5555550123", "５５５-５５５-０１２３": "5555550123", "（555） 555−0123": "5555550123",
		"tel:+1-555-555-0123": "5555550123", "555·555·0123": "5555550123", "5\u200b55\u00ad5550123": "5555550123", "＋1 555 555 0123": "5555550123",
		"٥٥٥٥٥٥٠١٢٣": "", "555\u0000555 0123": "", "555?555?0123": "",
	} {
		if p, ok := textform.ParsePhone(in); p.Number != want || ok != (want != "") {
			t.Errorf("ParsePhone(%q) = %q, %t, want %q", in, p.Number, ok, want)
		}
	}
	for in, want := range map[string]string{
		"\u202a23220\u202c": "23220", "23220\u20131234": "23220-1234", "23220\u22121234": "23220-1234", "\ufeffk1a\u00a00b1": "K1A 0B1",
		"K1A\u202f0B1": "K1A 0B1", "２３２２０": "23220", "23220\u200b": "23220", "23220\u2014": "23220", "١٢٣٤٥": "", "2322O": "",
	} {
		if got, ok := textform.Postal(in); got != want || ok != (want != "") {
			t.Errorf("Postal(%q) = %q, %t, want %q", in, got, ok, want)
		}
	}
}

// Fault 82: what a spreadsheet leaves around a number is none of it.
func TestPasted_fromSpreadsheets(t *testing.T) {
	t.Parallel()
	for _, around := range []string{`="%"`, `'%`, `"%"`, `%,`, `"%";`, `'"%"`, "\t%\n", " = %"} {
		in := func(text string) string { return strings.ReplaceAll(around, "%", text) }
		want := around != " = %"
		if p, ok := textform.ParsePhone(in("801-555-0101")); ok != want || ok && p.Number != "8015550101" {
			t.Errorf("phone %q: %v, %t", in("801-555-0101"), p, ok)
		}
		if zip, ok := textform.Postal(in("04601")); ok != want || ok && zip != "04601" {
			t.Errorf("ZIP %q: %q, %t", in("04601"), zip, ok)
		}
		if date, ok := textform.Date(in("2/9/2024")); ok != want || ok && date != "2024-02-09" {
			t.Errorf("date %q: %q, %t", in("2/9/2024"), date, ok)
		}
	}
	for in, ext := range map[string]string{"tel:+1-801-555-0101;ext=12": "12", "801\t555\t0101": "", "801\n555-0101 x9": "9", "(801)\r\n555-0101": ""} {
		if p, ok := textform.ParsePhone(in); !ok || p.Number != "8015550101" || p.Extension != ext {
			t.Errorf("phone %q: %v, %t", in, p, ok)
		}
	}
	for _, in := range []string{"8.01556E+09", "1-800-FLOWERS", "801-555-O101", `=8015550101`, `"801-555-0101`} {
		if p, ok := textform.ParsePhone(in); ok {
			t.Errorf("phone %q: %v", in, p)
		}
	}
}

// Fault 82: the forms of a date, with whatever follows it.
func TestDate_forms(t *testing.T) {
	t.Parallel()
	for _, in := range []string{
		"2024-02-09T23:59:00+0000", "2024-02-09T23:59:00.000+0000", "2024-02-09T23:59:00-0500", "2024-02-09T23:59:00+00", "2024-02-09T23:59Z",
		"2024-02-09 23:59:00 +0000", "2024-02-09 23:59:00 UTC", "2024-02-09 23:59:00.123456+00", "20240209T235900Z", "20240209T2359",
		"2/9/2024 11:59 PM", "2/9/2024 11:59PM", "2/9/2024 11:59:00\u202fPM", "2/9/2024, 11:59 p.m.", "2/9/2024 11 PM", "02/09/2024 23:59",
		"\u202a2/9/2024\u202c", "\ufeff2024-02-09", "2\u22129\u22122024", "2\u20139\u20132024", "２０２４-０２-０９", "2024\u201102\u201109", "2024-2-9", "2024.02.09",
		"Feb 9, 2024", "Feb. 9, 2024", "February 9th, 2024", "Fri, 09 Feb 2024 23:59:00 GMT", "Friday, February 9, 2024 11:59 PM",
		"9-Feb-2024", "9 February, 2024", "2024-Feb-9", "Feb\u00a09,\u00a02024", "February 9, 2024 at 11:59 PM", "FEB 9 2024", "feb 9 2024",
	} {
		if got, ok := textform.Date(in); !ok || got != "2024-02-09" {
			t.Errorf("Date(%q) = %q, %t", in, got, ok)
		}
	}
	if got, ok := textform.Date("Sept. 3rd, 2024"); !ok || got != "2024-09-03" {
		t.Errorf("Sept. 3rd is %q, %t", got, ok)
	}
	for _, in := range []string{
		"2/9/24", "13/1/2024", "2024-02-09 soon", "2024-02-09T", "2024-02-09T25:00:00", "2/9/2024 13:00 PM x", "Feb 30, 2024", "9th", "PM", "12:00",
		"2024-02-09 2024-02-10", "45331", "1707436800", "Feb 2024", "2/9",
	} {
		if got, ok := textform.Date(in); ok {
			t.Errorf("Date(%q) = %q", in, got)
		}
	}
}

// Fault 82: numbers of persons, names of companies, prefixes, and a letter with a dot.
func TestTitle_names(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"HENRY VIII": "Henry VIII", "Henry Viii": "Henry VIII", "louis xiv": "Louis XIV", "PIUS IX": "Pius IX", "JOHN SMITH VI": "John Smith VI",
		"VI NGUYEN": "Vi Nguyen", "XI CHEN": "Xi Chen", "CHEN XI": "Chen Xi", "VIII": "Viii", "DIX": "Dix", "JOHN SMITH VII, JR": "John Smith VII, Jr",
		"3M COMPANY": "3M Company", "3m company": "3M Company", "3RD STREET": "3rd Street", "24HR GYM": "24hr Gym", "7-ELEVEN": "7-Eleven", "1A AUTO": "1A Auto",
		"MacDONALD": "MacDonald", "McDONALD": "McDonald", "DeSHAWN": "DeShawn", "LaTOYA": "LaToya", "MacKENZIE-O'BRIEN": "MacKenzie-O'Brien",
		"MacBOOK": "MacBook", "DeShawn": "DeShawn", "PhD": "PhD", "SolarUSA": "SolarUSA", "MACDONALD": "Macdonald", "LaLLC": "LaLLC",
		"AT&T": "AT&T", "at&t store": "AT&T Store", "H&R BLOCK": "H&R Block", "a&w": "A&W", "SMITH&SONS": "Smith&Sons", "ED&JO": "Ed&Jo", "&": "&",
		"H2O PLUMBING": "H2O Plumbing", "b2b solutions": "B2B Solutions", "4X4 SHOP": "4x4 Shop", "ΣΊΣΥΦΟΣ": "Σίσυφος", "Σ": "Σ", "d'ARCY": "D'Arcy",
		"İSTANBUL": "İstanbul", "ÇELİK": "Çelik", "İNCİ": "İnci", "ALİ": "Ali", "ışık": "Işık",
	} {
		if got := textform.Title(in); got != want {
			t.Errorf("Title(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzAsRead(f *testing.F) {
	f.Add("\u202a(555) 555-0123\u202c")
	f.Add("２０２４")
	f.Fuzz(func(t *testing.T, s string) {
		once := textform.AsRead(s)
		if again := textform.AsRead(once); again != once {
			t.Fatalf("AsRead(%q) = %q, again %q", s, once, again)
		}
		if date, ok := textform.Date(s); ok && date != "" {
			if again, _ := textform.Date(date); again != date {
				t.Fatalf("Date(%q) = %q, again %q", s, date, again)
			}
		}
	})
}
