package month_test

import (
	"context"
	"time"

	"github.com/securitytrax/adcimport"
)

// postman is a host's notifier: what a dead host tells is told to nobody.
type postman struct{ h *host }

// Notify implements adcimport.Notifier.
func (p postman) Notify(_ context.Context, s adcimport.Summary) error {
	if err := p.h.step(); err != nil {
		return err
	}
	w := p.h.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if s.Status != adcimport.StatusPaused { // that one waits is another word
		w.told[s.RunID] = append(w.told[s.RunID], s.Notice)
	}
	return nil
}

// allTold: each end of a run is told, and once by its notice, unless a host died or
// the database went away between telling and remembering it.
func (w *world) allTold() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, run := range w.seenEnds {
		notices := make(map[string]int)
		for _, n := range w.told[run.RunID] {
			if notices[n]++; notices[n] > 1+w.kills+w.outages {
				w.breach("told once", "%s is told %d times by %q", run.RunID, notices[n], n)
			}
		}
		if len(notices) == 0 && time.Since(run.Finished) > 12*time.Hour {
			w.breach("every end is told", "%s is %s since %s, and nobody was told", run.RunID, run.Status, run.Finished.Format("2 15:04"))
		}
	}
}
