package adcimport_test

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
)

func TestParseIDs_F1_F3(t *testing.T) {
	t.Parallel()
	abc := []string{"12", "34", "56"}
	tests := map[string]struct {
		in   string
		want []string
	}{
		"none":                     {in: ""},
		"spaces only":              {in: "  \t "},
		"empty parts":              {in: ",, ,;;\n\n"},
		"one":                      {in: "12", want: abc[:1]},
		"several":                  {in: "12, 34,56", want: abc},
		"order stays":              {in: "9,1,5", want: []string{"9", "1", "5"}},
		"repeated":                 {in: "1,2,1,01", want: []string{"1", "2"}},
		"leading zeros":            {in: "007", want: []string{"7"}},
		"commas and line breaks":   {in: "12,\n34,\r\n56", want: abc},
		"longest":                  {in: "999999999999999999", want: []string{"999999999999999999"}},
		"a column":                 {in: "12\n34\n56\n", want: abc},
		"a column of Windows":      {in: "12\r\n34\r\n56\r\n", want: abc},
		"a column of an old Mac":   {in: "12\r34\r56", want: abc},
		"a row":                    {in: "12\t34\t56", want: abc},
		"a table":                  {in: "12\t34\n56\t12\n", want: abc},
		"semicolons":               {in: "12;34; 56", want: abc},
		"breaks within a cell":     {in: "12\v34\f56", want: abc},
		"breaks of Unicode":        {in: "12\u202834\u202956\u0085", want: abc},
		"all mixed":                {in: "\ufeff12 ;\u00a034,\r\n\t 56\u200b", want: abc},
		"no-break spaces":          {in: "\u00a012\u00a0,\u202f34\u2007\n\u300056", want: abc},
		"byte order mark":          {in: "\ufeff12,34,56", want: abc},
		"zero width":               {in: "\u200b12\u200d,\u206034,56\u00ad", want: abc},
		"direction":                {in: "\u202a12\u202c,\u200e34\u200f,\u206656\u2069", want: abc},
		"hundreds with spaces":     {in: "1, 234", want: []string{"1", "234"}},
		"a space anywhere":         {in: "100, 200,300", want: []string{"100", "200", "300"}},
		"hundreds in a column":     {in: "1\n234\n567", want: []string{"1", "234", "567"}},
		"hundreds with semicolons": {in: "1;234", want: []string{"1", "234"}},
		"longer first":             {in: "1234,567", want: []string{"1234", "567"}},
		"longer later":             {in: "123,4567", want: []string{"123", "4567"}},
		"shorter later":            {in: "123,456,78", want: []string{"123", "456", "78"}},
		"a comma at the end":       {in: "123,456,", want: []string{"123", "456"}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := adcimport.ParseIDs(tt.in)
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("%v (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestParseIDs_refuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		in, part string
		place    int
	}{
		"too long":                  {"1,9999999999999999999", "9999999999999999999", 2},
		"zero":                      {"0", "0", 1},
		"only zeros":                {"1, 000", "000", 2},
		"a word":                    {"1,abc,2", "abc", 2},
		"a header":                  {"Customer ID\n12\n34", "Customer ID", 1},
		"a line":                    {"12\r\n\r\n34\r\nx\r\n", "x", 4},
		"negative":                  {"-5", "-5", 1},
		"sign":                      {"+5", "+5", 1},
		"decimal":                   {"1.5", "1.5", 1},
		"space within":              {"1 2", "1 2", 1},
		"no-break space within":     {"12\u00a0345", "12\u00a0345", 1},
		"zero width within":         {"1,12\u200b34", "12\u200b34", 2},
		"digits of a script":        {"١٢", "١٢", 1},
		"full-width digits":         {"１２", "１２", 1},
		"full-width comma":          {"1，2", "1，2", 1},
		"quoted":                    {`"12"`, `"12"`, 1},
		"an apostrophe":             {"'12", "'12", 1},
		"scientific":                {"1.2E+07", "1.2E+07", 1},
		"no text":                   {"12,\xff", "\xff", 2},
		"a thousand":                {"1,234", "1,234", 1},
		"a million":                 {" 12,345,678 ", "12,345,678", 1},
		"three and three":           {"123,456", "123,456", 1},
		"thousands in a column":     {"12\n1,234,567\n2,345,678", "1,234,567", 2},
		"bars":                      {"12|34", "12|34", 1},
		"a number sign":             {"34,#12", "#12", 2},
		"a word beside":             {"12 and 34", "12 and 34", 1},
		"a label":                   {"ID: 12", "ID: 12", 1},
		"a full stop":               {"12.\n34", "12.", 1},
		"a range":                   {"12-34", "12-34", 1},
		"a spreadsheet's text":      {"34\n=\"12\"", `="12"`, 2},
		"thousands in a row":        {"1;1,234", "1,234", 2},
		"thousands, and what hides": {"1,\u200b234", "1,\u200b234", 1},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := adcimport.ParseIDs(tt.in)
			bad, ok := errors.AsType[*adcimport.InvalidFilterError](err)
			if !ok || got != nil {
				t.Fatalf("got %q, %v", got, err)
			}
			want := adcimport.InvalidFilterError{Place: tt.place, Part: tt.part, Rule: bad.Rule}
			if diff := cmp.Diff(want, *bad); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if says := fmt.Sprintf("part %d, %q: ", tt.place, tt.part); !strings.Contains(err.Error(), says) {
				t.Errorf("%q does not say %s", err, says)
			}
		})
	}
}

// maxFilterError is what fits into a line that a person reads, escapes and all.
const maxFilterError = 400

// TestInvalidFilterError_isShort is fault 63: a pasted column was repeated in
// the error, all 160 kB of it, and with what moves a terminal's cursor.
func TestInvalidFilterError_isShort(t *testing.T) {
	t.Parallel()
	for name, long := range map[string]string{
		"a column with spaces": strings.Repeat("1234567 ", 20_000),
		"letters":              strings.Repeat("é", 80_000),
		"no text":              strings.Repeat("\xbf", 80_000),
		"terminal codes":       strings.Repeat("\x1b[2J", 40_000),
		"grouped":              "1" + strings.Repeat(",234", 40_000),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			imp := newRig(1).importer(t)
			_, ids := adcimport.ParseIDs("7, " + long)
			_, grouped := adcimport.ParseIDs(long)
			_, filter := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{CustomerIDs: []string{" " + long}}, adcimport.CustomerOptions{})
			own := error(&adcimport.InvalidFilterError{Field: "UserFilter.RoleIDs", Part: long, Rule: "must be known"})
			for i, err := range []error{ids, grouped, filter, own} {
				bad, ok := errors.AsType[*adcimport.InvalidFilterError](err)
				if name == "grouped" && i == 0 && err == nil {
					continue // a space after a comma: these are ids
				}
				if !ok {
					t.Fatalf("%d: %v", i, err)
				}
				if n := len(err.Error()); n > maxFilterError || strings.Contains(err.Error(), "\x1b") {
					t.Errorf("%d: an error of %d bytes: %.100q", i, n, err)
				}
				if n := len(bad.Part); i < 3 && n > 50 {
					t.Errorf("%d: a part of %d bytes", i, n)
				}
			}
		})
	}
}

func FuzzParseIDs(f *testing.F) {
	for _, s := range []string{
		"", "1,2", " 01 ,,2", "x", "-1", "99999999999999999999", "12\r\n34\n", "1;2\t3\v4", "1,234", "1, 234", "12 345",
		"\ufeff12\u00a0,\u200b34", "１２", "\xff", strings.Repeat("é", 60),
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		ids, err := adcimport.ParseIDs(s)
		if err != nil {
			bad, ok := errors.AsType[*adcimport.InvalidFilterError](err)
			if !ok || ids != nil || bad.Place < 1 || !strings.Contains(s, strings.TrimSuffix(bad.Part, "…")) || len(err.Error()) > maxFilterError {
				t.Fatalf("got %q, %v", ids, err)
			}
			return
		}
		for i, id := range ids {
			n, err := strconv.ParseInt(id, 10, 64)
			if err != nil || n <= 0 || strconv.FormatInt(n, 10) != id || slices.Contains(ids[:i], id) || !strings.Contains(s, id) {
				t.Fatalf("%q gave %q", s, ids)
			}
		}
		for _, between := range []string{", ", "\n", ";", "\t", "\r\n"} {
			again, err := adcimport.ParseIDs(strings.Join(ids, between))
			if diff := cmp.Diff(ids, again); diff != "" || err != nil {
				t.Fatalf("%v: not stable with %q between:\n%s", err, between, diff)
			}
		}
	})
}
