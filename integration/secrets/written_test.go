package secrets_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// Whatever a link writes in its life - state, jobs, logs at every level, notices, spans,
// metrics, reports, errors - has no credential and nothing personal in it.
func TestWritten_nothingSecretAndNobody(t *testing.T) {
	t.Parallel()
	for name, newPlace := range places {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newLife(t, newPlace(t))
			w.live(t)
			written := w.written(t)
			for _, what := range []string{"log", "notices", "spans", "metrics", "reports", "errors", "state"} {
				if len(written[what]) == 0 {
					t.Errorf("%s: nothing was written", what)
				}
			}
			for what, text := range written {
				if found := w.marks.in(text); len(found) > 0 {
					t.Errorf("%s, %d bytes: %q, at %s", what, len(text), found, around(text, found[0]))
				}
			}
			if state := written["state"]; !strings.Contains(state, w.imported) {
				t.Errorf("the search does not read the state: no %s in %d bytes", w.imported, len(state))
			}
			w.leak(t)
		})
	}
}

// leak stores what must not be stored, and looks whether the search sees it.
func (w *life) leak(t *testing.T) {
	t.Helper()
	scope := ledger.Scope{Account: "leak", Kind: ledger.KindCustomer}
	req := ledger.LeaseRequest{Scope: scope, Link: "leak", RunID: "leak", Owner: "test", TTL: leaseTTL}
	req.State.Options = []byte(`{"token":"` + accessToken + `"}`)
	l, err := w.place.store.Acquire(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	fields := []ledger.FieldError{{Field: "LastName", Rule: "is Zyxlast7x"}}
	_, err = w.place.store.Commit(t.Context(), l, ledger.Commit{
		Seq: 1, Tally: ledger.Tally{Counts: ledger.Counts{Read: 1, Failed: 1}},
		Outcomes: []ledger.Outcome{{SourceID: "1", Action: adcimport.ActionFailed, Reason: adcimport.ReasonInvalidRecord, Fields: fields}},
	})
	if err != nil {
		t.Fatal(err)
	}
	found := w.marks.in(w.place.dump(t))
	for _, mark := range []string{personLast, accessToken} {
		if !slices.Contains(found, mark) {
			t.Errorf("%s was stored, and %q is found", mark, found)
		}
	}
}

// around is the place of a find.
func around(text, mark string) string {
	at := strings.Index(strings.ToLower(text), strings.ToLower(mark))
	return fmt.Sprintf("%q", text[max(0, at-80):min(len(text), max(0, at)+120)])
}
