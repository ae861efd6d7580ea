package wiretext_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"

	"github.com/securitytrax/adcimport/internal/wiretext"
)

const bad = "\xff"

// Fault 33: what is mended, and what stays, wherever a reply is cut.
func TestReader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ in, xml, json string }{
		{"", "", ""},
		{"plain é 李 😀 \u200b\t\r\n", "", ""},
		{"Ren\xe9e", "Ren" + bad + "e", "Ren" + bad + "e"},
		{"\xed\xa0\xbd", bad + bad + bad, bad + bad + bad},
		{"a\x00b\x1fc\x0b", "a b c ", "a b c "},
		{"a\ufffeb\uffff", "a b ", "a b "},
		{"a\ufffdb", "", ""},
		{"cut \xf0\x9f\x98", "cut " + bad + bad + bad, "cut " + bad + bad + bad},
		{`Ann\ud83d`, `Ann\ud83d`, "Ann "},
		{`Ann\ude00!`, `Ann\ude00!`, "Ann !"},
		{`\ud83d\ude00`, "", ""},
		{`\ud83d\ud83d\ude00x`, `\ud83d\ud83d\ude00x`, ` \ud83d\ude00x`},
		{`\ud83dA`, `\ud83dA`, " A"},
		{`\\ud83d`, "", ""},
		{`a\"\n\/\\`, "", ""},
		{`\ud8`, "", ""},
		{`\`, "", ""},
		{`\u00e9`, "", ""},
		{"\\\xff", "\\" + bad, "\\" + bad},
	} {
		for kind, want := range map[string]string{"xml": tt.xml, "json": tt.json} {
			if want == "" {
				want = tt.in
			}
			for size, in := range map[string]io.Reader{
				"whole": strings.NewReader(tt.in), "bytes": iotest.OneByteReader(strings.NewReader(tt.in)),
				"halves": iotest.HalfReader(strings.NewReader(tt.in)), "with its end": iotest.DataErrReader(strings.NewReader(tt.in)),
			} {
				got, err := io.ReadAll(iotest.OneByteReader(reader(kind, in)))
				if text := wiretext.Restored(string(got)); text != want || err != nil {
					t.Errorf("%s of %q, %s: %q, %v, want %q", kind, tt.in, size, text, err, want)
				}
			}
		}
	}
}

func reader(kind string, in io.Reader) io.Reader {
	if kind == "json" {
		return wiretext.JSON(bufio.NewReaderSize(in, 16))
	}
	return wiretext.XML(bufio.NewReaderSize(in, 16))
}

// An error of the connection is not lost, nor made into text.
func TestReader_error(t *testing.T) {
	t.Parallel()
	broken := errors.New("reset")
	for _, before := range []string{"", "abc", "abc\xff", `abc\ud83d`, "abc\xf0\x9f"} {
		for _, kind := range []string{"xml", "json"} {
			in := io.MultiReader(strings.NewReader(before), iotest.ErrReader(broken))
			if got, err := io.ReadAll(reader(kind, in)); !errors.Is(err, broken) || len(got) > len(before)+8 {
				t.Errorf("%s after %q: %q, %v", kind, before, got, err)
			}
		}
	}
}

// What comes out is UTF-8 without characters that XML refuses, and good text as it
// went in; JSON that a decoder reads is read without U+FFFD that was not there.
func FuzzReader(f *testing.F) {
	for _, s := range []string{"a", "é\xe9", `"\ud83d\ude00"`, `"\ud83d"`, "\x00\ufffe", "\U0010ffff", `"\\\ud83d"`, "\xf0\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, kind := range []string{"xml", "json"} {
			out, err := io.ReadAll(reader(kind, strings.NewReader(s)))
			if err != nil || !utf8.Valid(out) || strings.ContainsAny(string(out), "\x00\ufffe\uffff") {
				t.Fatalf("%s of %q: %q, %v", kind, s, out, err)
			}
			again, err := io.ReadAll(reader(kind, iotest.OneByteReader(strings.NewReader(s))))
			if err != nil || string(again) != string(out) {
				t.Fatalf("%s of %q: %q, byte by byte %q, %v", kind, s, out, again, err)
			}
			var before, after string
			if kind == "json" && json.Unmarshal([]byte(s), &before) == nil && json.Unmarshal(out, &after) == nil {
				if strings.Count(after, "\ufffd") > strings.Count(s, "\ufffd")+strings.Count(strings.ToLower(s), `\ufffd`) {
					t.Fatalf("%q is read as %q", s, after)
				}
			}
		}
	})
}
