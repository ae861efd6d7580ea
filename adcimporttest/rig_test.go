package adcimporttest_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

// A host's test, from a rig in one line.
func ExampleNewRig() {
	rig := adcimporttest.NewRig(nil)
	imp, err := adcimport.New(rig.Config) // or your host's own way from a Config
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	for range 2 {
		summary, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, rig.CustomerOptions)
		fmt.Println(summary.RunID, summary.Counts.Created, "created", err)
	}
	rig.Sink.DeleteCustomers("5001")
	fmt.Println(len(rig.Sink.Customers()), "customers,", rig.Sink.CallCounts()["CreateCustomers"], "create call")
	// Output:
	// run-1 85 created <nil>
	// run-2 0 created <nil>
	// 84 customers, 1 create call
}

func TestNewRig(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		dealer   *adcimporttest.Dealer
		change   func(*adcimporttest.Rig)
		want     []int // customers and users created
		wantAuth bool
	}{
		"as it is":       {nil, func(*adcimporttest.Rig) {}, []int{85, 20}, false},
		"a dealer":       {adcimporttest.NewDealer(2, 0, 50), func(*adcimporttest.Rig) {}, []int{0, 49}, false},
		"an empty one":   {new(adcimporttest.Dealer), func(*adcimporttest.Rig) {}, []int{0, 0}, false},
		"another source": {nil, func(r *adcimporttest.Rig) { r.Config.Source = new(adcimporttest.Source) }, []int{0, 0}, false},
		"a sink that refuses the login": {nil, func(r *adcimporttest.Rig) {
			fault := adcimporttest.Fault{Before: adcimport.ErrAuth}
			r.Config.Sink = adcimporttest.FaultySink(r.Sink, adcimporttest.OnCall("CreateCustomers", 1, fault))
		}, []int{0, 20}, true},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				rig := adcimporttest.NewRig(tt.dealer)
				tt.change(rig)
				imp, err := adcimport.New(rig.Config)
				if err != nil {
					t.Fatal(err)
				}
				customers, err := imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, rig.CustomerOptions)
				if errors.Is(err, adcimport.ErrAuth) != tt.wantAuth {
					t.Errorf("error %v", err)
				}
				users, err := imp.ImportUsers(t.Context(), adcimport.UserFilter{}, rig.UserOptions)
				if err != nil {
					t.Error(err)
				}
				got := []int{customers.Counts.Created, users.Counts.Created}
				if diff := cmp.Diff(tt.want, got); diff != "" {
					t.Errorf("created (-want +got):\n%s", diff)
				}
			})
		})
	}
}
