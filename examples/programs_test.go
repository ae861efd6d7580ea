package examples_test

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// fence is a fenced block: what is written after the fence, and the text.
type fence struct{ info, text string }

var (
	fenceOf = regexp.MustCompile("(?ms)^```([^\n]*)\n(.*?)^```$")
	fileOf  = regexp.MustCompile(`(?ms)^File \*\*([^*]+)\*\*[^\n]*:\n\n\z`)
)

// fences are the fenced blocks of a page. One that follows a line which names a file
// has that as its info.
func fences(t *testing.T, page string) []fence {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	var list []fence
	end := 0
	for _, at := range fenceOf.FindAllSubmatchIndex(text, -1) {
		f := fence{string(text[at[2]:at[3]]), string(text[at[4]:at[5]])}
		if file := fileOf.FindSubmatch(text[end:at[0]]); file != nil {
			f.info = "file " + string(file[1])
		}
		end = at[1]
		list = append(list, f)
	}
	return list
}

// terminal is a shell in a folder, as a reader has it.
type terminal struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
	err bytes.Buffer // to be read once the shell has ended
	dir string
}

// newTerminal opens a shell that sees modules as a host does, and asks nobody for them:
// this one is the checkout, all others are in the module cache.
func newTerminal(t *testing.T, dir string, env ...string) *terminal {
	t.Helper()
	s := &terminal{cmd: exec.Command("bash", "-e"), dir: dir}
	s.cmd.Dir, s.cmd.Stderr, s.cmd.WaitDelay = dir, &s.err, time.Minute
	s.cmd.Env = append(os.Environ(), "GOWORK=off", "GOPROXY=off", "GOSUMDB=off", "GOFLAGS=-buildvcs=false", "GOTOOLCHAIN=local")
	s.cmd.Env = append(s.cmd.Env, env...)
	in, err := s.cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	s.in, s.out = in, bufio.NewReader(out)
	if err := s.cmd.Start(); err != nil {
		s.lacks(t, err.Error())
	}
	t.Cleanup(s.end)
	return s
}

// end ends the shell, and what it runs: that goes on until there is no more input.
func (s *terminal) end() {
	_ = s.in.Close()
	_ = s.cmd.Wait() // what it ended with was seen by run
}

// lacks ends the test for want of what a machine may lack, and CI has.
func (*terminal) lacks(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// run types commands, and returns what they print.
func (s *terminal) run(t *testing.T, commands string) string {
	t.Helper()
	const done = "-- done --"
	if _, err := io.WriteString(s.in, commands+"\necho '"+done+"'\n"); err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for {
		line, err := s.out.ReadString('\n')
		switch {
		case line == done+"\n":
			return out.String()
		case err != nil:
			s.end()
			said := s.err.String()
			if strings.Contains(said, "GOPROXY=off") {
				s.lacks(t, "the module cache lacks a module: go mod download, in the root too\n"+said)
			}
			t.Fatalf("%s\nended the shell: %v\n%s%s", commands, err, &out, said)
		}
		out.WriteString(line)
	}
}

// begin makes the commands' module use this checkout.
func (s *terminal) begin(t *testing.T, commands string) {
	t.Helper()
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	first, rest, _ := strings.Cut(commands, "\n")
	s.run(t, first+"\ngo mod edit -replace github.com/securitytrax/adcimport="+root+"\n"+rest)
}

// background starts a command in a second terminal, and waits until it says something.
func (s *terminal) background(t *testing.T, command string) {
	t.Helper()
	other := newTerminal(t, s.dir)
	if _, err := io.WriteString(other.in, command); err != nil {
		t.Fatal(err)
	}
	if line, err := other.out.ReadString('\n'); err != nil {
		t.Fatalf("%s: %q, %v", command, line, err)
	}
}

// Every command and file of docs/tutorial.md works in an empty folder, and prints what
// the page says.
func TestTutorial(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	shell, printed, commands := newTerminal(t, dir), "", 0
	list := fences(t, "../docs/tutorial.md")
	for i, f := range list {
		file, named := strings.CutPrefix(f.info, "file ")
		switch {
		case named:
			if err := os.WriteFile(filepath.Join(dir, file), []byte(f.text), 0o600); err != nil {
				t.Fatal(err)
			}
		case i == 0:
			shell.begin(t, f.text)
		case f.info == "sh":
			printed = shell.run(t, f.text)
			commands++
			if next := list[min(i+1, len(list)-1)].info; printed != "" && next != "text" {
				t.Errorf("the page does not show what this prints: %s\n%s", f.text, printed)
			}
		case f.info == "sh in a second terminal":
			shell.background(t, f.text)
		case f.info == "text":
			if diff := cmp.Diff(f.text, printed); diff != "" {
				t.Errorf("%s prints (-page +printed):\n%s", list[i-1].text, diff)
			}
		default:
			t.Errorf("a block of the kind %q", f.info)
		}
	}
	if commands < 5 {
		t.Errorf("the page has %d commands: the search does not see them", commands)
	}
}

// The README's program is built in an empty module, after the README's go get, and
// imports between two servers.
func TestReadmeProgram(t *testing.T) {
	t.Parallel()
	var program, get string
	for _, f := range fences(t, "../README.md") {
		if f.info == "go" && strings.HasPrefix(f.text, "package main\n") {
			program = f.text
		}
		if strings.HasPrefix(f.text, "go get ") {
			get = f.text
		}
	}
	if program == "" || get == "" {
		t.Fatal("README.md has no program, or no go get")
	}
	alarm := alarmcomtest.NewServer(adcimporttest.NewDealer(1, 10, 0), alarmcomtest.WithLogin("dealer", "secret-1"))
	crm := securitytraxtest.NewServer(securitytraxtest.WithAccessToken("secret-2"), securitytraxtest.WithIntegratorKey("secret-3"))
	t.Cleanup(alarm.Close)
	t.Cleanup(crm.Close)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.go"), []byte(program), 0o600); err != nil {
		t.Fatal(err)
	}
	shell := newTerminal(
		t, dir, "ALARMCOM_URL="+alarm.URL(), "ALARMCOM_USER=dealer", "ALARMCOM_PASSWORD=secret-1",
		"SECURITYTRAX_URL="+crm.URL(), "SECURITYTRAX_PROFILE="+crm.Config().Profile, "SECURITYTRAX_ISP_ID="+crm.ISPID(),
		"SECURITYTRAX_OFFICE="+crm.AddOffice("Main"), "SECURITYTRAX_TOKEN=secret-2", "SECURITYTRAX_INTEGRATOR_KEY=secret-3",
	)
	shell.begin(t, "go mod init example.com/readme\n"+get)
	first := shell.run(t, "go mod tidy\ngo vet .\ngo run .")
	second := shell.run(t, "go run .")
	t.Log(first, second)
	if n := len(crm.Customers()); n == 0 || !strings.Contains(first, " created") || !strings.Contains(second, " 0 created") {
		t.Errorf("%d customers after\n%s%s", n, first, second)
	}
}
