package faults_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// leaks looks for the marks in all that leaves the importer: errors, the log at
// its most talkative, events, notices, state, and the URLs of requests.
func (w *world) leaks(t *testing.T, errs ...error) {
	t.Helper()
	var out strings.Builder
	for _, e := range w.events {
		errs = append(errs, e.Err)
		fmt.Fprintf(&out, "event: %+v\n", e)
	}
	for _, err := range errs {
		for e := err; e != nil; e = errors.Unwrap(e) {
			fmt.Fprintf(&out, "error: %v\n%+v\n%#v\n", e, e, e)
		}
	}
	for _, s := range w.notified.told {
		text, err := json.Marshal(s)
		if err != nil {
			t.Error(err)
		}
		fmt.Fprintf(&out, "notice: %s\n%s\n", text, s.String())
	}
	if w.log.Len() == 0 || w.stored(t, &out) == 0 {
		t.Error("nothing was logged or stored: the test proves little")
	}
	out.WriteString(w.log.String())
	for line := range strings.Lines(out.String()) {
		if strings.Contains(line, mark) {
			t.Errorf("got out: %s", line)
		}
	}
	if w.toAlarm.telling+w.toCRM.telling > 0 {
		t.Error("a secret is in a URL")
	}
}

// stored writes down what the store has, and answers how many runs there are.
func (w *world) stored(t *testing.T, out *strings.Builder) (runs int) {
	t.Helper()
	fmt.Fprintf(out, "store: %+v\n", w.store)
	ctx := t.Context()
	for st, err := range w.store.Runs(ctx, ledger.RunQuery{Link: w.link}) {
		if err != nil {
			t.Fatal(err)
		}
		runs++
		fmt.Fprintf(out, "run: %+v\n%s\n%s\n", st, st.Filter, st.Options)
		for o, err := range w.store.Outcomes(ctx, st.RunID, 0) {
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(o)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(out, "outcome: %s\n", text)
		}
	}
	for _, k := range []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser} {
		for record, err := range w.store.List(ctx, ledger.Scope{Account: w.link, Kind: k}, ledger.Query{}) {
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintf(out, "record: %+v\n", record)
		}
	}
	return runs
}
