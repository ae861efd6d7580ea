package adcimport_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/securitytrax/adcimport"
)

// A sink that says of two records that it made them under one id is not believed: it is
// said, and the second is in doubt, in one call and over several.
func TestCreate_twiceOneID(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		id    func(i int) string // of the ith record
		doubt int
	}{
		"two in one call":    {func(i int) string { return []string{"a", "b", "b"}[min(i, 2)] + strings.Repeat("x", max(0, i-2)) }, 1},
		"two far apart":      {func(i int) string { return strings.Repeat("x", max(1, i%24)) }, 2},
		"all of them":        {func(int) string { return "0" }, 24},
		"each its own":       {func(i int) string { return strings.Repeat("x", i+1) }, 0},
		"none in other case": {func(i int) string { return strings.Repeat("x", i/2+1) + []string{"A", "a"}[i%2] }, 0},
		"the first and last": {func(i int) string { return strings.Repeat("x", i%24+1) }, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				r := newRig(25)
				n := 0
				r.sink.create = func(_ context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
					list := make([]adcimport.WriteResult, len(recs))
					for i := range list {
						list[i] = adcimport.WriteResult{Status: adcimport.WriteCreated, ID: tt.id(n)}
						n++
					}
					return list, nil
				}
				s, _ := r.customers(t)
				if s.Counts.Created != 25-tt.doubt {
					t.Errorf("%+v %v", s.Counts, s.ByReason)
				}
				says := slices.ContainsFunc(s.Warnings, func(w string) bool { return strings.Contains(w, "under one id") })
				if says != (tt.doubt > 0) {
					t.Errorf("warnings %q", s.Warnings)
				}
			})
		})
	}
}
