package adcimport_test

import (
	"bytes"
	"context"
	"errors"
	"iter"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// lookedUp are all runs, one by one and as the list has them.
func lookedUp(t *testing.T, imp *adcimport.Importer) []adcimport.RunInfo {
	t.Helper()
	var list []adcimport.RunInfo
	for listed, err := range imp.Runs(t.Context()) {
		if err != nil {
			t.Fatal(err)
		}
		one, err := imp.LookupRun(t.Context(), listed.RunID)
		if diff := cmp.Diff(listed, one); diff != "" || err != nil {
			t.Errorf("%v (-listed +looked up):\n%s", err, diff)
		}
		list = append(list, one)
	}
	return list
}

func TestImporter_LookupRun(t *testing.T) {
	t.Parallel()
	r := newRig(4)
	r.src.Dealer.Customers[1].LastName = "\xff" // fails
	r.src.Dealer.Users = []adcimport.User{{ID: "1", LoginName: "a", RoleIDs: []string{"7"}}}
	r.sink.Choices.CustomerTags = []adcimport.Choice{{ID: "a"}}
	imp := r.importer(t)
	cf := adcimport.CustomerFilter{CustomerIDs: []string{"1", "2"}}
	co := adcimport.CustomerOptions{TagIDs: []string{"a"}, RunOptions: adcimport.RunOptions{Mode: adcimport.Upsert, Limit: 5}}
	uf := adcimport.UserFilter{RoleIDs: []string{"7"}}
	uo := adcimport.UserOptions{Active: true, Tags: []string{"x"}, RunOptions: adcimport.RunOptions{Mode: adcimport.LinkExisting}}
	first, err := imp.ImportCustomers(t.Context(), cf, co)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := imp.ImportUsers(t.Context(), uf, uo); err != nil {
		t.Fatal(err)
	}
	if _, err := imp.RetryFailed(t.Context(), first.RunID); err != nil {
		t.Fatal(err)
	}
	got := lookedUp(t, imp)
	if len(got) != 3 {
		t.Fatalf("%d runs", len(got))
	}
	for i := range got {
		if got[i].Owner == "" || got[i].Heartbeat.IsZero() || got[i].Alive {
			t.Errorf("run %d: held by %q, last heard of at %v, alive: %v", i, got[i].Owner, got[i].Heartbeat, got[i].Alive)
		}
		got[i].Summary, got[i].Owner, got[i].Heartbeat = adcimport.Summary{}, "", time.Time{}
	}
	want := []adcimport.RunInfo{
		{RetryOf: first.RunID, CustomerFilter: &cf, CustomerOptions: &co},
		{UserFilter: &uf, UserOptions: &uo, Total: 1},
		{CustomerFilter: &cf, CustomerOptions: &co, Total: 2},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if o := got[0].RunOptions(); o == nil || o.Mode != adcimport.Upsert {
		t.Errorf("options of both kinds, of a customer run: %+v", o)
	}
	if o := got[1].RunOptions(); o == nil || o.Mode != adcimport.LinkExisting {
		t.Errorf("options of both kinds, of a user run: %+v", o)
	}
}

func TestImporter_LookupRun_notFound(t *testing.T) {
	t.Parallel()
	r := newRig(1)
	s, err := r.customers(t)
	if err != nil {
		t.Fatal(err)
	}
	other := r.cfg
	other.Link = "another"
	imp, err := adcimport.New(other)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = imp.Close(t.Context()) }()
	for what, look := range map[string]func() (adcimport.RunInfo, error){
		"an unknown id": func() (adcimport.RunInfo, error) { return r.importer(t).LookupRun(t.Context(), "none") },
		"no id":         func() (adcimport.RunInfo, error) { return r.importer(t).LookupRun(t.Context(), "") },
		"another link":  func() (adcimport.RunInfo, error) { return imp.LookupRun(t.Context(), s.RunID) },
	} {
		if got, err := look(); !errors.Is(err, adcimport.ErrNotFound) || got.RunID != "" {
			t.Errorf("%s: %+v, %v", what, got, err)
		}
	}
}

// storedAs is a store whose runs have other filters or options than were stored.
type storedAs struct {
	adcimport.StateStore
	change func(*ledger.RunState)
}

func (s storedAs) Run(ctx context.Context, id string) (ledger.RunState, error) {
	st, err := s.StateStore.Run(ctx, id)
	if err == nil {
		s.change(&st)
	}
	return st, err
}

func (s storedAs) Runs(ctx context.Context, q ledger.RunQuery) iter.Seq2[ledger.RunState, error] {
	return func(yield func(ledger.RunState, error) bool) {
		for st, err := range s.StateStore.Runs(ctx, q) {
			if s.change(&st); !yield(st, err) {
				return
			}
		}
	}
}

func replaced(was, is string) func(*ledger.RunState) {
	return func(st *ledger.RunState) {
		st.Options = bytes.Replace(st.Options, []byte(was), []byte(is), 1)
	}
}

// Options were stored with a DryRun that was always off. Those runs go on; what
// says that it is one, or anything else that is not known, does not.
func TestStoredOptions_ofEarlierVersions(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		change func(*ledger.RunState)
		reads  bool
	}{
		"DryRun off":         {replaced(`{"Mode":`, `{"DryRun":false,"Mode":`), true},
		"DryRun off, spaced": {replaced(`{"Mode":`, `{ "DryRun" : false , "Mode":`), true},
		"DryRun last":        {replaced(`"TagIDs":null`, `"TagIDs":null,"DryRun":false`), true},
		"DryRun on":          {replaced(`{"Mode":`, `{"DryRun":true,"Mode":`), false},
		"another option":     {replaced(`{"Mode":`, `{"DryRun":false,"Later":false,"Mode":`), false},
		"beside the options": {replaced(`{"v":1`, `{"v":1,"DryRun":false`), false},
		"a later version":    {replaced(`{"v":1`, `{"v":2`), false},
		"no JSON":            {replaced(`{"v":1`, `{"v":1,,`), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRig(3)
			r.cfg.BatchSize = 1
			for _, err := range r.importer(t).ImportCustomersSeq(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				break
			}
			r.cfg.Store = storedAs{r.cfg.Store, tt.change}
			imp := r.importer(t)
			info := lookedUp(t, imp)[0]
			if (info.CustomerOptions != nil) != tt.reads || (info.RunOptions() != nil) != tt.reads || info.UserOptions != nil {
				t.Errorf("the list has options %+v", info.CustomerOptions)
			}
			s, err := imp.Resume(t.Context(), info.RunID)
			_, unreadable := errors.AsType[*adcimport.StateError](err)
			if tt.reads && (err != nil || s.Counts.Created != 3) || !tt.reads && !unreadable {
				t.Errorf("resumed: %v, %v", s, err)
			}
		})
	}
}
