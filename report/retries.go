package report

import (
	"context"
	"maps"
	"slices"

	"github.com/securitytrax/adcimport"
)

// follow picks the retries of the run, and of those again, from the later runs,
// and notes whether another run of its kind came after it.
func (r *reader) follow(later []adcimport.RunInfo) {
	r.newest = true
	family := map[string]bool{r.run.RunID: true}
	for _, info := range slices.Backward(later) {
		switch {
		case info.Kind != r.run.Kind:
		case r.options.Retries && family[info.RetryOf]:
			family[info.RunID] = true
			r.retries = append(r.retries, info.RunID)
		default:
			r.newest = false
		}
	}
}

func (r *reader) readRetries(ctx context.Context) error {
	r.retried = make(map[string]adcimport.Outcome)
	for _, id := range r.retries {
		for o, err := range r.imp.Outcomes(ctx, id) {
			if err != nil {
				return err
			}
			// What is done stays done, whatever a later retry said.
			if was, ok := r.retried[o.SourceID]; !ok || o.Action.Done() || !was.Action.Done() {
				r.retried[o.SourceID] = o
			}
		}
	}
	return nil
}

// lastWord is what a record's outcome has become.
func (r *reader) lastWord(o adcimport.Outcome) adcimport.Outcome {
	if o.Action != adcimport.ActionFailed {
		return o
	}
	if later, ok := r.retried[o.SourceID]; ok {
		return later
	}
	return o
}

// recount moves the retried records of the summary from what they were to what
// they are.
func (r *reader) recount(ctx context.Context) error {
	byReason := make(map[adcimport.Reason]int)
	maps.Copy(byReason, r.run.ByReason)
	r.run.ByReason = byReason
	for was, err := range r.imp.Outcomes(ctx, r.run.RunID) {
		if err != nil {
			return err
		}
		now := r.lastWord(was)
		if now.RunID == was.RunID {
			continue
		}
		r.run.Counts.Read--
		r.run.Counts.Failed--
		r.run.Counts.Add(now.Action)
		if byReason[was.Reason]--; byReason[was.Reason] <= 0 {
			delete(byReason, was.Reason)
		}
		if now.Reason != "" {
			byReason[now.Reason]++
		}
	}
	return nil
}
