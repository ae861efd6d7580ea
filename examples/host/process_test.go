//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os/exec"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// process is a host at work.
type process struct {
	tb  testing.TB
	cmd *exec.Cmd
	url string
	out *output
}

// output keeps what a process says.
type output struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}

var address = regexp.MustCompile(`msg=listening address=(\S+)`)

// host starts the program over the world's accounts.
func (w *world) host(more ...string) *process {
	w.tb.Helper()
	args := append([]string{
		"-listen", "127.0.0.1:0", "-accounts", w.accounts, "-notify", w.receiver.URL,
		"-lease", "3s", "-settle", "300ms", "-max-pause", "1s", "-nightly", w.file("nightly.json"),
	}, w.database...)
	p := &process{tb: w.tb, cmd: exec.Command(binary, append(args, more...)...), out: new(output)}
	p.cmd.Stderr = p.out
	if err := p.cmd.Start(); err != nil {
		w.tb.Fatal(err)
	}
	w.tb.Cleanup(func() {
		p.kill()
		w.says(p.out.String())
		if w.tb.Failed() {
			w.tb.Logf("host said:\n%s", p.out)
		}
	})
	w.wait("a host that listens", func() bool {
		found := address.FindStringSubmatch(p.out.String())
		if found != nil {
			p.url = "http://" + found[1]
		}
		return found != nil
	})
	return p
}

// kill ends the process as the machine's power would.
func (p *process) kill() {
	if p.cmd.ProcessState == nil {
		_ = p.cmd.Process.Kill()
		_ = p.cmd.Wait()
	}
}

// term ends it as a supervisor does, and returns how long that took.
func (p *process) term() time.Duration {
	p.tb.Helper()
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.tb.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		p.tb.Fatalf("the host ended with %v:\n%s", err, p.out)
	}
	return time.Since(began)
}

// ask sends a request and returns the reply.
func (p *process) ask(method, path, body string, header ...string) (status int, reply string) {
	p.tb.Helper()
	req, err := http.NewRequestWithContext(p.tb.Context(), method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.tb.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.tb.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	data, err := io.ReadAll(res.Body)
	if err != nil {
		p.tb.Fatal(err)
	}
	return res.StatusCode, string(data)
}

// get asks for what must be there.
func (p *process) get(path string, into any) {
	p.tb.Helper()
	status, reply := p.ask(http.MethodGet, path, "")
	if status != http.StatusOK {
		p.tb.Fatalf("GET %s: %d %s", path, status, reply)
	}
	if err := json.Unmarshal([]byte(reply), into); err != nil {
		p.tb.Fatalf("GET %s: %v: %s", path, err, reply)
	}
}

// post asks for a run, and returns its id.
func (p *process) post(path, body string, header ...string) string {
	p.tb.Helper()
	status, reply := p.ask(http.MethodPost, path, body, header...)
	var run struct {
		RunID string `json:"run_id"`
	}
	if err := json.Unmarshal([]byte(reply), &run); err != nil || status != http.StatusAccepted || run.RunID == "" {
		p.tb.Fatalf("POST %s: %d %s", path, status, reply)
	}
	return run.RunID
}

// What is asked for in most tests.
const (
	customersOf = `{"kind": "customer", "customer_options": {"OfficeID": "2"}}`
	usersOf     = `{"kind": "user", "user_options": {"Active": true, "CanLogin": true, "PermissionGroupID": "4"}}`
)

func (p *process) customers(link string) string { return p.post("/links/"+link+"/runs", customersOf) }
func (p *process) users(link string) string     { return p.post("/links/"+link+"/runs", usersOf) }
