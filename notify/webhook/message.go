package webhook

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify"
)

// Version is that of the body's form. Members may be added within one version; a
// receiver ignores those that it does not know.
const Version = 1

// Message is the body of a webhook: ids, codes, counts and times, and nothing personal.
// It is the same where a notice is repeated.
type Message struct {
	Version     int                      `json:"version"`
	Notice      string                   `json:"notice"` // what a receiver is idempotent by
	Event       notify.Event             `json:"event"`
	Link        string                   `json:"link"`
	RunID       string                   `json:"run_id"`
	Kind        adcimport.Kind           `json:"kind"` // customer or user
	Status      adcimport.RunStatus      `json:"status"`
	NeedYou     int                      `json:"need_you"` // records that wait for a person
	Counts      Counts                   `json:"counts"`
	ByReason    map[adcimport.Reason]int `json:"by_reason,omitempty"`
	Failure     *Failure                 `json:"failure,omitempty"` // why it failed or waits
	Started     time.Time                `json:"started"`
	Finished    time.Time                `json:"finished,omitzero"`
	PausedUntil time.Time                `json:"paused_until,omitzero"`
}

// Counts are those of a run. Read is the sum of the others but ToReview, which is a part
// of Skipped.
type Counts struct {
	Read      int `json:"read"`
	Created   int `json:"created"`
	Linked    int `json:"linked"`
	Updated   int `json:"updated"`
	Unchanged int `json:"unchanged"`
	Skipped   int `json:"skipped"`
	Failed    int `json:"failed"`
	ToReview  int `json:"to_review"`
}

// Failure says in codes why a run failed or waits; they are those of docs/reference.md.
type Failure struct {
	End       string    `json:"end"` // source, sink, store or host
	Operation string    `json:"operation,omitempty"`
	Code      string    `json:"code"`
	Status    int       `json:"status,omitempty"` // of HTTP
	Since     time.Time `json:"since,omitzero"`   // when it began to wait
}

// messageOf leaves out the summary's warnings, which are texts for people.
func messageOf(s adcimport.Summary) Message {
	c := s.Counts
	m := Message{
		Version: Version, Notice: s.Notice, Event: notify.EventOf(s), Link: s.Link, RunID: s.RunID, Kind: s.Kind, Status: s.Status,
		NeedYou: notify.NeedYou(s), ByReason: s.ByReason,
		Counts: Counts{
			Read: c.Read, Created: c.Created, Linked: c.Linked, Updated: c.Updated, Unchanged: c.Unchanged,
			Skipped: c.Skipped, Failed: c.Failed, ToReview: s.ToReview(),
		},
		Started: s.Started.UTC(), Finished: s.Finished.UTC(), PausedUntil: s.PausedUntil.UTC(),
	}
	if f := s.Failure; f != nil {
		m.Failure = &Failure{End: f.End, Operation: f.Operation, Code: f.Code, Status: f.Status, Since: f.Since.UTC()}
	}
	return m
}

// ParseMessage reads the body of a webhook that was verified. A body of another version
// is [ErrVersion].
func ParseMessage(body []byte) (Message, error) {
	var m Message
	if err := json.Unmarshal(body, &m); err != nil {
		return Message{}, fmt.Errorf("webhook: read the body: %w", ErrMalformed)
	}
	if m.Version != Version {
		return Message{}, fmt.Errorf("webhook: the body has version %d: %w", m.Version, ErrVersion)
	}
	return m, nil
}
