package riverimport

import (
	"time"

	"github.com/securitytrax/adcimport"
)

// Output is what a job says of its run, in River's pages too: while it is at work several
// times within a LeaseTTL, and at the end of each slice. It is counts and codes alone.
type Output struct {
	RunID       string                   `json:"run_id"`
	Link        string                   `json:"link"`
	Kind        adcimport.Kind           `json:"kind"`
	Status      adcimport.RunStatus      `json:"status"`
	Total       int                      `json:"total,omitempty"` // 0: not known
	Counts      adcimport.Counts         `json:"counts"`
	ByReason    map[adcimport.Reason]int `json:"by_reason,omitempty"`
	Warnings    []string                 `json:"warnings,omitempty"`
	Failure     *adcimport.Failure       `json:"failure,omitempty"` // why it failed or waits
	PausedUntil time.Time                `json:"paused_until,omitzero"`
}
