package faults_test

import (
	"bytes"
	"database/sql"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "modernc.org/sqlite" // the driver of the state file

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/sqlstore"
)

// TestFaults_leakNothingToAFile looks for the marks in the bytes of a state file
// that runs of every kind of end have written. The rows of TestFaults look into
// a store in memory, and into everything else.
func TestFaults_leakNothingToAFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	db, err := sql.Open("sqlite", filepath.Join(dir, "state.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close() //nolint:errcheck // the files were read before
	store, err := sqlstore.Open(t.Context(), db, sqlstore.SQLite, sqlstore.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for name, fail := range map[string]func(*world){
		"nothing":  func(*world) {},
		"in doubt": atCRM("POST", "/customers", third, crmReply{Lost: true}),
		"rejected": atCRM("POST", "/customers", fromThird, crmReply{Status: 422, Body: []byte(echo)}),
		"denied":   atCRM("POST", "/customers", fromThird, crmReply{Status: 403, Body: []byte(echo)}),
		"away":     atCRM("POST", "/customers", fromThird, crmReply{Status: 503, Body: []byte(echo)}),
		"fault":    at(opDetail, theFourth, alarmReply{Fault: &alarmFault{Text: mark}}),
		"HTML":     at(opDetail, fifthOn, alarmReply{Body: []byte(html)}),
		"users":    asUsers(atCRM("POST", "/users", third, crmReply{Lost: true, After: true})),
	} {
		w := newWorld(people)
		w.store, w.link, w.settle, w.pause = store, name, 10*time.Millisecond, 100*time.Millisecond
		w.source = func(c *alarmcom.Config) { c.RequestsPerSecond, c.Burst = 1e4, 1000 }
		w.sink = func(c *securitytrax.Config) { c.RequestsPerSecond = -1 }
		fail(w)
		imp := w.importer(t)
		if s, _ := w.run(t, imp); s.Status == adcimport.StatusRunning || s.RunID == "" {
			t.Errorf("%s: %v", name, s)
		}
		w.leaks(t)
	}
	files, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	size := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		size += len(data)
		if bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(mark))) {
			t.Errorf("%s holds what is marked", filepath.Base(file))
		}
	}
	if size < 10_000 {
		t.Errorf("the state is %d bytes: the test proves little", size)
	}
}
