package match_test

import (
	"flag"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/integration/match/invented"
	"github.com/securitytrax/adcimport/internal/matching"
	"github.com/securitytrax/adcimport/match"
)

var (
	customers = flag.Int("match.customers", 2000, "customers of an invented dealer")
	seeds     = flag.Int("match.seeds", 2, "dealers that are measured")
	from      = flag.Uint64("match.from", 1001, "the first one's seed")
	times     = flag.Int("match.lookups", 2, "how many times the look-ups by ids there may be")
	batchSize = flag.Int("match.batch", 100, "customers looked up at once")
	tell      = flag.Bool("match.tell", false, "tell of each one that was linked wrongly, missed or held back")
)

// figures are what came of a dealer.
type figures struct {
	with, linked, proposed, missed, wrong int // those who have a record already
	without, created, held                int // those who have none
	lookups, idLookups, left, batches     int
	early                                 int            // would be linked wrongly, were a listing not seen whole
	byKind                                map[string]int // missed, wrong or held back
	ofKind                                map[string]int // of whom that is said
}

func (f *figures) add(g figures) {
	f.with, f.linked, f.proposed, f.missed, f.wrong = f.with+g.with, f.linked+g.linked, f.proposed+g.proposed, f.missed+g.missed, f.wrong+g.wrong
	f.without, f.created, f.held = f.without+g.without, f.created+g.created, f.held+g.held
	f.early += g.early
	f.lookups, f.idLookups, f.left, f.batches = f.lookups+g.lookups, f.idLookups+g.idLookups, f.left+g.left, f.batches+g.batches
	if f.byKind == nil {
		f.byKind, f.ofKind = make(map[string]int), make(map[string]int)
	}
	for kind, n := range g.byKind {
		f.byKind[kind] += n
	}
	for kind, n := range g.ofKind {
		f.ofKind[kind] += n
	}
}

func percent(n, of int) string { return fmt.Sprintf("%.2f %%", 100*float64(n)/float64(max(of, 1))) }

// TestMatching_invented measures whole listings, by the default rules: nobody is
// linked wrongly, at least 98 in 100 of those who are there already are recognised,
// at most one in 100 of those who are not is held back, and look-ups are at most
// twice those by ids.
func TestMatching_invented(t *testing.T) {
	t.Parallel()
	for name, d := range map[string]dealers{
		"usual": {trouble: 1, formatted: true, missed: 2, held: 1},
		// The sink keeps numbers as they were typed, in five forms, of which three are
		// asked for.
		"numbers as typed": {trouble: 1, missed: 4, held: 1},
		// A third of all households are families, sites and panels of the hard sort:
		// most of what is held back is so on purpose.
		"troubled": {trouble: 10, formatted: true, missed: 3, held: 15},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var all figures
			for i := range *seeds {
				all.add(d.measure(t, *from+uint64(i)))
			}
			all.report(t)
			d.judge(t, all)
		})
	}
}

// dealers are a sort of dealers, and what of their customers may be missed and held
// back, in percent.
type dealers struct {
	trouble      int
	formatted    bool // the sink writes numbers in one form
	missed, held int
}

func (f *figures) report(t *testing.T) {
	t.Helper()
	t.Logf("with a record: %d; linked %d (%s), proposed %d (%s), missed %d (%s); linked wrongly %d", f.with,
		f.linked, percent(f.linked, f.with), f.proposed, percent(f.proposed, f.with), f.missed, percent(f.missed, f.with), f.wrong)
	t.Logf("linked wrongly, were the listing not seen whole: %d", f.early)
	t.Logf("without: %d; created %d, held back %d (%s)", f.without, f.created, f.held, percent(f.held, f.without))
	t.Logf("look-ups %d, by ids %d (%.2f times); values not asked for %d in %d batches",
		f.lookups, f.idLookups, float64(f.lookups)/float64(f.idLookups), f.left, f.batches)
	for _, kind := range slices.Sorted(maps.Keys(f.byKind)) {
		t.Logf("  %4d of %5d  %s", f.byKind[kind], f.ofKind[kind], kind)
	}
}

// judge holds figures against what is promised.
func (d dealers) judge(t *testing.T, f figures) {
	t.Helper()
	if f.wrong > 0 {
		t.Errorf("%d linked wrongly", f.wrong)
	}
	if f.early == 0 && d.trouble > 1 {
		t.Error("nobody for whom it matters that a listing is seen whole: the dealers are too easy")
	}
	if f.missed*100 > f.with*d.missed {
		t.Errorf("%s missed, want at most %d %%", percent(f.missed, f.with), d.missed)
	}
	if f.held*100 > f.without*d.held {
		t.Errorf("%s held back, want at most %d %%", percent(f.held, f.without), d.held)
	}
	if f.lookups > *times*f.idLookups {
		t.Errorf("%d look-ups, want at most %d times %d", f.lookups, *times, f.idLookups)
	}
	if f.linked*2 < f.with {
		t.Errorf("%s linked: the rules link next to nobody", percent(f.linked, f.with))
	}
}

// measure runs one dealer's listing through search, rules and claims.
func (d dealers) measure(t *testing.T, seed uint64) figures {
	t.Helper()
	dealer := invented.New(seed, *customers, d.trouble)
	s := newSink(dealer.Typed, d.formatted)
	judge, err := matching.NewJudge(match.Rules{})
	if err != nil {
		t.Fatal(err)
	}
	f := figures{byKind: make(map[string]int), ofKind: make(map[string]int)}
	systems := slices.DeleteFunc(slices.Clone(dealer.Systems), func(c invented.System) bool {
		return slices.ContainsFunc(c.Typed, func(id string) bool { // found by its Alarm.com id
			return slices.Contains(s.byID[id].AlarmComIDs, c.ID)
		})
	})
	results := make([]match.Result, 0, len(systems))
	claims, shared := judge.NewCustomerClaims(), matching.NewShared()
	for batch := range slices.Chunk(systems, *batchSize) {
		records := make([]match.Customer, len(batch))
		for i, c := range batch {
			records[i] = factsOf(c.ID, c.Record)
		}
		search := judge.NewCustomerSearch(records, limits(records, d.formatted), nil)
		for asks := search.Next(); len(asks) > 0; asks = search.Next() {
			search.Found(s.find(asks))
		}
		f.left += search.Left()
		f.batches++
		f.idLookups += idLookups(records)
		for i, r := range judge.Customers(records, search.Candidates(), shared) {
			claims.Add(records[i].ID, r)
			results = append(results, r)
		}
	}
	f.lookups = s.lookups
	for i, c := range systems {
		if id := results[i].Linked(); id != "" && !slices.Contains(c.Typed, id) {
			f.early++
		}
		f.count(t, s, c, claims.Settle(c.ID, results[i], shared))
	}
	return f
}

// count compares what was said of a customer with what is so.
func (f *figures) count(t *testing.T, s *sink, c invented.System, r match.Result) {
	t.Helper()
	right := slices.ContainsFunc(r.Candidates, func(w match.Weighed) bool { return slices.Contains(c.Typed, w.ID) })
	note := func(what string) {
		f.byKind[what+": "+c.Kind]++
		if *tell {
			t.Logf("%s: %+v\n\t%+v", what, c, r)
			for _, id := range c.Typed {
				t.Logf("\tis %+v", s.byID[id])
			}
			for _, w := range r.Candidates {
				t.Logf("\tsaid %+v", s.byID[w.ID])
			}
		}
	}
	if id := r.Linked(); id != "" && !slices.Contains(c.Typed, id) {
		f.wrong++
		note("linked wrongly")
	}
	if len(c.Typed) == 0 {
		f.without++
		f.ofKind["held back: "+c.Kind]++
		if r.ToCreate() {
			f.created++
		} else {
			f.held++
			note("held back")
		}
		return
	}
	f.with++
	f.ofKind["missed: "+c.Kind]++
	f.ofKind["linked wrongly: "+c.Kind]++
	switch {
	case r.Linked() != "":
		f.linked++
	case !r.ToCreate() && right:
		f.proposed++
		if *tell && c.Kind == "" {
			w := r.Candidates[0]
			t.Logf("proposed by %v but for %v", w.Evidence, w.Vetoes)
		}
	default:
		f.missed++
		note("missed")
	}
}

// The dealers are made by code that knows none of the rules.
func TestInvented_importsNothingOfTheMatcher(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "./invented").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	for path := range strings.FieldsSeq(string(out)) {
		if strings.Contains(path, ".") && !strings.HasSuffix(path, "/integration/match/invented") {
			t.Errorf("package invented depends on %s", path)
		}
	}
}
