package model_test

import (
	"maps"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/report"
)

// latest is the run of the last process.
func (w *world) latest() ledger.RunState { return w.runsOf(w.runners[len(w.runners)-1].link)[0] }

// wanted are the records that a completed run must have counted, each once; false:
// nobody can tell any more.
func (w *world) wanted(s *selection) (ids []string, known bool) {
	switch {
	case len(s.records) > 0:
		return s.records, true
	case s.retryOf != "":
		return w.failed(s.retryOf)
	case len(s.names) > 0:
		records := w.records(s.kind)
		return slices.DeleteFunc(slices.Clone(s.names), func(id string) bool { // known, and the source does not have it
			return s.kind == adcimport.KindUser && records[id].Known && !slices.Contains(w.listed(s.kind), id)
		}), true
	}
	return slices.DeleteFunc(w.listed(s.kind), func(id string) bool { return s.sub != "" && w.subDealer(s.kind, id) != s.sub }), true
}

// failed are the records that a run to retry failed with.
func (w *world) failed(runID string) (ids []string, known bool) {
	if w.grantsOf(runID) != w.begunRetries[runID] {
		return nil, false
	}
	all, err := collect(w.store.Outcomes(w.aside(), runID, 0))
	for _, o := range all {
		if o.Action == adcimport.ActionFailed {
			ids = append(ids, o.SourceID)
		}
	}
	return ids, err == nil
}

func (w *world) grantsOf(runID string) int {
	n := 0
	for _, k := range kinds {
		for _, id := range w.grants[k] {
			if id == runID {
				n++
			}
		}
	}
	return n
}

func (w *world) subDealer(k adcimport.Kind, id string) (sub string) {
	w.source.Update(func(d *adcimporttest.Dealer) {
		if k == adcimport.KindCustomer {
			for i := range d.Customers {
				if d.Customers[i].ID == id {
					sub = d.Customers[i].SubDealerID
				}
			}
			return
		}
		for i := range d.Users {
			if d.Users[i].ID == id {
				sub = d.Users[i].SubDealerID
			}
		}
	})
	return sub
}

// checkWanted compares what a completed run counted with what it was for.
func (w *world) checkWanted(st ledger.RunState) {
	s := w.selections[st.RunID]
	w.checkLimit(st, &s)
	if s.options.Limit > 0 && !st.Listed || w.begun[st.RunID] != w.changes {
		return
	}
	repeats := w.repeats - w.repeated[st.RunID]
	twice := st.ByReason[adcimport.ReasonDuplicateInSource]
	if twice > 0 && repeats == 0 {
		w.violate("run %s counted %d twice, and nothing came twice", st.RunID, twice)
	}
	ids, known := w.wanted(&s)
	if !known {
		return
	}
	want := len(ids)
	for _, o := range w.outcomes(st.RunID) {
		if !slices.Contains(ids, o.SourceID) { // left open by an earlier run
			want++
		}
	}
	// What passes leaves no trace: where it comes again after a cut it is counted again.
	again := min(repeats*maxRepeated, st.Passing.Counts.Read)
	left := st.Passing.ByReason[adcimport.ReasonExcluded] // fault 84: what the filter does not include
	if e := st.Excluded; e.Terminated+e.Demo+e.Commitment != st.ByReason[adcimport.ReasonExcluded] {
		w.violate("run %s excluded %+v, by reason %d", st.RunID, e, st.ByReason[adcimport.ReasonExcluded])
	}
	if read := st.Counts.Read - twice - left; read < want || read > want+again {
		w.violate("run %s counted %d records, want %d (%v): %+v %v", st.RunID, read, want, ids, st.Counts, st.ByReason)
	}
}

// checkSummary compares what a caller got with what is stored.
func (w *world) checkSummary(sum *adcimport.Summary) {
	st, err := w.store.Run(w.aside(), sum.RunID)
	if err != nil || st.Counts != sum.Counts || !maps.Equal(st.ByReason, sum.ByReason) || st.Excluded != sum.Excluded {
		w.violate("run %s says %+v %v, the store has %+v %v (%v)", sum.RunID, sum.Counts, sum.ByReason, st.Counts, st.ByReason, err)
	}
}

// checkLimit checks that a run which its Limit ended took so many new records, and
// no more, besides those that were left open before.
func (w *world) checkLimit(st ledger.RunState, s *selection) {
	limit := s.options.Limit
	if limit == 0 || s.options.Mode != adcimport.CreateOnly {
		return
	}
	news := st.Counts.Created + st.Counts.Linked + st.Counts.Failed +
		st.ByReason[adcimport.ReasonFilteredOut] + st.ByReason[adcimport.ReasonNotInSink]
	ahead := 0
	for _, o := range w.outcomes(st.RunID) {
		if o.Ahead {
			ahead++
		}
	}
	over := len(s.names) == 0 && news-ahead > limit // named ones that do not exist come besides
	// One that was put off has its place, also where it turns out to be left out.
	if !st.Listed && news+st.ByReason[adcimport.ReasonExcluded] < limit || over {
		w.violate("run %s took %d new records, %d of them ahead, its limit is %d (listed %v)", st.RunID, news, ahead, limit, st.Listed)
	}
}

// checkReports checks that the reports on a link's newest runs add up; n is how
// many.
func (w *world) checkReports(link string, n int) {
	imp, err := w.observer(link)
	if err != nil {
		w.violate("new importer: %v", err)
		return
	}
	runs := w.runsOf(link)
	for _, st := range runs[:min(n, len(runs))] {
		for _, retries := range []bool{false, true} {
			run, err := report.Of(w.aside(), imp, st.RunID, report.Options{Retries: retries})
			if err != nil {
				w.violate("report on run %s: %v", st.RunID, err)
				return
			}
			w.checkReport(&st, run)
		}
	}
}

// observer is an importer whose calls always work.
func (w *world) observer(link string) (*adcimport.Importer, error) {
	if imp := w.observers[link]; imp != nil {
		return imp, nil
	}
	imp, err := adcimport.New(adcimport.Config{Link: link, SinkAccount: w.account, Source: w.source, Sink: w.sink, Store: w.store})
	w.observers[link] = imp
	return imp, err
}

func (w *world) checkReport(st *ledger.RunState, run *report.Run) {
	rows := st.Passing.Clone()
	all, err := collect(run.Rows)
	if err != nil {
		w.violate("report on run %s: %v", st.RunID, err)
	}
	came := make(map[string]bool)
	for _, o := range all {
		if came[o.SourceID] {
			w.violate("report on run %s: %s comes twice", st.RunID, o.SourceID)
		}
		came[o.SourceID] = true
		if o.Action == adcimport.ActionInFlight {
			return // they are in no count, and a former row of one is not shown
		}
		rows.Add(o.Verdict(), 1)
	}
	if s := run.Summary; rows.Counts != s.Counts || !maps.Equal(rows.ByReason, s.ByReason) {
		w.violate("report on run %s: %+v %v, its rows are %+v %v", st.RunID, s.Counts, s.ByReason, rows.Counts, rows.ByReason)
	}
}

// checkValues checks that the sink has what the source has.
func (w *world) checkValues(runID string, k adcimport.Kind) {
	except := make(map[string]bool)
	for _, o := range w.outcomes(runID) {
		except[o.SourceID] = o.Action == adcimport.ActionFailed || o.Reason == adcimport.ReasonInDoubtResolved
	}
	names := w.lastNames(k)
	if k == adcimport.KindCustomer {
		for _, c := range w.sink.Customers() {
			w.checkValue(runID, k, c.Record.AlarmComID, c.Record.LastName, names, except)
		}
		return
	}
	for _, u := range w.sink.Users() {
		w.checkValue(runID, k, u.Record.AlarmComID, u.Record.LastName, names, except)
	}
}

func (w *world) checkValue(runID string, k adcimport.Kind, id, got string, names map[string]string, except map[string]bool) {
	if want, listed := names[id]; listed && got != want && !except[id] {
		w.violate("run %s: %s %s is %q in the sink, want %q", runID, k, id, got, want)
	}
}

// lastNames are those of the records that the source lists.
func (w *world) lastNames(k adcimport.Kind) map[string]string {
	names := make(map[string]string)
	for _, id := range w.listed(k) {
		names[id] = ""
	}
	w.source.Update(func(d *adcimporttest.Dealer) {
		if k == adcimport.KindCustomer {
			for i := range d.Customers {
				if _, listed := names[d.Customers[i].ID]; listed {
					names[d.Customers[i].ID] = d.Customers[i].LastName
				}
			}
			return
		}
		for i := range d.Users {
			names[d.Users[i].ID] = d.Users[i].LastName
		}
	})
	return names
}
