package browser_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// patience is how long a test waits for anything: long, on a machine with other work.
const patience = time.Minute

func deadline() <-chan time.Time { return time.After(patience) }

// world is two dealers, Acme of Maria and Bolt of Sam, and the program that shows them.
type world struct {
	acme, bolt *dealer
	ispID      string // of acme

	dir  string
	url  string
	addr string
	cmd  *exec.Cmd
	said *safeBuffer
}

// newWorld has small dealers: Acme has all kinds of records.
func newWorld(t *testing.T, change ...func(*world)) *world {
	t.Helper()
	needBrowser(t)
	w := &world{
		acme: newDealer(t, adcimporttest.NewDealer(1, 100, 50), securitytraxtest.WithCustomerTags("Imported", "Needs visit", "VIP")),
		bolt: newDealer(t, bolt(), securitytraxtest.WithOffices("Main Office"), securitytraxtest.WithCustomerTags()),
		dir:  t.TempDir(), addr: "127.0.0.1:0",
	}
	w.ispID = w.acme.crm.ISPID()
	for _, c := range change {
		c(w)
	}
	w.start(t)
	t.Cleanup(func() { w.kill(t) })
	return w
}

func (w *world) start(t *testing.T) {
	t.Helper()
	program, err := onlyOnce.program()
	if err != nil {
		t.Fatal(err)
	}
	accounts := filepath.Join(w.dir, "accounts.json")
	data, err := json.Marshal(map[string]any{"acme": w.acme.account(w.ispID), "bolt": w.bolt.account(w.bolt.crm.ISPID())})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(accounts, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w.cmd = exec.CommandContext(t.Context(), program, "-addr", w.addr, "-accounts", accounts,
		"-db", filepath.Join(w.dir, "wizard.db"), "-lease", "2s")
	w.said = new(safeBuffer)
	w.cmd.Stderr = w.said
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		t.Fatalf("the wizard said nothing: %v\n%s", err, w.said)
	}
	w.url = strings.TrimSpace(line)
	w.addr = strings.TrimSuffix(strings.TrimPrefix(w.url, "http://"), "/") // the next process takes it, too
}

// kill ends the program at once, as a power failure does.
func (w *world) kill(t *testing.T) {
	t.Helper()
	if w.cmd.Process != nil && w.cmd.ProcessState == nil {
		_ = w.cmd.Process.Kill()
		_ = w.cmd.Wait() // by the kill
	}
	if t.Failed() {
		t.Logf("the wizard said: %s", w.said)
	}
}

// account is what the program needs to import a dealer. There is no brake.
func (d *dealer) account(ispID string) map[string]any {
	return map[string]any{
		"alarm_com": map[string]any{
			"url": d.alarmURL(), "user": alarmcomtest.DefaultUser, "password": alarmcomtest.DefaultPassword, "requests_per_second": -1,
		},
		"securitytrax": map[string]any{
			"url": d.crm.URL(), "profile": securitytraxtest.DefaultProfile, "isp_id": ispID,
			"integrator_key": securitytraxtest.DefaultIntegratorKey, "user": securitytraxtest.DefaultUsername,
			"password": securitytraxtest.DefaultPassword, "requests_per_second": -1,
		},
	}
}

// safeBuffer is a buffer that a process writes while a test reads it.
type safeBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
