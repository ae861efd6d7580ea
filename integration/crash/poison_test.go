//go:build unix

package crash_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/ledger"
)

// poisonArg makes the test binary a host with a function that panics on one of
// its records; its configuration follows.
const poisonArg = "poison-child"

// What panics.
const (
	poisonTransform = "transform"
	poisonDetail    = "detail"
	poisonSink      = "sink"
)

const (
	poisonRecords = 30
	poisonedID    = "17" // the 7th of the second batch
)

// poisonConfig is all that such a host is told.
type poisonConfig struct {
	Database database
	Sink     string // the file that is its sink
	Panics   string
}

// poisonMain is one night of the host: it goes on with what was interrupted, and
// imports. How its runs ended is the ledger's to say: it ends well itself.
func poisonMain(config string) int {
	var cfg poisonConfig
	if err := json.Unmarshal([]byte(config), &cfg); err != nil {
		return failed(err)
	}
	ctx := context.Background()
	db, store, err := cfg.Database.open(ctx)
	if err != nil {
		return failed(err)
	}
	defer func() { _ = db.Close() }()
	imp, err := cfg.importer(store)
	if err != nil {
		return failed(err)
	}
	runs, err := imp.ResumeInterrupted(ctx)
	if err != nil {
		return failed(err)
	}
	run, err := imp.StartCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{})
	if err != nil {
		return failed(err)
	}
	for _, r := range append(runs, run) {
		if _, err := r.Wait(ctx); err != nil {
			printLine(err.Error())
		}
	}
	if err := imp.Close(ctx); err != nil {
		return failed(err)
	}
	return exitComplete
}

func (cfg poisonConfig) importer(store adcimport.StateStore) (*adcimport.Importer, error) {
	dealer := &adcimporttest.Dealer{}
	for i := range poisonRecords {
		c := adcimport.Customer{ID: strconv.Itoa(i + 1), FirstName: "Ada", LastName: "Lovelace"}
		if c.ID == poisonedID {
			c.LastName = "X"
		}
		dealer.Customers = append(dealer.Customers, c)
	}
	m := adcimport.DefaultCustomerMapping()
	for i := range m.Rules {
		if m.Rules[i].To == "LastName" {
			m.Rules[i].Transforms = append(m.Rules[i].Transforms, adcimport.Transform{Name: "initials"})
		}
	}
	initials := func(in string) (string, error) {
		if cfg.Panics == poisonTransform {
			return in[:2], nil
		}
		return in, nil
	}
	return adcimport.New(adcimport.Config{
		Link: "poison", Source: poisonSource{&adcimporttest.Source{Dealer: dealer, PageSize: 10}, cfg.Panics},
		Sink: adcimport.CustomersOnlySink(fileSink{cfg.Sink, cfg.Panics}), Store: store, BatchSize: 10,
		CustomerMapping: m, Transforms: map[string]adcimport.TransformFunc{"initials": initials},
		SettleTime: time.Millisecond, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
	})
}

type poisonSource struct {
	*adcimporttest.Source
	panics string
}

func (s poisonSource) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	c, err := s.Source.CustomerDetail(ctx, id)
	if s.panics == poisonDetail {
		_ = c.LastName[:2]
	}
	return c, err
}

// fileSink has one line for each customer, so that it outlives its host.
type fileSink struct{ path, panics string }

func (s fileSink) FindCustomers(_ context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	ids, err := readLines(s.path)
	found := make(map[string][]string)
	for _, k := range keys {
		if slices.Contains(ids, k.ID) {
			found[k.ID] = []string{"sink-" + k.ID}
		}
	}
	return found, err
}

func (s fileSink) CreateCustomers(_ context.Context, recs []adcimport.CustomerRecord) (res []adcimport.WriteResult, err error) {
	f, err := os.OpenFile(s.path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	for _, r := range recs {
		if s.panics == poisonSink {
			_ = r.LastName[:2]
		}
		if _, err := fmt.Fprintln(f, r.AlarmComID); err != nil {
			return res, err
		}
		res = append(res, adcimport.WriteResult{Status: adcimport.WriteCreated, ID: "sink-" + r.AlarmComID})
	}
	return res, nil
}

func readLines(path string) ([]string, error) {
	data, err := os.ReadFile(path)
	return strings.Fields(string(data)), err
}

// TestPoisonedRecord lets a host live three times with a record that one of its
// functions panics on (fault 47): each life ends well, no other record is kept
// out that need not be, and nothing is made twice.
func TestPoisonedRecord(t *testing.T) {
	t.Parallel()
	all := make([]string, poisonRecords)
	for i := range all {
		all[i] = strconv.Itoa(i + 1)
	}
	others := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return id == poisonedID })
	for name, tt := range map[string]struct {
		status adcimport.RunStatus
		reason adcimport.Reason
		says   string
		sink   []string
	}{
		poisonTransform: {adcimport.StatusCompleted, adcimport.ReasonInvalidRecord, "", others},
		poisonDetail:    {adcimport.StatusCompleted, adcimport.ReasonSourceFailed, "", others},
		poisonSink:      {adcimport.StatusFailed, "", "panic in Sink.CreateCustomers", all[:16]},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := poisonConfig{Database: newSQLite(t), Sink: filepath.Join(t.TempDir(), "sink"), Panics: name}
			if err := os.WriteFile(cfg.Sink, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			for life := range 3 {
				end := poisoned(t, cfg)
				said := strings.Join(end.Output, "\n")
				if end.Code != exitComplete || !strings.Contains(said, tt.says) || tt.says == "" && said != "" {
					t.Fatalf("life %d ended with %d: %s\n%s", life, end.Code, said, end.Stderr)
				}
				sent, err := readLines(cfg.Sink)
				if err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tt.sink, sent); diff != "" {
					t.Errorf("life %d: in the sink (-want +got):\n%s", life, diff)
				}
			}
			cfg.checkRuns(t, tt.status, tt.reason)
		})
	}
}

type poisonEnd struct {
	crashtest.End

	Output []string
}

func poisoned(t *testing.T, cfg poisonConfig) poisonEnd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(cfg)
	if err != nil {
		t.Fatal(err)
	}
	var end poisonEnd
	watch := crashtest.Watcher{Timeout: childTimeout, OnLine: func(line string) { end.Output = append(end.Output, line) }}
	if end.End, err = watch.Run(exec.CommandContext(t.Context(), program, poisonArg, string(data))); err != nil {
		t.Fatal(err)
	}
	return end
}

// checkRuns looks at the three runs: how they ended, and what became of the
// record.
func (cfg poisonConfig) checkRuns(t *testing.T, status adcimport.RunStatus, reason adcimport.Reason) {
	t.Helper()
	db, store, err := cfg.Database.open(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	runs := 0
	for st, err := range store.Runs(t.Context(), ledger.RunQuery{Link: "poison"}) {
		if runs++; err != nil || st.Status != status {
			t.Errorf("run %s is %s: %v", st.RunID, st.Status, err)
		}
		var got adcimport.Reason
		for o, err := range store.Outcomes(t.Context(), st.RunID, 0) {
			if err != nil {
				t.Fatal(err)
			}
			if o.SourceID == poisonedID {
				got = o.Reason
			}
		}
		if got != reason {
			t.Errorf("run %s: the record is %q", st.RunID, got)
		}
	}
	if runs != 3 {
		t.Errorf("%d runs", runs)
	}
}
