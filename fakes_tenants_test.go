package adcimport_test

import (
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// tenant is one dealer with one profile.
type tenant struct {
	alarm *alarmcomtest.Server
	crm   *securitytraxtest.Server
	imp   *adcimport.Importer
}

func newTenant(t *testing.T, profile string, customers int, store adcimport.StateStore) tenant {
	t.Helper()
	alarm := alarmcomtest.New(adcimporttest.NewDealer(1, customers, 0), alarmcomtest.WithLogin(profile, "secret"))
	crm := securitytraxtest.New(securitytraxtest.WithProfile(profile))
	return tenant{alarm, crm, tenantImporter(t, profile, alarm, crm, store)}
}

// tenantImporter is what a host makes of the settings that it has now.
func tenantImporter(
	t *testing.T, link string, alarm *alarmcomtest.Server, crm *securitytraxtest.Server, store adcimport.StateStore,
) *adcimport.Importer {
	t.Helper()
	source, err := alarmcom.New(alarm.Config())
	if err != nil {
		t.Fatal(err)
	}
	sink, err := securitytrax.New(crm.Config())
	if err != nil {
		t.Fatal(err)
	}
	imp, err := adcimport.New(adcimport.Config{Link: link, Source: source, Sink: sink, Store: store})
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// Fault 80: two tenants over one store, in a bubble; the password of one changes.
func TestFakes_tenants(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := new(adcimport.MemoryStore)
		acme, zenith := newTenant(t, "acme", 20, store), newTenant(t, "zenith", 10, store)
		office := adcimport.CustomerOptions{OfficeID: "2"} // "Headquarters": ids are the same on every start
		importBoth := func() (errs [2]error) {
			_, errs[0] = acme.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, office)
			_, errs[1] = zenith.imp.ImportCustomers(t.Context(), adcimport.CustomerFilter{}, office)
			return errs
		}
		if errs := importBoth(); errs != [2]error{} {
			t.Fatal(errs)
		}
		acme.alarm.ChangePassword("changed")
		if errs := importBoth(); !errors.Is(errs[0], adcimport.ErrAuth) || errs[1] != nil {
			t.Errorf("after the password of one changed: %v", errs)
		}
		acme.imp = tenantImporter(t, "acme", acme.alarm, acme.crm, store)
		if errs := importBoth(); errs != [2]error{} {
			t.Errorf("with the new password: %v", errs)
		}
		if diff := cmp.Diff([]int{19, 10}, []int{len(acme.crm.Customers()), len(zenith.crm.Customers())}); diff != "" {
			t.Errorf("customers of each (-want +got):\n%s", diff)
		}
		if zenith.alarm.Count("GetCustomerInfo_V2") != 10 {
			t.Errorf("%d details of the other tenant", zenith.alarm.Count("GetCustomerInfo_V2"))
		}
	})
}
