package model_test

import (
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

// content answers the sink's ids by Alarm.com id.
func (w *world) content(k adcimport.Kind) map[string][]string {
	content := make(map[string][]string)
	if k == adcimport.KindCustomer {
		for _, c := range w.sink.Customers() {
			content[c.Record.AlarmComID] = append(content[c.Record.AlarmComID], c.ID)
		}
		return content
	}
	for _, u := range w.sink.Users() {
		content[u.Record.AlarmComID] = append(content[u.Record.AlarmComID], u.ID)
	}
	return content
}

// logins counts the sink's users who can log in.
func (w *world) logins() int {
	n := 0
	for _, u := range w.sink.Users() {
		if u.Record.CanLogin {
			n++
		}
	}
	return n
}

// records are what the store has of all ids there ever were.
func (w *world) records(k adcimport.Kind) map[string]ledger.Record {
	records, err := w.store.Records(w.aside(), w.scope(k), "", w.everID)
	if err != nil {
		w.violate("records: %v", err)
	}
	return records
}

func (w *world) openIntents(k adcimport.Kind) []string {
	open, err := collect(w.store.List(w.aside(), w.scope(k), ledger.Query{States: []ledger.RecordState{ledger.StateOpen}}))
	if err != nil {
		w.violate("list of open records: %v", err)
	}
	out := make([]string, len(open))
	for i, r := range open {
		out[i] = r.ID
	}
	return out
}

func (w *world) outcomes(runID string) []adcimport.Outcome {
	outcomes, err := collect(w.store.Outcomes(w.aside(), runID, 0))
	if err != nil {
		w.violate("outcomes of run %s: %v", runID, err)
	}
	return outcomes
}

// runs are the stored runs of all links.
func (w *world) runs() []ledger.RunState {
	var runs []ledger.RunState
	for _, link := range w.links {
		runs = append(runs, w.runsOf(link)...)
	}
	return runs
}

// runsOf are the stored runs of a link, newest first.
func (w *world) runsOf(link string) []ledger.RunState {
	runs, err := collect(w.store.Runs(w.aside(), ledger.RunQuery{Link: link}))
	if err != nil {
		w.violate("runs: %v", err)
	}
	return runs
}

// unfinished are the runs that go on by themselves, or are at work as far as the
// store knows.
func (w *world) unfinished() []string {
	var out []string
	for _, st := range w.runs() {
		if !st.Status.Ended() && (st.Status == adcimport.StatusRunning || st.Driver == ledger.DriverImporter && st.Status != ledger.StatusHeld) {
			out = append(out, st.RunID)
		}
	}
	return out
}

// importable are the records that belong in the sink now.
func (w *world) importable(k adcimport.Kind) []string {
	return slices.DeleteFunc(w.listed(k), func(id string) bool {
		return k == adcimport.KindUser && id == userWithoutEmail
	})
}

// listed are the records that the source lists now.
func (w *world) listed(k adcimport.Kind) []string {
	var out []string
	w.source.Update(func(d *adcimporttest.Dealer) {
		if k == adcimport.KindUser {
			for _, u := range d.Users {
				out = append(out, u.ID)
			}
			return
		}
		for _, c := range d.Customers {
			if !c.Terminated && !c.Demo {
				out = append(out, c.ID)
			}
		}
	})
	return out
}

// steady are the listed records that the schedule never touched.
func (w *world) steady(k adcimport.Kind) []string {
	return slices.DeleteFunc(w.listed(k), func(id string) bool { return w.moved[string(k)+"/"+id] })
}
