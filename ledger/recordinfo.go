package ledger

import "time"

// RecordInfo is what a host is told of one record. It holds ids and codes alone.
type RecordInfo struct {
	ID     string // Alarm.com's
	SinkID string // of one that is imported; empty: it is not
	State  RecordState
	Since  time.Time // when it came into State, by the store's clock
	Rests  time.Time // of a resting one, until when it is left alone
	RunID  string    // the run that decided about it last; empty: none is known
	LinkTo string    // what a person decided, and the next run does: this, or Create
	Create bool
}
