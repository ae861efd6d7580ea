//go:build unix

package crash_test

import (
	"context"
	"fmt"
	"slices"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/crashtest"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// typedPoints are places around links and look-ups for them, and around the commits of
// their intents and outcomes.
func typedPoints() []string {
	return []string{
		pointIntend + ":before", pointIntend + ":after", pointCommit + ":before", pointCommit + ":after", "sink.LinkCustomers:before",
		"sink.LinkCustomers:after", "sink.MatchCustomers:before", "sink.MatchCustomers:after", pointCommitted, pointArrived, "store.List:after",
	}
}

// TestTypedInByHand kills the children of a dealer a third of whose customers were typed
// in by hand: each of these is there once afterwards, linked or waiting for a person, with
// what people wrote meanwhile. Then a person decides.
func TestTypedInByHand(t *testing.T) {
	t.Parallel()
	for name, open := range databases() {
		for _, m := range []adcimport.MatchMode{adcimport.MatchLink, adcimport.MatchPropose} {
			t.Run(name+"/"+m.String(), func(t *testing.T) {
				t.Parallel()
				db, kills := open(t), max(3, *killCount/15)
				for cycle := uint64(0); kills > 0 && !t.Failed(); cycle++ {
					w := &typedWorld{world: newWorld(t, *killSeed+700+cycle, db, fmt.Sprint("typed-", cycle)), match: m}
					w.typeIn()
					deaths, err := w.dieAndLive(t.Context(), crashtest.NewSchedule(*killSeed+cycle, typedPoints(), randomSpan), kills)
					if err == nil {
						err = w.verify(t.Context())
					}
					if err != nil {
						t.Fatal(err)
					}
					t.Logf("%d deaths, %d typed in, %d decided by a person", deaths, len(w.typed), w.decided)
					for _, wrong := range w.wrong {
						t.Error(wrong)
					}
					kills -= max(1, deaths)
				}
			})
		}
	}
}

// typedWorld is a world part of whose customers were typed in.
type typedWorld struct {
	*world
	findings
	match   adcimport.MatchMode
	typed   map[string]string // SecurityTrax's id, by Alarm.com's
	wrote   map[string]string // phone numbers, by SecurityTrax's id
	decided int
}

// typeIn types in every third customer, every ninth of them by a relative's name.
func (w *typedWorld) typeIn() {
	w.typed, w.wrote = make(map[string]string), make(map[string]string)
	for i, c := range w.dealer.Importable() {
		if i%3 > 0 {
			continue
		}
		at := c.InstallAddress
		attributes := map[string]any{
			"fname": c.FirstName, "lname": c.LastName, "business_name": c.CompanyName, "email": c.PrimaryEmail, "primary_phone": "801-555-0100",
			"address1": at.Street1, "city": at.City, "state": at.State, "zip": at.Zip,
		}
		if i%9 == 0 {
			attributes["fname"] = "Zoe"
		}
		w.typed[c.ID] = w.sink.TypeInCustomer(attributes)
		w.wrote[w.typed[c.ID]] = "801-555-0100"
	}
}

func (w *typedWorld) config() childConfig {
	cfg := w.world.config()
	cfg.Match, cfg.Kinds = &w.match, []adcimport.Kind{adcimport.KindCustomer}
	return cfg
}

// dieAndLive starts children until one completes, and kills at most so many, the first
// ones about a link. After each death people write new phone numbers.
func (w *typedWorld) dieAndLive(ctx context.Context, schedule *crashtest.Schedule, most int) (deaths int, err error) {
	for first := []string{"sink.LinkCustomers:before", "sink.LinkCustomers:after"}; ; {
		var k crashtest.Kill
		switch {
		case deaths < min(most, len(first)) && w.match == adcimport.MatchLink:
			k.Point = crashtest.Point{Name: first[deaths], N: 1}
		case deaths < most:
			k = schedule.Next()
		}
		end, err := w.liveAs(ctx, w.config(), k)
		switch {
		case err != nil:
			return deaths, fmt.Errorf("child killed %v: %w", k, err)
		case end.Killed:
			deaths++
		case end.Code == exitComplete:
			return deaths, nil
		default:
			return deaths, fmt.Errorf("child to be killed %v ended with %d: %s", k, end.Code, end.Stderr)
		}
		for id := range w.wrote {
			w.wrote[id] = fmt.Sprintf("801-555-01%02d", deaths)
			w.sink.Edit("customers", id, map[string]any{"primary_phone": w.wrote[id]})
		}
	}
}

// verify looks at who is there and who waits, lets a person decide, and looks again.
func (w *typedWorld) verify(ctx context.Context) error {
	db, store, err := w.database.open(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	w.gateway.late.Wait()
	cfg := w.config()
	cfg.LeaseTTL = childTimeout // nobody dies here
	imp, err := newImporter(cfg, store, nil)
	if err != nil {
		return err
	}
	decisions, err := w.look(ctx, imp)
	if err != nil {
		return err
	}
	if w.decided = len(decisions); w.match == adcimport.MatchPropose && w.decided < len(w.typed) {
		w.complain("%d wait for a person, want %d", w.decided, len(w.typed))
	}
	for _, want := range []int{0, len(decisions)} { // what a second run brings, and one after the decisions
		sum, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, cfg.customerOptions())
		if err != nil {
			return err
		}
		if made := sum.Counts.Created + sum.Counts.Linked; made != want || sum.ToReview() != w.decided-want {
			w.complain("a later run made something else than %d: %v", want, sum)
		}
		if err := imp.Decide(ctx, adcimport.KindCustomer, decisions[:len(decisions)-want]...); err != nil {
			return err
		}
	}
	if left, err := w.look(ctx, imp); err != nil || len(left) > 0 {
		w.complain("%d wait still: %v", len(left), err)
	}
	for in, err := range store.List(ctx, w.scope(adcimport.KindCustomer), openRecords) {
		w.complain("the intent of customer %s is open: %v", in.ID, err)
	}
	for st, err := range store.Runs(ctx, ledger.RunQuery{Link: w.link}) {
		if err != nil {
			return err
		}
		if _, err := w.ledger(ctx, store, st); err != nil {
			return err
		}
	}
	return nil
}

// look compares SecurityTrax with Alarm.com, and returns what a person decides.
func (w *typedWorld) look(ctx context.Context, imp *adcimport.Importer) ([]adcimport.Decision, error) {
	var decisions []adcimport.Decision
	var got []string
	for r, err := range imp.ToReview(ctx, adcimport.KindCustomer) {
		if err != nil {
			return nil, err
		}
		d := adcimport.Decision{SourceID: r.SourceID, LinkTo: w.typed[r.SourceID]}
		d.Create = d.LinkTo == ""
		decisions, got = append(decisions, d), append(got, r.SourceID)
	}
	records := w.sink.Customers()
	for _, r := range records {
		if r.AlarmComID == "" {
			continue
		}
		got = append(got, r.AlarmComID)
		if typed := w.typed[r.AlarmComID]; typed != "" && typed != r.ID {
			w.complain("customer %s was typed in as %s, and is %s as well", r.AlarmComID, typed, r.ID)
		}
	}
	for id, phone := range w.wrote {
		if !slices.ContainsFunc(records, func(r securitytraxtest.Record) bool { return r.ID == id && r.Text("primary_phone") == phone }) {
			w.complain("what people wrote in %s is lost", id)
		}
	}
	want := w.wanted()[adcimport.KindCustomer]
	if d := crashtest.Compare(want, got); !d.OK() {
		w.complain("customers that are in, or wait: %v", d)
	}
	return decisions, nil
}
