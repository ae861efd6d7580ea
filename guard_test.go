package adcimport_test

import (
	"bytes"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// hostInterfaces are all that a host implements, by whose they are.
func hostInterfaces() map[string][]reflect.Type {
	return map[string][]reflect.Type{
		"Source": {
			reflect.TypeFor[adcimport.Source](), reflect.TypeFor[adcimport.CustomerSource](), reflect.TypeFor[adcimport.UserSource](),
			reflect.TypeFor[adcimport.CustomerDetailer](), reflect.TypeFor[adcimport.SubDealerLister](), reflect.TypeFor[adcimport.RoleLister](),
			reflect.TypeFor[adcimport.Checker](), reflect.TypeFor[adcimport.Warner](), reflect.TypeFor[adcimport.FilterChecker](),
		},
		"Sink": {
			reflect.TypeFor[adcimport.Sink](), reflect.TypeFor[adcimport.CustomerSink](), reflect.TypeFor[adcimport.UserSink](),
			reflect.TypeFor[adcimport.CustomerUpdater](), reflect.TypeFor[adcimport.UserUpdater](), reflect.TypeFor[adcimport.RepFinder](),
			reflect.TypeFor[adcimport.CustomerReader](), reflect.TypeFor[adcimport.UserReader](),
			reflect.TypeFor[adcimport.CustomerOptionsChecker](), reflect.TypeFor[adcimport.UserOptionsChecker](), reflect.TypeFor[adcimport.UserTagMaker](),
			reflect.TypeFor[adcimport.CustomerValidator](), reflect.TypeFor[adcimport.UserValidator](), reflect.TypeFor[adcimport.AbsenceProver](),
			reflect.TypeFor[adcimport.CustomerMatcher](), reflect.TypeFor[adcimport.UserMatcher](),
			reflect.TypeFor[adcimport.CustomerTracer](), reflect.TypeFor[adcimport.CustomerSinkLister](), reflect.TypeFor[adcimport.UserSinkLister](),
			reflect.TypeFor[adcimport.Checker](), reflect.TypeFor[adcimport.Warner](),
		},
		"Store":    {reflect.TypeFor[adcimport.StateStore]()},
		"Notifier": {reflect.TypeFor[adcimport.Notifier]()},
	}
}

// hostCalls are all calls of a host's code.
func hostCalls() []string {
	calls := []string{"Config.Admit", "Config.NewID", "RunOptions.OnProgress", "transform mine"}
	for end, types := range hostInterfaces() {
		for _, typ := range types {
			for m := range typ.Methods() {
				calls = append(calls, end+"."+m.Name)
			}
		}
	}
	events := reflect.TypeFor[adcimport.Events]()
	for f := range events.Fields() {
		calls = append(calls, "Events."+f.Name)
	}
	slices.Sort(calls)
	return slices.Compact(calls)
}

// A new interface or a new function in the configuration must be among the calls.
func TestHostCalls_complete(t *testing.T) {
	t.Parallel()
	listed := make(map[string]bool)
	for _, types := range hostInterfaces() {
		for _, typ := range types {
			listed[typ.Name()] = true
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil || len(sources) == 0 {
		t.Fatalf("no source files: %v", err)
	}
	for _, path := range sources {
		tree, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(tree, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok && tree.Name.Name == "adcimport" && spec.Name.IsExported() && !listed[spec.Name.Name] {
				if _, is := spec.Type.(*ast.InterfaceType); is {
					t.Errorf("%s: nothing tests what happens when a %s panics", path, spec.Name.Name)
				}
			}
			return true
		})
	}
	for typ, want := range map[reflect.Type][]string{
		reflect.TypeFor[adcimport.Config]():          {"NewID", "Admit"},
		reflect.TypeFor[adcimport.RunOptions]():      {"OnProgress"},
		reflect.TypeFor[adcimport.CustomerOptions](): nil,
		reflect.TypeFor[adcimport.UserOptions]():     nil,
	} {
		var got []string
		for f := range typ.Fields() {
			if f.Type.Kind() == reflect.Func {
				got = append(got, f.Name)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("functions in %s (-want +got):\n%s", typ, diff)
		}
	}
}

// done is what one step of a host's day came to.
type done struct {
	name string
	sum  *adcimport.Summary
	err  error
}

// day does everything that a host can do with an importer.
func day(t *testing.T, r *rig, m *minefield) []done {
	t.Helper()
	imp, ctx := r.importer(t), t.Context()
	var all []done
	step := func(name string, sum *adcimport.Summary, err error) { all = append(all, done{name, sum, err}) }
	o := adcimport.RunOptions{Match: adcimport.MatchLink, OnProgress: func(adcimport.Progress) { m.step("RunOptions.OnProgress") }}
	_, err := imp.CustomerChoices(ctx)
	step("customer choices", nil, err)
	_, err = imp.UserChoices(ctx)
	step("user choices", nil, err)
	for _, mode := range []adcimport.Mode{adcimport.CreateOnly, adcimport.Upsert} {
		o.Mode = mode
		sum, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: o})
		step(fmt.Sprint("customers ", mode), sum, err)
		sum, err = imp.ImportUsers(ctx, adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: o, Tags: []string{"tag"}})
		step(fmt.Sprint("users ", mode), sum, err)
		r.src.Dealer.Customers[0].LastName, r.src.Dealer.Users[0].FirstName = "changed", "changed"
	}
	err = nil
	for _, e := range imp.Runs(ctx) {
		err = errors.Join(err, e)
	}
	step("list runs", nil, err)
	for _, e := range imp.Outcomes(ctx, "run-1") {
		err = errors.Join(err, e)
	}
	step("list outcomes", nil, err)
	_, err = imp.Prune(ctx, time.Time{})
	step("prune", nil, err)
	sum, err := imp.RetryRecords(ctx, adcimport.KindCustomer, "7")
	step("retry a record", sum, err)
	err = nil
	for _, e := range imp.InFlight(ctx, adcimport.KindCustomer) {
		err = errors.Join(err, e)
	}
	step("list what is in flight", nil, err)
	run, err := imp.StartCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: o})
	if err == nil {
		sum, err := ended(t, run)
		step("in the background", sum, err)
	}
	step("start", nil, err)
	return all
}

// oneRecord are the calls that concern a record; its outcome when they panic.
func oneRecord() map[string]adcimport.Outcome {
	return map[string]adcimport.Outcome{
		"Source.CustomerDetail": {Action: adcimport.ActionFailed, Reason: adcimport.ReasonSourceFailed},
		"transform mine": {
			Action: adcimport.ActionFailed, Reason: adcimport.ReasonInvalidRecord,
			Fields: []adcimport.FieldError{{Field: "FirstName", Rule: "transform mine panicked"}},
		},
	}
}

// noRun are the calls that end no run: a notice is repeated, so is a renewal, and
// what is stored already stays.
func noRun() []string {
	return []string{"Notifier.Notify", "Store.Mark", "Store.Renew", "Events.RunEnded"}
}

// TestHostCode_panics lets every function of a host panic, or end its goroutine,
// as often as it is called (fault 47). No goroutine is left when the bubble ends.
func TestHostCode_panics(t *testing.T) {
	t.Parallel()
	for way, how := range map[string]func(){"panic": panics, "runtime error": panicsRuntime, "nil": panicsNil, "Goexit": exits} {
		for _, call := range hostCalls() {
			t.Run(call+"/"+way, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					r, m, told := minedRig(t)
					var log bytes.Buffer
					r.cfg.Logger = logTo(&log)
					m.arm(call, how)
					all := day(t, r, m)
					if m.hit() == 0 {
						t.Fatal("it was never called")
					}
					m.arm("", nil)
					var lines strings.Builder
					lines.WriteString(log.String())
					for _, d := range all {
						fmt.Fprintf(&lines, "%s: %+v %v\n", d.name, d.sum, d.err)
						mustFailRight(t, r, call, d)
					}
					if strings.Contains(lines.String(), "Sesame") {
						t.Error("what was panicked with is told")
					}
					if !strings.Contains(log.String(), "guard_fakes_test.go:") || !strings.Contains(log.String(), `"call":"`+call+`"`) {
						t.Errorf("no stack of %s in the log:\n%s", call, log.String())
					}
					failedBy(t, r, call, all)
					mustRecover(t, r, told, call)
				})
			})
		}
	}
}

// mustFailRight checks one step: it fails with the panic, and nothing else, or
// not at all.
func mustFailRight(t *testing.T, r *rig, call string, d done) {
	t.Helper()
	var e *adcimport.PanicError
	switch {
	case d.err == nil:
		return
	case !errors.As(d.err, &e):
		if !errors.Is(d.err, adcimport.ErrNotFound) && !errors.Is(d.err, adcimport.ErrRunInProgress) { // what follows from a start that failed
			t.Errorf("%s: %v", d.name, d.err)
		}
		return
	case e.Call != call || !strings.Contains(d.err.Error(), call):
		t.Errorf("%s: does not name %s: %v", d.name, call, d.err)
	}
	want := adcimport.StatusFailed
	if call == "Store.Release" {
		want = adcimport.StatusInterrupted // nothing could be stored
	}
	if d.sum != nil && d.sum.Status != want {
		t.Errorf("%s is %s", d.name, d.sum.Status)
	}
	if d.sum == nil || d.sum.RunID == "" || call == "Store.Release" {
		return
	}
	if st, err := r.store.StateStore.Run(t.Context(), d.sum.RunID); err != nil || st.Status != want {
		t.Errorf("%s: stored as %s: %v", d.name, st.Status, err)
	}
}

// failedBy checks which kind of thing failed.
func failedBy(t *testing.T, r *rig, call string, all []done) {
	t.Helper()
	i := slices.IndexFunc(all, func(d done) bool { return d.err != nil })
	want, single := oneRecord()[call]
	if spared := single || slices.Contains(noRun(), call); spared != (i < 0) {
		t.Fatalf("failed: %+v", all)
	}
	if !single {
		return
	}
	others := 0
	for o, err := range r.store.StateStore.Outcomes(t.Context(), "run-1", 0) {
		if err != nil {
			t.Fatal(err)
		}
		if o.SourceID != "5" {
			others++
			continue
		}
		got := adcimport.Outcome{Action: o.Action, Reason: o.Reason, Fields: o.Fields}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the record (-want +got):\n%s", diff)
		}
	}
	if others != 11 {
		t.Errorf("%d others came in", others)
	}
}

// mustRecover imports again, with a host that does not panic anymore: everything
// comes in once, and every run that ended is told.
func mustRecover(t *testing.T, r *rig, told *teller, call string) {
	t.Helper()
	if call == "Store.Release" {
		sleepBubble(2 * ttl) // the lease was never given back
	}
	sleepBubble(time.Minute) // a notice that failed is free to be given again
	imp := r.importer(t)
	links := adcimport.RunOptions{Match: adcimport.MatchLink}
	runs, err := imp.ResumeInterrupted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, run := range runs {
		if s, err := ended(t, run); err != nil {
			t.Error(s, err)
		}
	}
	if s, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{RunOptions: links}); err != nil {
		t.Error(s, err)
	}
	if s, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: links}); err != nil {
		t.Error(s, err)
	}
	r.once(t, idsUpTo(12)...)
	if users := r.sink.Users(); len(users) != 3 {
		t.Errorf("%d users", len(users))
	}
	if open := r.openIntents(t); len(open) > 0 {
		t.Errorf("open: %v", open)
	}
	for st, err := range r.store.StateStore.Runs(t.Context(), ledger.RunQuery{Link: "isp-1"}) {
		if err != nil {
			t.Fatal(err)
		}
		if st.Status == adcimport.StatusHeld { // its caller knows
			continue
		}
		if st.Status == adcimport.StatusRunning || len(st.Notices) == 0 {
			t.Errorf("run %s is %s, notified %v", st.RunID, st.Status, st.Notices)
		}
		if notice := st.RunID + " " + string(st.Status); !slices.Contains(told.all(), notice) {
			t.Errorf("not told: %s", notice)
		}
	}
}
