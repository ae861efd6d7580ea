package adcimport_test

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/mapping"
	"github.com/securitytrax/adcimport/notify"
)

const referenceDoc = "docs/reference.md"

// What stands between these is written by the test of module otelimport.
const (
	metricsBegin = "<!-- metrics -->\n"
	metricsEnd   = "<!-- end of metrics -->\n"
)

// TestReference keeps docs/reference.md what the code says. With -update it writes the
// page: go test . -run '^TestReference$' -update.
func TestReference(t *testing.T) {
	t.Parallel()
	old, err := os.ReadFile(referenceDoc)
	if err != nil && !*update {
		t.Fatal(err)
	}
	_, metrics, _ := strings.Cut(string(old), metricsBegin)
	metrics, _, _ = strings.Cut(metrics, metricsEnd)
	want := reference(t, metrics)
	if *update {
		if err := os.WriteFile(referenceDoc, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := gocmp.Diff(want, string(old)); diff != "" {
		t.Errorf("%s is stale: go test . -run '^TestReference$' -update (-want +got):\n%s", referenceDoc, diff)
	}
}

func reference(t *testing.T, metrics string) string {
	t.Helper()
	var b strings.Builder
	b.WriteString("# Reference\n\n<!-- Generated from the code: go test . -run '^TestReference$' -update -->\n\n" +
		"Codes are stable: they are stored, sent in notices and counted in metrics. Words are for people, and may change.\n")
	writeReasons(t, &b)
	writeFailures(&b)
	writeStates(t, &b)
	b.WriteString("\n## Transforms\n\nBuilt in: `" + strings.Join(mapping.BuiltIn(), "`, `") + "`. " +
		"[Mapping](mapping.md#transforms) shows what each makes of a value.\n")
	sources, targets := adcimport.CustomerFields()
	writeFields(&b, "Customers", adcimport.DefaultCustomerMapping(), sources, targets)
	sources, targets = adcimport.UserFields()
	writeFields(&b, "Users", adcimport.DefaultUserMapping(), sources, targets)
	b.WriteString("\n## Metrics and spans\n\nOf module `otelimport`: [how to observe](observing.md).\n\n" +
		metricsBegin + metrics + metricsEnd +
		"\n## State tables\n\nThe tables in SQLite and PostgreSQL, column by column: [state in SQL](state.md).\n")
	return b.String()
}

func writeReasons(t *testing.T, b *strings.Builder) {
	t.Helper()
	b.WriteString("\n## Reasons\n\nWhy a record ended as it did: `Outcome.Reason`, counted in `Summary.ByReason`. " +
		"[Repair and retry](repair.md) has the way through them.\n\n" +
		"| reason | action | what it means | in the words of an office | what an office does |\n|---|---|---|---|---|\n")
	var documented []string
	for _, n := range reasonNotes() {
		documented = append(documented, string(n.reason))
		s := adcimport.Summary{ByReason: map[adcimport.Reason]int{n.reason: 1}}
		if n.action == adcimport.ActionFailed {
			s.Counts.Failed = 1
		} else {
			s.Counts.Skipped = 1
		}
		var said notify.Line
		for _, line := range slices.Concat(notify.Needs(s), notify.Left(s)) {
			if line.Reason == n.reason {
				said = line
			}
		}
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", n.reason, n.action, n.note, said.Text, cmp.Or(said.Help, "nothing"))
	}
	slices.Sort(documented)
	all := constants(t, "ledger/outcome.go", "Reason")
	slices.Sort(all)
	if diff := gocmp.Diff(all, documented); diff != "" || len(all) < 20 {
		t.Errorf("reasons (-in the code +documented):\n%s", diff)
	}
}

func writeFailures(b *strings.Builder) {
	b.WriteString("\n## Failures\n\nWhy a run failed or waits: `Summary.Failure.Code`, with the end (`source`, `sink`, `store` or `host`). " +
		"A reason of a record, as `rejected_by_sink`, is a code too: twenty records in a row were refused alike, and none was taken.\n\n" +
		"| code | what it is | what helps | an office reads, of Alarm.com | and does |\n|---|---|---|---|---|\n")
	for _, n := range failureNotes() {
		said := notify.TroubleOf(&adcimport.Failure{End: "source", Code: n.code})
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", n.code, n.what, n.helps, said.What, said.Help)
	}
}

func writeStates(t *testing.T, b *strings.Builder) {
	t.Helper()
	b.WriteString("\n## States of a run\n\n`Summary.Status`. [Hosting](hosting.md#states-of-a-run) says who goes on with a run in each of them. " +
		"One that has been waiting for half an hour in the background is told of as `waiting`.\n\n" +
		"| state | a notice tells of it as |\n|---|---|\n")
	for _, status := range constants(t, "ledger/run.go", "RunStatus") {
		event := string(notify.EventOf(adcimport.Summary{Status: adcimport.RunStatus(status)}))
		if event != "" {
			event = "`" + event + "`"
		}
		fmt.Fprintf(b, "| `%s` | %s |\n", status, cmp.Or(event, "nothing"))
	}
	b.WriteString("\n## Actions and modes\n\n- Actions, `Outcome.Action`: `" + strings.Join(constants(t, "ledger/outcome.go", "Action"), "`, `") +
		"`; [what each means](ledger.md#outcomes).\n- Modes, `RunOptions.Mode`:")
	for m := adcimport.CreateOnly; m <= adcimport.LinkExisting; m++ {
		fmt.Fprintf(b, " `%s`,", m)
	}
	b.WriteString(" of which the first is the default; [what each does](ledger.md#modes).\n- Matching, `RunOptions.Match`:")
	for m := adcimport.MatchPropose; m <= adcimport.MatchOff; m++ {
		fmt.Fprintf(b, " `%s`,", m)
	}
	b.WriteString(" of which the first is the default; [what each does](matching.md#in-an-import).\n")
}

// writeFields writes what the default mapping makes of each field, and which fields it
// leaves alone.
func writeFields(b *strings.Builder, kind string, m adcimport.Mapping, sources, targets []adcimport.MappingField) {
	fmt.Fprintf(b, "\n## %s\n\nIn SecurityTrax, with the default [mapping](mapping.md).\n\n"+
		"| field of SecurityTrax | type | from | in Alarm.com's contract | transforms | an update |\n|---|---|---|---|---|---|\n", kind)
	used := make(map[string]bool)
	name := func(s string) string { return "`" + s + "`" }
	for _, target := range targets {
		i := slices.IndexFunc(m.Rules, func(r adcimport.Rule) bool { return r.To == target.Name })
		if i < 0 {
			fmt.Fprintf(b, "| %s | %s | no rule | | | |\n", name(target.Name), target.Kind)
			continue
		}
		r := m.Rules[i]
		var from, alias, steps []string
		for _, f := range r.From {
			used[f] = true
			at := slices.IndexFunc(sources, func(s adcimport.MappingField) bool { return s.Name == f })
			from, alias = append(from, name(f)), append(alias, name(cmp.Or(sources[at].Alias, f)))
		}
		for _, x := range r.Transforms {
			steps = append(steps, name(strings.Join(append([]string{x.Name}, x.Args...), " ")))
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s | %s | %s |\n", name(target.Name), target.Kind,
			strings.Join(from, ", "), strings.Join(alias, ", "), strings.Join(steps, ", "), name(string(cmp.Or(r.Overwrite, adcimport.OverwriteAlways))))
	}
	b.WriteString("\nOf Alarm.com besides, for rules of your own:\n\n| field | in Alarm.com's contract | type |\n|---|---|---|\n")
	for _, s := range sources {
		if !used[s.Name] {
			contract := name(cmp.Or(s.Alias, s.Name))
			if s.Alias == "" && s.Kind == "boolean" { // of several fields there
				contract = ""
			}
			fmt.Fprintf(b, "| %s | %s | %s |\n", name(s.Name), contract, s.Kind)
		}
	}
	b.WriteString("\n`Custom.x` is an attribute that a sink defines, `Extra.x` what a source of your own adds.\n")
}
