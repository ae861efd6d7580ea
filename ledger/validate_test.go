package ledger_test

import (
	"errors"
	"testing"
	"time"

	"github.com/securitytrax/adcimport/ledger"
)

// wantInvalid wants an InvalidRequestError of a field, or none where it is empty.
func wantInvalid(t *testing.T, name, field string, err error) {
	t.Helper()
	invalid, ok := errors.AsType[*ledger.InvalidRequestError](err)
	switch {
	case field == "" && err != nil, field != "" && !ok:
		t.Errorf("%s: %v", name, err)
	case ok && (invalid.Field != field || invalid.Rule == ""):
		t.Errorf("%s: %+v, want field %s", name, invalid, field)
	}
}

func TestLeaseRequest_Validate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field  string
		change func(*ledger.LeaseRequest)
	}{
		"good":     {"", func(*ledger.LeaseRequest) {}},
		"account":  {"LeaseRequest.Account", func(r *ledger.LeaseRequest) { r.Account = "" }},
		"kind":     {"LeaseRequest.Kind", func(r *ledger.LeaseRequest) { r.Kind = "" }},
		"link":     {"LeaseRequest.Link", func(r *ledger.LeaseRequest) { r.Link = "" }},
		"run":      {"LeaseRequest.RunID", func(r *ledger.LeaseRequest) { r.RunID = "" }},
		"owner":    {"LeaseRequest.Owner", func(r *ledger.LeaseRequest) { r.Owner = "" }},
		"ttl":      {"LeaseRequest.TTL", func(r *ledger.LeaseRequest) { r.TTL = -1 }},
		"no ttl":   {"LeaseRequest.TTL", func(r *ledger.LeaseRequest) { r.TTL = 0 }},
		"resume":   {"LeaseRequest.Resume", func(r *ledger.LeaseRequest) { r.Resume = 3 }},
		"label":    {"LeaseRequest", func(r *ledger.LeaseRequest) { r.State.Labels = ledger.Labels{"k": "a\x00b"} }},
		"key":      {"LeaseRequest", func(r *ledger.LeaseRequest) { r.State.Labels = ledger.Labels{"\xff": ""} }},
		"warning":  {"LeaseRequest", func(r *ledger.LeaseRequest) { r.State.Warnings = []string{"\xff"} }},
		"retry of": {"LeaseRequest", func(r *ledger.LeaseRequest) { r.State.RetryOf = "\x00" }},
	} {
		r := memoryRequest()
		c.change(&r)
		wantInvalid(t, name, c.field, r.Validate())
	}
}

func TestCommit_Validate(t *testing.T) {
	t.Parallel()
	const bad = "a\x00"
	cursor := ledger.Cursor("\xff")
	for name, c := range map[string]struct {
		field  string
		commit ledger.Commit
	}{
		"good":          {"", ledger.Commit{Seq: 1}},
		"no number":     {"Commit.Seq", ledger.Commit{}},
		"negative":      {"Commit.Seq", ledger.Commit{Seq: -1}},
		"record id":     {"Commit.Records.ID", ledger.Commit{Seq: 1, Records: []ledger.Record{{}}}},
		"intent id":     {"Commit.Intents.ID", ledger.Commit{Seq: 1, Intents: []ledger.Intent{{}}}},
		"withdrawn":     {"Commit", ledger.Commit{Seq: 1, Withdrawn: []string{bad}}},
		"matched":       {"Commit", ledger.Commit{Seq: 1, Matched: []string{bad}}},
		"cursor":        {"Commit", ledger.Commit{Seq: 1, Cursor: &cursor}},
		"outcome":       {"Commit", ledger.Commit{Seq: 1, Outcomes: []ledger.Outcome{{SourceID: "1", SinkID: bad}}}},
		"outcome field": {"Commit", ledger.Commit{Seq: 1, Outcomes: []ledger.Outcome{{SourceID: "1", Fields: []ledger.FieldError{{Rule: bad}}}}}},
		"record":        {"Commit", ledger.Commit{Seq: 1, Records: []ledger.Record{{ID: "1", Evidence: bad}}}},
		"intent":        {"Commit", ledger.Commit{Seq: 1, Intents: []ledger.Intent{{ID: "1", Fingerprint: bad}}}},
		"reason":        {"Commit", ledger.Commit{Seq: 1, Tally: ledger.Tally{ByReason: map[ledger.Reason]int{bad: 1}}}},
		"passing":       {"Commit", ledger.Commit{Seq: 1, Passing: ledger.Tally{ByReason: map[ledger.Reason]int{bad: 1}}}},
	} {
		wantInvalid(t, name, c.field, c.commit.Validate())
	}
}

func TestEnd_Validate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field string
		end   ledger.End
	}{
		"good":      {"", ledger.End{Status: ledger.StatusPaused, Wait: time.Minute}},
		"no status": {"End.Status", ledger.End{}},
		"running":   {"End.Status", ledger.End{Status: ledger.StatusRunning}},
		"wait":      {"End.Wait", ledger.End{Status: ledger.StatusPaused, Wait: -1}},
		"warning":   {"End", ledger.End{Status: ledger.StatusHeld, Warnings: []string{"\xff"}}},
		"failure":   {"End", ledger.End{Status: ledger.StatusHeld, Failure: &ledger.Failure{Code: "\x00"}}},
	} {
		wantInvalid(t, name, c.field, c.end.Validate())
	}
}

func TestAmendmentAndMark_Validate(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		field string
		err   error
	}{
		"forget":       {"", (&ledger.Amendment{ID: "1", Op: ledger.AmendForget}).Validate()},
		"no id":        {"Amendment.ID", (&ledger.Amendment{Op: ledger.AmendForget}).Validate()},
		"no operation": {"Amendment.Op", (&ledger.Amendment{ID: "1"}).Validate()},
		"decision":     {"Amendment", (&ledger.Amendment{ID: "1", Op: ledger.AmendDecide, Decision: "\x00"}).Validate()},
		"claim":        {"", (&ledger.Mark{Claim: "mail", For: time.Minute}).Validate()},
		"no mark":      {"Mark", (&ledger.Mark{}).Validate()},
		"two marks":    {"Mark", (&ledger.Mark{Claim: "mail", Ask: ledger.AskCancel}).Validate()},
		"told":         {"Mark", (&ledger.Mark{Told: "\xff"}).Validate()},
	} {
		wantInvalid(t, name, c.field, c.err)
	}
}
