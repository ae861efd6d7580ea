package strictjson_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/strictjson"
)

func TestParse(t *testing.T) {
	t.Parallel()
	got, err := strictjson.Parse([]byte(` {"a": [1.50, "x", true, null], "b": {"c": {}}} `))
	if err != nil {
		t.Fatal(err)
	}
	want := strictjson.Value{Kind: strictjson.Object, Members: []strictjson.Member{
		{Name: "a", Value: strictjson.Value{Kind: strictjson.Array, Path: "a", Items: []strictjson.Value{
			{Kind: strictjson.Number, Path: "a[0]", Text: "1.50"},
			{Kind: strictjson.String, Path: "a[1]", Text: "x"},
			{Kind: strictjson.Bool, Path: "a[2]", Bool: true},
			{Kind: strictjson.Null, Path: "a[3]"},
		}}},
		{Name: "b", Value: strictjson.Value{Kind: strictjson.Object, Path: "b", Members: []strictjson.Member{
			{Name: "c", Value: strictjson.Value{Kind: strictjson.Object, Path: "b.c"}},
		}}},
	}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("tree (-want +got):\n%s", diff)
	}
}

func TestParse_errors(t *testing.T) {
	t.Parallel()
	type at struct {
		Path         string
		Line, Column int
	}
	for name, tt := range map[string]struct {
		in   string
		want at
	}{
		"empty":        {"", at{"", 1, 1}},
		"cut":          {"{\n  \"a\": [1,", at{"", 2, 10}},
		"syntax":       {"{\n  \"a\": x}", at{"", 2, 8}},
		"two values":   {"{} {}", at{"", 1, 4}},
		"twice":        {"{\"a\": 1,\n \"b\": {\"c\": 1, \"c\": 2}}", at{"b.c", 2, 18}},
		"not UTF-8":    {"\"\xff\"", at{}},
		"trailing":     {"[1,]", at{"", 1, 4}},
		"comment":      {"[1] // one", at{"", 1, 5}},
		"single quote": {"{'a': 1}", at{"", 1, 2}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := strictjson.Parse([]byte(tt.in))
			e, ok := errors.AsType[*strictjson.Error](err)
			if !ok {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(tt.want, at{e.Path, e.Line, e.Column}); diff != "" {
				t.Errorf("%v: place (-want +got):\n%s", err, diff)
			}
		})
	}
}

func TestParse_depth(t *testing.T) {
	t.Parallel()
	nested := func(n int) []byte { return []byte(strings.Repeat("[", n) + strings.Repeat("]", n)) }
	if _, err := strictjson.Parse(nested(50)); err != nil {
		t.Errorf("50 levels: %v", err)
	}
	if _, err := strictjson.Parse(nested(51)); err == nil {
		t.Error("51 levels are taken")
	}
}

// FuzzParse compares with encoding/json: nothing is taken that it refuses, and
// what is taken means the same.
func FuzzParse(f *testing.F) {
	for _, s := range []string{`{"a":[1,"x",true,null]}`, `{"a":1,"a":2}`, `[[[`, "\"\xff\"", `"\ud800"`, `1e999`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := strictjson.Parse(data)
		if err != nil {
			return
		}
		var want any
		dec := json.NewDecoder(strings.NewReader(string(data)))
		dec.UseNumber()
		if err := dec.Decode(&want); err != nil {
			t.Fatalf("%q is taken, encoding/json says %v", data, err)
		}
		if diff := cmp.Diff(want, plain(v)); diff != "" {
			t.Fatalf("%q (-want +got):\n%s", data, diff)
		}
	})
}

func plain(v strictjson.Value) any {
	switch v.Kind {
	case strictjson.Bool:
		return v.Bool
	case strictjson.Number:
		return json.Number(v.Text)
	case strictjson.String:
		return v.Text
	case strictjson.Array:
		list := make([]any, len(v.Items))
		for i, item := range v.Items {
			list[i] = plain(item)
		}
		return list
	case strictjson.Object:
		m := make(map[string]any, len(v.Members))
		for _, member := range v.Members {
			m[member.Name] = plain(member.Value)
		}
		return m
	case strictjson.Null:
	}
	return nil
}

// Fault 50: a long name is not repeated in the path of everything below it.
func TestParse_isBounded(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		`{"` + strings.Repeat("a", 30_000) + `":[` + strings.Repeat("0,", 10_000) + `0]}`,
		`"` + strings.Repeat("a", 1<<20) + `"`,
	} {
		if _, err := strictjson.Parse([]byte(text)); err == nil {
			t.Errorf("%.20s… is taken", text)
		}
	}
}
