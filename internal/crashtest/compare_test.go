package crashtest_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/internal/crashtest"
)

func TestCompare(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		want, got []string
		diff      crashtest.Difference
	}{
		"same":    {want: []string{"1", "2"}, got: []string{"2", "1"}},
		"nothing": {},
		"lost":    {want: []string{"1", "2"}, got: []string{"2"}, diff: crashtest.Difference{Lost: []string{"1"}}},
		"doubled": {want: []string{"1", "2"}, got: []string{"2", "1", "2", "2"}, diff: crashtest.Difference{Doubled: []string{"2", "2"}}},
		"strange": {want: []string{"1"}, got: []string{"3", "1", "2", "3"}, diff: crashtest.Difference{Strange: []string{"2", "3"}}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := crashtest.Compare(tt.want, tt.got)
			if diff := cmp.Diff(tt.diff, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if ok := len(tt.diff.Lost)+len(tt.diff.Doubled)+len(tt.diff.Strange) == 0; got.OK() != ok {
				t.Errorf("OK() = %t: %v", got.OK(), got)
			}
		})
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	var a, b crashtest.Figures
	a.Killed(crashtest.Kill{Point: crashtest.Point{Name: "p", N: 2}}, "elsewhere")
	a.Killed(crashtest.Kill{After: time.Second}, "q")
	b.Killed(crashtest.Kill{After: time.Second}, "")
	b.Killed(crashtest.Kill{Point: crashtest.Point{Name: "p", N: 1}}, "p")
	b.Add(crashtest.Numbers{Cycles: 1, Records: 10, Lost: 1, Doubled: 2, Strange: 3, Emails: 4, EmailsTwice: 5, OpenIntents: 7, SecondRuns: 8, Parked: 9, Rested: 10})
	a.Merge(&b)
	want := crashtest.Numbers{Kills: 4, Cycles: 1, Records: 10, Lost: 1, Doubled: 2, Strange: 3, Emails: 4, EmailsTwice: 5, OpenIntents: 7, SecondRuns: 8, Parked: 9, Rested: 10}
	if diff := cmp.Diff(want, a.Numbers()); diff != "" {
		t.Errorf("numbers (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"q"}, a.Unaimed([]string{"p", "q"})); diff != "" {
		t.Errorf("points without a kill (-want +got):\n%s", diff)
	}
	report := a.Report("both", 61*time.Second)
	for _, part := range []string{
		"both: 4 kills in 1 cycles, 1m1s", "lost 1, doubled 2, not asked for 3", "e-mails 4: sent twice 5",
		"at named points: 2 at 1 places\n       2  p\n", "2 at 2 places\n       1  (before the first place)\n       1  q\n",
	} {
		if !strings.Contains(report, part) {
			t.Errorf("the report lacks %q:\n%s", part, report)
		}
	}
}
