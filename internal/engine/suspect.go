package engine

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/securitytrax/adcimport/ledger"
)

// Everybody faults. A clear refusal is its record's failure; but when an operation
// refuses one record after another with the same words, and works for nobody, the
// operation is out of order (an office that was closed refuses everybody), and the
// run fails. What a run that ended well has refused before says nothing new.

// suspicious is how many such refusals make an operation suspect.
const suspicious = 20

// SuspectError says that an operation refused everybody, with what it refused the
// last one.
type SuspectError struct {
	Reason ledger.Reason
	Field  string // the first one that was refused; empty: none
	Err    error  // of the last refusal, whose text may be personal; nil: it has none
}

func (e *SuspectError) Error() string {
	msg := fmt.Sprintf("it refuses everybody: %d new ones, and took none: %s", suspicious, e.Reason)
	if e.Field != "" {
		msg += ": " + e.Field
	}
	return msg
}

func (e *SuspectError) Unwrap() error { return e.Err }

// refusing counts the clear refusals of one stretch, by operation and words.
type refusing struct {
	mu    sync.Mutex
	took  map[operation]bool // it worked for somebody
	count map[words]int
	named map[words]int   // of records that a person named
	runs  map[string]bool // former ones, and whether they ended otherwise than because everybody was refused
}

type words struct {
	op     operation
	reason ledger.Reason
	field  string
}

func newRefusing(brought ledger.Counts) *refusing {
	r := &refusing{took: make(map[operation]bool), count: make(map[words]int), named: make(map[words]int), runs: make(map[string]bool)}
	if brought.Created > 0 { // by a stretch before
		r.took[creating], r.took[detailing] = true, true
	}
	if brought.Updated > 0 {
		r.took[updating], r.took[detailing] = true, true
	}
	return r
}

// takes notes that an operation worked for a record.
func (r *refusing) takes(op operation) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.took[op] = true
}

// add counts a refusal, and reports whether the operation is suspect.
func (r *refusing) add(w words, named bool) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if named {
		r.named[w]++
		return false
	}
	r.count[w]++
	return r.count[w] >= suspicious && !r.took[w.op]
}

// warnings are about operations that refused everybody whom a person named.
func (r *refusing) warnings() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var texts []string
	for w, n := range r.named {
		if n >= suspicious && !r.took[w.op] {
			texts = append(texts, fmt.Sprintf("all %d records that were named are %s: look whether the service works at all", n, w.reason))
		}
	}
	return texts
}

// refuse decides a record by a fault of its own, as an operation says. The error says
// that the operation is suspect.
func (j *job[S, R]) refuse(ctx context.Context, op operation, it *item[S, R], f *Fault) error {
	j.fail(it, f)
	if f.Reason == ledger.ReasonFilteredOut {
		j.refusing.takes(op)
	}
	if !clearRefusal(f.Reason) {
		return nil
	}
	old, err := j.refusedBefore(ctx, &it.had)
	if err != nil || old {
		return err
	}
	w := words{op: op, reason: f.Reason}
	if len(f.Fields) > 0 {
		w.field = f.Fields[0].Field
	}
	if j.refusing.add(w, j.named[it.id] || j.retries()) {
		return j.wrap("go on with", &SuspectError{Reason: w.reason, Field: w.field, Err: f.Err})
	}
	return nil
}

// clearRefusal reports whether a reason is a clear refusal that may be the operation's.
// Others are about the record's data, or about nothing clear.
func clearRefusal(r ledger.Reason) bool {
	return r == ledger.ReasonSourceNotFound || r == ledger.ReasonSourceDenied || r == ledger.ReasonRejectedBySink
}

// refusedBefore reports whether a former run refused a record. One that failed
// because everybody was refused does not count.
func (j *job[S, R]) refusedBefore(ctx context.Context, had *ledger.Record) (bool, error) {
	if had.State != ledger.StateFailed && had.State != ledger.StateResting {
		return false, nil
	}
	return j.refusing.ended(had.RunID, func() (bool, error) {
		st, err := j.cfg.Store.Run(ctx, had.RunID)
		if errors.Is(err, ledger.ErrNotFound) { // nobody knows how it ended
			return true, nil
		}
		if err != nil {
			return false, j.wrap("look for a former run of", err)
		}
		return st.Failure == nil || !clearRefusal(ledger.Reason(st.Failure.Code)), nil
	})
}

// ended reports whether a run ended otherwise than because everybody was refused.
func (r *refusing) ended(runID string, look func() (bool, error)) (bool, error) {
	r.mu.Lock()
	well, known := r.runs[runID]
	r.mu.Unlock()
	if known {
		return well, nil
	}
	well, err := look() // two may ask at once
	if err == nil {
		r.mu.Lock()
		r.runs[runID] = well
		r.mu.Unlock()
	}
	return well, err
}
