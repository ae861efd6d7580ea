//go:build unix

package crash_test

import (
	"cmp"
	"context"
	"fmt"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/ledger"
)

// findings are the figures of a world, and what is wrong with it in words.
type findings struct {
	crashtest.Numbers
	wrong []string
}

func (f *findings) complain(format string, args ...any) {
	f.wrong = append(f.wrong, fmt.Sprintf(format, args...))
}

// wanted are the ids that an import must bring.
func (w *world) wanted() map[adcimport.Kind][]string {
	return map[adcimport.Kind][]string{
		adcimport.KindCustomer: idsOf(w.dealer.Importable(), func(c adcimport.Customer) string { return c.ID }),
		adcimport.KindUser:     idsOf(w.dealer.ImportableUsers(true), func(u adcimport.User) string { return u.ID }),
	}
}

func idsOf[T any](list []T, id func(T) string) []string {
	ids := make([]string, len(list))
	for i, v := range list {
		ids[i] = id(v)
	}
	return ids
}

// content compares what SecurityTrax really has with what Alarm.com has, and
// the emails with the users. kinds: those that were imported.
func (w *world) content(f *findings, kinds ...adcimport.Kind) {
	w.gateway.late.Wait()
	got := make(map[adcimport.Kind][]string)
	for _, r := range w.sink.Customers() {
		got[adcimport.KindCustomer] = append(got[adcimport.KindCustomer], r.AlarmComID)
	}
	supportID := make(map[string]string)
	for _, r := range w.sink.Users() {
		got[adcimport.KindUser] = append(got[adcimport.KindUser], r.AlarmComID)
		supportID[r.ID] = r.AlarmComID
	}
	var mailed []string
	for _, e := range w.sink.Emails() {
		mailed = append(mailed, supportID[e.UserID])
	}
	want := w.wanted()
	for _, k := range kinds {
		d := crashtest.Compare(want[k], got[k])
		f.Records += len(want[k])
		f.Lost += len(d.Lost)
		f.Doubled += len(d.Doubled)
		f.Strange += len(d.Strange)
		if !d.OK() {
			f.complain("%ss: %v", k, d)
		}
		if k != adcimport.KindUser {
			continue
		}
		f.Emails = len(mailed)
		if d := crashtest.Compare(want[k], mailed); !d.OK() {
			f.EmailsTwice = len(d.Doubled)
			f.complain("login e-mails: %v", d)
		}
	}
}

// verify looks at the content, the ledger and the intents, and imports once
// more.
func (w *world) verify(ctx context.Context, kinds ...adcimport.Kind) (findings, error) {
	f := findings{Numbers: crashtest.Numbers{Cycles: 1}}
	db, store, err := w.database.open(ctx)
	if err != nil {
		return f, err
	}
	defer func() { _ = db.Close() }()
	w.gateway.late.Wait()
	if err := w.personsWord(ctx, &f, store); err != nil {
		return f, fmt.Errorf("a person's word: %w", err)
	}
	w.content(&f, kinds...)
	done := make(map[adcimport.Kind][]string)
	links := append([]string{w.link}, w.others...)
	for _, link := range links {
		for st, err := range store.Runs(ctx, ledger.RunQuery{Link: link}) {
			if err != nil {
				return f, err
			}
			ids, err := f.ledger(ctx, store, st)
			if err != nil {
				return f, err
			}
			done[st.Kind] = append(done[st.Kind], ids...)
		}
	}
	want := w.wanted()
	for _, k := range kinds {
		if d := crashtest.Compare(want[k], done[k]); !d.OK() {
			f.complain("ledger of %ss: %v", k, d)
		}
		for in, err := range store.List(ctx, w.scope(k), openRecords) {
			if err != nil {
				return f, err
			}
			f.OpenIntents++
			f.complain("the intent of %s %s is open", k, in.ID)
		}
		for _, link := range links {
			if err := w.again(ctx, &f, store, link, k); err != nil {
				return f, fmt.Errorf("second run: %w", err)
			}
		}
	}
	return f, nil
}

// scope is what the records of a kind belong to.
func (w *world) scope(k adcimport.Kind) ledger.Scope {
	return ledger.Scope{Account: cmp.Or(w.account, w.link), Kind: k}
}

var openRecords = ledger.Query{States: []ledger.RecordState{ledger.StateOpen}} //nolint:gochecknoglobals // a constant

// ledger checks the sums of a run, and answers the records that it brought.
func (f *findings) ledger(ctx context.Context, store adcimport.StateStore, st ledger.RunState) (done []string, err error) {
	c := st.Counts
	if c.Read != c.Created+c.Linked+c.Updated+c.Unchanged+c.Skipped+c.Failed {
		f.complain("run %s: the counts do not add up: %+v", st.RunID, c)
	}
	stored := st.Passing.Counts
	for o, err := range store.Outcomes(ctx, st.RunID, 0) {
		if err != nil {
			return nil, err
		}
		stored.Add(o.Action)
		if o.Action == adcimport.ActionUpdated || o.Action == adcimport.ActionUnchanged {
			f.complain("run %s: outcome %s of a run that creates only", st.RunID, o.Action)
		}
		if o.Action.Done() {
			done = append(done, o.SourceID)
		}
	}
	if diff := gocmp.Diff(c, stored); diff != "" {
		f.complain("run %s: counts and ledger differ (-counts +ledger):\n%s", st.RunID, diff)
	}
	return done, nil
}

// sendsBeforeRest is how often a record is sent in vain before it rests, whosever fault
// that was.
const sendsBeforeRest = 3

// personsWord sends again who waits for a person: users who were parked, since a host died
// while they were sent, and they are not there; and whoever was about to be sent by three
// hosts that died, and rests for a day.
func (w *world) personsWord(ctx context.Context, f *findings, store adcimport.StateStore) error {
	waiting := ledger.Query{States: []ledger.RecordState{ledger.StateParked, ledger.StateFailed, ledger.StateResting}}
	for _, k := range bothKinds() {
		var ids []string
		for r, err := range store.List(ctx, w.scope(k), waiting) {
			switch {
			case err != nil:
				return err
			case r.State != ledger.StateParked && r.Sent < sendsBeforeRest:
				continue // what it has is broken
			case r.State != ledger.StateParked:
				f.Rested++
			case k == adcimport.KindUser:
				f.Parked++
			default:
				f.complain("%s %s waits for a person", k, r.ID)
			}
			ids = append(ids, r.ID)
		}
		if err := w.retry(ctx, f, store, k, ids); err != nil {
			return err
		}
	}
	return nil
}

func (w *world) retry(ctx context.Context, f *findings, store adcimport.StateStore, k adcimport.Kind, ids []string) error {
	if len(ids) == 0 {
		return nil
	}
	cfg := w.config()
	cfg.LeaseTTL = time.Minute // nobody dies here
	imp, err := newImporter(cfg, store, nil)
	if err != nil {
		return err
	}
	sum, err := imp.RetryRecords(ctx, k, ids...)
	if err == nil && sum.Counts.Created != len(ids) {
		f.complain("of %ss who were not there: %v", k, sum)
	}
	return err
}

// again imports a kind of a link once more, which must bring nothing.
func (w *world) again(ctx context.Context, f *findings, store adcimport.StateStore, link string, k adcimport.Kind) error {
	cfg := w.config()
	cfg.Link = link
	cfg.LeaseTTL = time.Minute // nobody dies here
	imp, err := newImporter(cfg, store, nil)
	if err != nil {
		return err
	}
	var sum *adcimport.Summary
	if k == adcimport.KindUser {
		sum, err = imp.ImportUsers(ctx, adcimport.UserFilter{}, userOptions(cfg.GroupID))
	} else {
		sum, err = imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, customerOptions(cfg.OfficeID))
	}
	if err != nil {
		return err
	}
	made := sum.Counts.Created + sum.Counts.Linked
	f.SecondRuns += made
	if made > 0 || len(w.gateway.writes(cfg.Name)) > 0 {
		f.complain("a second run made something: %v", sum)
	}
	return nil
}
