package jsonapi_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/jsonapi"
)

func TestDecode(t *testing.T) {
	t.Parallel()
	type doc = jsonapi.Document
	one := jsonapi.Resource{Type: "t", ID: "1"}
	for name, tt := range map[string]struct {
		text string
		want doc
	}{
		"one":         {`{"data":{"type":"t","id":"1"}}`, doc{Data: []jsonapi.Resource{one}}},
		"several":     {` {"data":[{"type":"t","id":"1"},{"type":"t","id":"1"}]}`, doc{Data: []jsonapi.Resource{one, one}, Many: true}},
		"none":        {`{"data":null}`, doc{}},
		"empty":       {`{"data":[]}`, doc{Many: true}},
		"byte order":  {"\xef\xbb\xbf" + `{"data":null}`, doc{}},
		"number id":   {`{"data":{"type":"t","id":1}}`, doc{Data: []jsonapi.Resource{one}}},
		"next":        {`{"data":null,"links":{"next":"x"}}`, doc{Next: "x"}},
		"next object": {`{"data":null,"links":{"next":{"href":"x"}}}`, doc{Next: "x"}},
		"next null":   {`{"data":null,"links":{"next":null}}`, doc{}},
		"next number": {`{"data":null,"links":{"next":5}}`, doc{}},
		"included":    {`{"data":null,"included":[{"type":"t","id":"1"}]}`, doc{Included: []byte(`[{"type":"t","id":"1"}]`)}},
		"big number": {`{"data":{"type":"t","id":"1","attributes":{"n":12345678901234567890}}}`, doc{Data: []jsonapi.Resource{
			{Type: "t", ID: "1", Attributes: map[string]any{"n": json.Number("12345678901234567890")}},
		}}},
		"relationships": {
			`{"data":{"type":"t","id":"1","relationships":{"a":{"data":{"type":"u","id":"2"}},"b":{"data":[]},"c":{"data":null},"d":{"links":{}}}}}`,
			doc{Data: []jsonapi.Resource{{Type: "t", ID: "1", Relationships: map[string][]jsonapi.Identifier{
				"a": {{Type: "u", ID: "2"}}, "b": {}, "c": {},
			}}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := jsonapi.Decode([]byte(tt.text))
			if diff := cmp.Diff(tt.want, got); diff != "" || err != nil {
				t.Errorf("error %v, document (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestDecode_refuses(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"", "null", "[]", "{}", "5", "<html>", `{"data":`, `{"data":5}`, `{"data":{"id":{}}}`, `{"data":{"id":"1"}} x`,
		`{"data":{"attributes":"SECRET"}}`, `{"data":[{"relationships":{"a":{"data":"SECRET"}}}]}`,
	} {
		_, err := jsonapi.Decode([]byte(text))
		if !errors.Is(err, jsonapi.ErrNotADocument) || strings.Contains(err.Error(), "SECRET") {
			t.Errorf("Decode(%s) = %v", text, err)
		}
	}
}

func TestDecodeErrors(t *testing.T) {
	t.Parallel()
	type list = []jsonapi.Error
	for name, tt := range map[string]struct {
		text string
		want list
	}{
		"full": {
			`{"errors":[{"status":"422","code":"blank","title":"T","detail":"D","source":{"pointer":"/data/attributes/city"}}]}`,
			list{{Status: "422", Code: "blank", Pointer: "/data/attributes/city"}},
		},
		"numbers":      {`{"errors":[{"status":422,"code":17}]}`, list{{Status: "422", Code: "17"}}},
		"single":       {`{"errors":{"code":"x"}}`, list{{Code: "x"}}},
		"parameter":    {`{"errors":[{"source":{"parameter":"filter"}}]}`, list{{Pointer: "filter"}}},
		"header":       {`{"errors":[{"source":{"header":"Accept"}}]}`, list{{Pointer: "Accept"}}},
		"some garbage": {`{"errors":[5,{"code":"x"},{"code":[]},null]}`, list{{Code: "x"}, {}}},
		"personal":     {`{"errors":[{"code":"a@b.c","source":{"pointer":"/data/attributes/208 5550100"}}]}`, list{{}}},
		"phone":        {`{"errors":[{"code":"2085550100"}]}`, list{{}}},
		"not errors":   {`{"errors":"no"}`, nil},
		"no document":  {`<html>`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, jsonapi.DecodeErrors([]byte(tt.text))); diff != "" {
				t.Errorf("errors (-want +got):\n%s", diff)
			}
		})
	}
}

func TestError_field(t *testing.T) {
	t.Parallel()
	for pointer, want := range map[string]string{
		"/data/attributes/city": "city", "/data/attributes/city/0": "city", "/data/relationships/rep/data": "rep",
		"/data": "", "filter": "", "": "", "/data/attributes/": "",
	} {
		if got := (jsonapi.Error{Pointer: pointer}).Field(); got != want {
			t.Errorf("field of %q = %q, want %q", pointer, got, want)
		}
	}
}

func TestResource(t *testing.T) {
	t.Parallel()
	r := jsonapi.Resource{
		Attributes:    map[string]any{"s": "x", "n": json.Number("5"), "b": true, "o": map[string]any{}, "nil": nil},
		Relationships: map[string][]jsonapi.Identifier{"a": {{Type: "t", ID: "1"}}, "none": {}},
	}
	got := []string{r.Text("s"), r.Text("n"), r.Text("b"), r.Text("o"), r.Text("nil"), r.Related("a"), r.Related("none"), r.Related("x")}
	if diff := cmp.Diff([]string{"x", "5", "true", "", "", "1", "", ""}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestNew(t *testing.T) {
	t.Parallel()
	got, err := json.Marshal(jsonapi.New{
		Type: "customers", Attributes: map[string]any{"a": true},
		Relationships: map[string]any{
			"one": jsonapi.ToOne("t", "1"), "many": jsonapi.ToMany("t", []string{"1", "2"}),
			"nested": jsonapi.Nested(jsonapi.New{Type: "c", Attributes: map[string]any{"id": "9"}}),
		},
	})
	want := `{"data":{"attributes":{"a":true},"relationships":{"many":{"data":[{"type":"t","id":"1"},{"type":"t","id":"2"}]},` +
		`"nested":{"data":[{"attributes":{"id":"9"},"id":"","type":"c"}]},"one":{"data":{"type":"t","id":"1"}}},"type":"customers"}}`
	if diff := cmp.Diff(want, string(got)); diff != "" || err != nil {
		t.Errorf("error %v, document (-want +got):\n%s", err, diff)
	}
	got, err = json.Marshal(jsonapi.New{Type: "customers", ID: "7"})
	if diff := cmp.Diff(`{"data":{"id":"7","type":"customers"}}`, string(got)); diff != "" || err != nil {
		t.Errorf("error %v, document (-want +got):\n%s", err, diff)
	}
}

// FuzzDecode shows that nothing panics, and that what is kept of an error is
// short and can hold no text.
func FuzzDecode(f *testing.F) {
	for _, seed := range []string{`{"data":{"id":"1"}}`, `{"errors":[{"code":"x","source":{"pointer":"/data"}}]}`, `{"data":[{"relationships":{"a":{"data":[1]}}}]}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, body []byte) {
		doc, err := jsonapi.Decode(body)
		if err != nil && err.Error() != jsonapi.ErrNotADocument.Error() && !strings.HasPrefix(err.Error(), jsonapi.ErrNotADocument.Error()) {
			t.Errorf("error = %v", err)
		}
		for _, e := range append(doc.Errors, jsonapi.DecodeErrors(body)...) {
			kept := e.Status + e.Code + e.Pointer + e.Field()
			if len(kept) > 400 || !utf8.ValidString(kept) || strings.ContainsAny(kept, " @'\"\\<>+\n") {
				t.Errorf("kept %q", kept)
			}
		}
	})
}

// Fault 50: ids are kept longer than their document, and are short.
func TestLongIDs(t *testing.T) {
	t.Parallel()
	for length, fails := range map[int]bool{256: false, 257: true} {
		id := strings.Repeat("1", length)
		for _, resource := range []string{
			`{"id":"` + id + `"}`, `{"id":` + id + `}`, `{"id":"1","relationships":{"a":{"data":{"id":"` + id + `"}}}}`,
			`{"id":"1","relationships":{"a":{"data":[{"id":"1"},{"id":"` + id + `"}]}}}`,
		} {
			for _, body := range []string{`{"data":` + resource + `}`, `{"data":[` + resource + `]}`} {
				if _, err := jsonapi.Decode([]byte(body)); (err != nil) != fails {
					t.Errorf("%d bytes in %.40s: %v", length, body, err)
				}
			}
		}
	}
}

// An error without a pointer may name its attribute in a member of its own; values are
// never taken for a name.
func TestDecodeErrorsBy(t *testing.T) {
	t.Parallel()
	const text = `{"errors":[5,{"code":"a","field":"zip"},{"code":"b","source":{"pointer":"/data/attributes/city"},"field":"zip"},
		{"code":"c","meta":{"field":"state"},"field":"12345678901"},{"code":"d","field":{"x":1}},{"code":"e","field":"Jo Doe"}]}`
	for member, want := range map[string][]string{
		"":           {"", "city", "", "", ""},
		"field":      {"zip", "city", "", "", ""},
		"meta.field": {"", "city", "state", "", ""},
		"none":       {"", "city", "", "", ""},
	} {
		var got []string
		for _, e := range jsonapi.DecodeErrorsBy([]byte(text), member) {
			got = append(got, e.Field())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("member %q (-want +got):\n%s", member, diff)
		}
	}
}
