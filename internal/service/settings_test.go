package service_test

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/internal/service"
	"github.com/securitytrax/adcimport/securitytrax"
)

func alarmConfig() any {
	return &alarmcom.Config{Credentials: alarmcom.NewCredentials("u", "p")}
}

func crmConfig() any {
	return &securitytrax.Config{
		Profile: "sandbox", ISPID: "1", Credentials: securitytrax.Login("u", "p").WithIntegratorKey("k"),
	}
}

// refused makes the client of a Config and returns the field that is refused;
// empty: none is.
func refused(t *testing.T, cfg any) string {
	t.Helper()
	var err error
	switch c := cfg.(type) {
	case *alarmcom.Config:
		_, err = alarmcom.New(*c)
	case *securitytrax.Config:
		_, err = securitytrax.New(*c)
	}
	if err == nil {
		return ""
	}
	invalid, ok := errors.AsType[*adcimport.InvalidOptionsError](err)
	if !ok {
		t.Fatalf("%T: %v is no InvalidOptionsError", cfg, err)
	}
	_, field, _ := strings.Cut(invalid.Field, ".Config.")
	return field
}

// Both Configs have every sister setting, under one name and with one type.
func TestSettings_bothConfigsHaveThem(t *testing.T) {
	t.Parallel()
	alarm, crm := reflect.TypeFor[alarmcom.Config](), reflect.TypeFor[securitytrax.Config]()
	for f := range fields(reflect.TypeFor[service.Settings]()) {
		for _, config := range []reflect.Type{alarm, crm} {
			if has, ok := config.FieldByName(f.Name); !ok || has.Type != f.Type {
				t.Errorf("%s has no %s of type %s", config, f.Name, f.Type)
			}
		}
	}
	for f := range fields(alarm) {
		_, shared := reflect.TypeFor[service.Settings]().FieldByName(f.Name)
		if _, both := crm.FieldByName(f.Name); both && !shared && !strings.HasPrefix(f.Name, "Credential") {
			t.Errorf("%s is in both Configs, but no sister setting: do both mean the same?", f.Name)
		}
	}
}

func fields(t reflect.Type) func(func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for field := range t.Fields() {
			if !yield(field) {
				return
			}
		}
	}
}

// fault 57: a time of some nanoseconds is one whose unit was forgotten.
//
// A value means the same in both Configs: the default, off, or refused by name.
func TestSettings_meanTheSame(t *testing.T) {
	t.Parallel()
	for field, values := range map[string]map[any]bool{ // value: refused
		"RequestsPerSecond": {0.0: false, -1.0: false, 0.001: false, 1e300: false, math.Inf(1): true, math.Inf(-1): true, math.NaN(): true},
		"Burst":             {0: false, -1: true, 1: false, math.MaxInt: false},
		"MaxInFlight":       {0: false, -1: true, math.MinInt: true, 1: false},
		"MaxRetries":        {0: false, -1: false, -2: false, math.MinInt: false, 1: false},
		"Timeout":           {time.Duration(0): false, time.Duration(-1): true, time.Duration(60): true, time.Millisecond - 1: true, time.Millisecond: false},
		"SlowAfter":         {time.Duration(0): false, time.Duration(-1): false, time.Duration(5): true, time.Hour: false},
		"MaxResponseBytes":  {int64(0): false, int64(-1): true, int64(1): false, int64(math.MaxInt64): false},
		"UserAgent":         {"": false, "a b": false, "a\r\nb": true, "a\tb": true, "ä": true},
		"BaseURL": {
			"": false, "https://h": false, "https://h/a/": false, "https://h/a//": false, "HTTPS://h": false, "http://localhost:1": false,
			"http://127.0.0.1": false, "http://[::1]:8/x": false, "http://[::ffff:127.0.0.1]": false,
			"http://h": true, "http://127.0.0.1.example.com": true, "http://localhost.example.com": true, "http://127.1": true,
			"ftp://localhost": true,
			"h":               true, "//h": true, "https:h": true, "https:///x": true, "https://:443": true, "https://u@h": true, "https://u:p@h": true,
			"https://h?": true, "https://h?a=b": true, "https://h#": true, "https://h#x": true, "https://h%zz": true, "\x00": true,
		},
	} {
		for value, refuse := range values {
			want := ""
			if refuse {
				want = field
			}
			for _, cfg := range []any{alarmConfig(), crmConfig()} {
				reflect.ValueOf(cfg).Elem().FieldByName(field).Set(reflect.ValueOf(value))
				if got := refused(t, cfg); got != want {
					t.Errorf("%T with %s %v: %q is refused, want %q", cfg, field, value, got, want)
				}
			}
		}
	}
}

// Defaults and what is off, as the clients get them.
func TestSettings_Resolve(t *testing.T) {
	t.Parallel()
	defaults := service.Settings{
		BaseURL: "https://h/x", RequestsPerSecond: 3, Burst: 4, MaxInFlight: 5, MaxRetries: 6,
		Timeout: 8 * time.Second, MaxResponseBytes: 9, UserAgent: "ua",
	}
	resolved := defaults
	resolved.SlowAfter = 2 * time.Second
	for name, tt := range map[string]struct{ given, want service.Settings }{
		"zero": {service.Settings{}, resolved},
		"negative": {
			service.Settings{BaseURL: "https://h//", RequestsPerSecond: -2, MaxRetries: -2, SlowAfter: -2},
			func() service.Settings {
				w := resolved
				w.BaseURL, w.RequestsPerSecond, w.MaxRetries, w.SlowAfter = "https://h", -2, 0, -2
				return w
			}(),
		},
		"without bound": {service.Settings{MaxResponseBytes: math.MaxInt64}, func() service.Settings {
			w := resolved
			w.MaxResponseBytes = math.MaxInt64 - 1
			return w
		}()},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := tt.given.Resolve("x.Config", defaults, time.Second)
			if err != nil || got.Logger == nil || got.Transport == nil {
				t.Fatalf("%v, logger %v, transport %v", err, got.Logger, got.Transport)
			}
			got.Logger, got.Transport = nil, nil
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("settings (-want +got):\n%s", diff)
			}
		})
	}
}

// meaning is what a comment says of a negative number, of an empty text, or of nil.
var meaning = regexp.MustCompile(`negative: [^;,.]*`)

// What the comments of both Configs say of negative numbers is the same, and so is
// whether they say it.
func TestSettings_commentsSayTheSame(t *testing.T) {
	t.Parallel()
	alarm, crm := comments(t, "../../alarmcom"), comments(t, "../../securitytrax")
	for f := range fields(reflect.TypeFor[service.Settings]()) {
		if alarm[f.Name] == "" || crm[f.Name] == "" {
			t.Errorf("%s has no comment in both Configs", f.Name)
		}
		if diff := cmp.Diff(meaning.FindString(alarm[f.Name]), meaning.FindString(crm[f.Name])); diff != "" {
			t.Errorf("%s (-alarmcom +securitytrax):\n%s", f.Name, diff)
		}
		number := f.Type.Kind() == reflect.Int || f.Type.Kind() == reflect.Int64 || f.Type.Kind() == reflect.Float64
		for _, text := range []string{alarm[f.Name], crm[f.Name]} {
			if number && !strings.Contains(text, "0: ") {
				t.Errorf("%s: %q does not tell the default", f.Name, text)
			}
		}
	}
}

// comments are those of the fields of a package's Config, in one line each.
func comments(t *testing.T, dir string) map[string]string {
	t.Helper()
	f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, "config.go"), nil, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	config, ok := f.Scope.Lookup("Config").Decl.(*ast.TypeSpec)
	if !ok {
		t.Fatal("Config is no type")
	}
	found := map[string]string{}
	structure, _ := config.Type.(*ast.StructType)
	for _, field := range structure.Fields.List {
		for _, name := range field.Names {
			text := field.Doc.Text() + field.Comment.Text()
			found[name.Name] = strings.Join(strings.Fields(text), " ")
		}
	}
	return found
}
