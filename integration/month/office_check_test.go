package month_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/ledger"
)

// checkOffice looks at what people wrote, and at whom they typed in.
func (w *world) checkOffice() {
	if w.office == nil {
		return
	}
	for _, r := range slices.Concat(w.crm.Customers(), w.crm.Users()) {
		for name, wrote := range w.office.wrote[r.ID] {
			if wrote != nil && w.theirs(r.AlarmComID != "", name) && r.Text(name) != fmt.Sprint(wrote) {
				w.violate("a person's word", "%s of %s is not what people wrote", name, r.ID)
			}
		}
		if w.office.reps[r.ID] && !slices.Equal(r.Relationships["rep"], []string{w.office.rep}) {
			w.violate("a person's word", "the rep of %s is not whom people chose", r.ID)
		}
		switch p, typed := w.office.typed[r.ID]; {
		case !typed || r.AlarmComID == "":
		case p == nil || p.id != r.AlarmComID:
			w.violate("linked to another", "%s, who is somebody else, has the id %s", r.ID, r.AlarmComID)
		case p.joined.IsZero():
			p.joined = time.Now()
		}
	}
	for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		in := w.idsInSink(k)
		for _, p := range w.of(k) {
			if typed := w.office.asTypedIn(p); typed != "" && !p.apart && len(in[p.id]) > 0 && !slices.Contains(in[p.id], typed) && !w.mistake.blind {
				w.violate("typed in, and doubled", "%v is in SecurityTrax as %s, and as %v by the import", p, typed, in[p.id])
			}
		}
	}
}

// checkWaiting: who waits at the end of the night's last run is counted and listed.
func (w *world) checkWaiting(ctx context.Context, k adcimport.Kind, runs []ledger.RunState) {
	if w.office == nil || len(runs) == 0 || runs[len(runs)-1].Status != adcimport.StatusCompleted {
		return
	}
	listed := 0
	for r, err := range w.office.page.ToReview(ctx, k) {
		if err != nil {
			w.violate("the store", "%v", err)
			return
		}
		if !r.Create && r.LinkTo == "" {
			listed++
		}
	}
	last := runs[len(runs)-1]
	if n := last.ToReview(); n != listed {
		w.violate("who waits is listed", "%s counts %d to review, and %d are listed", last.RunID, n, listed)
	}
}

// byPeople looks at somebody whom a person deleted, decided or had forgotten; true: there
// is nothing more to say of that one.
func (w *world) byPeople(p *person, o adcimport.Outcome, whole int, run ledger.RunState) bool {
	switch {
	case w.office == nil:
		return false
	case !p.deleted.IsZero():
		if whole > 0 {
			w.violate("who was deleted stays away", "%v is %s/%s", p, o.Action, o.Reason)
		}
		return true
	case o.Reason == adcimport.ReasonPossibleMatch && whole == 0:
		p.row = 0
		switch done := !p.decided.IsZero() && p.decided.Before(run.Started); {
		case done:
			w.violate("what is decided is done", "%v waits still", p)
		case w.office.asTypedIn(p) == "":
			w.violate("everybody has a reason", "%v waits for a person, and nobody is like that one", p)
		}
		return true
	case p.forgets > 0 && whole == 0 && o.Action != adcimport.ActionFailed && o.Reason != adcimport.ReasonResting:
		w.violate("who was forgotten comes back", "%v is %s/%s", p, o.Action, o.Reason)
		return true
	}
	return false
}
