package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/ledger"
)

// What merely passes has no row, whoever keeps the ledger.
func TestOutcome_Stored(t *testing.T) {
	t.Parallel()
	passes := map[ledger.Reason]bool{ledger.ReasonAlreadyImported: true, ledger.ReasonDuplicateInSource: true}
	for _, reason := range []ledger.Reason{
		"", ledger.ReasonAlreadyImported, ledger.ReasonFilteredOut, ledger.ReasonDuplicateInSource, ledger.ReasonNotInSink,
		ledger.ReasonInvalidRecord, ledger.ReasonRejectedBySink, ledger.ReasonUsernameTaken, ledger.ReasonSourceNotFound,
		ledger.ReasonSourceDenied, ledger.ReasonSourceFailed, ledger.ReasonInDoubt, ledger.ReasonInDoubtResolved,
		ledger.ReasonAmbiguousMatch, ledger.ReasonNotSent, "of_a_later_version",
	} {
		for _, named := range []bool{false, true} {
			if got := (ledger.Outcome{Reason: reason}).Stored(named); got == passes[reason] {
				t.Errorf("an outcome with reason %q, named %v, is stored: %v", reason, named, got)
			}
		}
	}
}

func TestCounts(t *testing.T) {
	t.Parallel()
	var c ledger.Counts
	for i, a := range []ledger.Action{
		ledger.ActionCreated, ledger.ActionLinked, ledger.ActionUpdated, ledger.ActionUnchanged, ledger.ActionSkipped, ledger.ActionFailed,
	} {
		c.AddN(a, i+2)
		c.Add(a)
		c.AddN(a, -1)
	}
	want := ledger.Counts{Read: 27, Created: 2, Linked: 3, Updated: 4, Unchanged: 5, Skipped: 6, Failed: 7}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Errorf("counts (-want +got):\n%s", diff)
	}
}

func TestLeaseRequest_Validate(t *testing.T) {
	t.Parallel()
	good := ledger.LeaseRequest{Link: "acme", Kind: ledger.KindUser, RunID: "run-1", TTL: time.Minute}
	for field, change := range map[string]func(*ledger.LeaseRequest){
		"":                   func(*ledger.LeaseRequest) {},
		"LeaseRequest.Link":  func(r *ledger.LeaseRequest) { r.Link = "" },
		"LeaseRequest.Kind":  func(r *ledger.LeaseRequest) { r.Kind = "" },
		"LeaseRequest.RunID": func(r *ledger.LeaseRequest) { r.RunID = "" },
		"LeaseRequest.TTL":   func(r *ledger.LeaseRequest) { r.TTL = -1 },
	} {
		r := good
		change(&r)
		err := r.Validate()
		invalid, ok := errors.AsType[*ledger.InvalidRequestError](err)
		switch {
		case field == "" && err != nil, field != "" && !ok:
			t.Errorf("%q: %v", field, err)
		case ok && (invalid.Field != field || invalid.Rule == ""):
			t.Errorf("%q: %+v", field, invalid)
		}
	}
}
