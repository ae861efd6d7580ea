package ledger

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// What a store refuses before it writes anything, so that all stores refuse the
// same. LeaseRequest.Validate and Commit.Validate are beside their types.

// Validate refuses an end without a status that ends a stay, a negative wait, and
// text that cannot be kept, with an [*InvalidRequestError]. A store calls it first
// in Release.
func (e *End) Validate() error {
	if e.Status == "" || e.Status == StatusRunning {
		return &InvalidRequestError{Field: "End.Status", Rule: "must be a status other than running"}
	}
	if e.Wait < 0 {
		return &InvalidRequestError{Field: "End.Wait", Rule: "must not be negative"}
	}
	var texts textCheck
	texts.add(string(e.Status))
	texts.add(e.Warnings...)
	if f := e.Failure; f != nil {
		texts.add(f.End, f.Operation, f.Code)
	}
	return texts.err("End")
}

// Validate refuses an amendment without an id, one that is no known operation,
// and text that cannot be kept, with an [*InvalidRequestError]. A store calls it
// first in Amend, for each.
func (m *Amendment) Validate() error {
	if m.ID == "" {
		return &InvalidRequestError{Field: "Amendment.ID", Rule: "is required"}
	}
	switch m.Op {
	case AmendForget, AmendRetry, AmendDecide:
	default:
		return &InvalidRequestError{Field: "Amendment.Op", Rule: "must be AmendForget, AmendRetry or AmendDecide"}
	}
	var texts textCheck
	texts.add(m.ID, m.Decision)
	return texts.err("Amendment")
}

// Validate refuses a mark that does not set exactly one of Claim, Told and Ask,
// or has text that cannot be kept, with an [*InvalidRequestError]. A store calls
// it first in Mark.
func (m *Mark) Validate() error {
	set := 0
	for _, text := range []string{m.Claim, m.Told, string(m.Ask)} {
		if text != "" {
			set++
		}
	}
	if set != 1 {
		return &InvalidRequestError{Field: "Mark", Rule: "must set exactly one of Claim, Told and Ask"}
	}
	var texts textCheck
	texts.add(m.Claim, m.Told, string(m.Ask))
	return texts.err("Mark")
}

// textCheck looks for text that a database would change, or not take.
type textCheck struct {
	found bool
	size  int // of the first one
}

func (t *textCheck) add(texts ...string) {
	for _, text := range texts {
		if !t.found && (!utf8.ValidString(text) || strings.IndexByte(text, 0) >= 0) {
			t.found, t.size = true, len(text)
		}
	}
}

func (t *textCheck) err(what string) error {
	if !t.found {
		return nil
	}
	return &InvalidRequestError{Field: what, Rule: fmt.Sprintf("has a text of %d bytes that is not valid UTF-8 or holds a NUL", t.size)}
}
