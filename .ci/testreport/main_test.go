package main

import (
	"fmt"
	"strings"
	"testing"
)

func line(action, test, output string) string {
	return fmt.Sprintf(`{"Action":%q,"Package":"p","Test":%q,"Output":%q}`, action, test, output) + "\n"
}

func TestReport(t *testing.T) {
	t.Parallel()
	pass := line("pass", "TestA", "")
	tests := map[string]struct {
		in      string
		wantErr string
		wantOut string
	}{
		"passed":          {in: pass, wantOut: "1 passed, 0 failed, 0 skipped"},
		"nothing ran":     {in: line("pass", "", ""), wantErr: "no test ran"},
		"failed":          {in: pass + line("output", "TestB", "told why\n") + line("fail", "TestB", ""), wantErr: "tests failed", wantOut: "told why"},
		"package failed":  {in: pass + line("fail", "", ""), wantErr: "tests failed"},
		"does not build":  {in: pass + `{"Action":"build-fail","ImportPath":"p"}`, wantErr: "tests failed"},
		"panicked":        {in: pass + line("output", "TestB", "panic: oh\n") + line("fail", "", ""), wantErr: "tests failed", wantOut: "panic: oh"},
		"shared":          {in: pass + skip("../shared is not there"), wantErr: "1 skips refused", wantOut: "refused: p TestS"},
		"database":        {in: pass + skip("no PostgreSQL on 127.0.0.1:5432"), wantErr: "1 skips refused"},
		"tool":            {in: pass + skip(`exec: "xmllint": executable file not found in $PATH`), wantErr: "1 skips refused"},
		"silent":          {in: pass + line("output", "TestS", "--- SKIP: TestS (0.00s)\n") + line("skip", "TestS", ""), wantErr: "1 skips refused"},
		"long":            {in: pass + skip("too long for -short"), wantOut: "skipped: p TestS"},
		"suite's gap":     {in: pass + skip("user_tags: makes missing tags: left out: the sink has no tags"), wantOut: "skipped: p TestS"},
		"no gap":          {in: pass + skip("user_tags: makes tags: left out: no database"), wantErr: "1 skips refused"},
		"fuzz input":      {in: pass + line("skip", "FuzzX/seed#0", ""), wantOut: "1 skipped"},
		"password":        {in: said("TestB", "login open sesame\n", "pass"), wantErr: "1 credentials or persons printed", wantOut: `p TestB printed "open sesame"`},
		"name in a skip":  {in: said("TestB", "too long for Kowalczyk\n", "skip") + pass, wantErr: "1 credentials or persons printed"},
		"e-mail":          {in: said("TestB", "to ann@mail.example.com\n", "pass"), wantErr: "1 credentials or persons printed"},
		"phone":           {in: said("TestB", "call (801) 555-0142\n", "pass"), wantErr: "1 credentials or persons printed"},
		"by the package":  {in: pass + line("output", "", "dial token-7: refused\n"), wantErr: "1 credentials or persons printed"},
		"a failure may":   {in: said("TestB", "got Kowalczyk\n", "fail"), wantErr: "tests failed", wantOut: "got Kowalczyk"},
		"test's name":     {in: said("TestB/Kowalczyk", "=== RUN   TestB/Kowalczyk\n", "pass"), wantOut: "1 passed"},
		"part of a word":  {in: said("TestB", "Kowalczykowa, 15550142\n", "pass"), wantOut: "1 passed"},
		"not JSON":        {in: "go: downloading\n" + pass, wantOut: "go: downloading"},
		"package's lines": {in: pass + line("output", "", "ok  \tp\t0.1s\n"), wantOut: "ok  \tp\t0.1s"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var out strings.Builder
			err := report(strings.NewReader(tt.in), &out, marks{"open sesame", "Kowalczyk"})
			if got := fmt.Sprint(err); err != nil && got != tt.wantErr || err == nil && tt.wantErr != "" {
				t.Errorf("error: got %v, want %q\n%s", err, tt.wantErr, out.String())
			}
			if !strings.Contains(out.String(), tt.wantOut) {
				t.Errorf("output lacks %q:\n%s", tt.wantOut, out.String())
			}
		})
	}
}

func said(test, text, end string) string { return line("output", test, text) + line(end, test, "") }

func skip(why string) string {
	return line("output", "TestS", "=== RUN   TestS\n") +
		line("output", "TestS", "    go_test.go:12: "+why+"\n") +
		line("output", "TestS", "--- SKIP: TestS (0.00s)\n") +
		line("skip", "TestS", "")
}
