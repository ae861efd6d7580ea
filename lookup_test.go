package adcimport_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/ledger"
)

func TestImporter_LookupRecord(t *testing.T) {
	t.Parallel()
	r := newRig(3)
	r.refuses(map[string]bool{"2": true})
	s, err := r.customers(t)
	completed(t, s, err, adcimport.Counts{Read: 3, Created: 2, Failed: 1})
	imp := r.importer(t)
	done, err := imp.LookupRecord(t.Context(), adcimport.KindCustomer, "1")
	if err != nil || done.SinkID == "" || done.State != ledger.StateNone {
		t.Errorf("imported: %+v, %v", done, err)
	}
	failed, err := imp.LookupRecord(t.Context(), adcimport.KindCustomer, "2")
	if err != nil || failed.SinkID != "" || failed.State != ledger.StateFailed || failed.RunID != s.RunID {
		t.Errorf("failed: %+v, %v", failed, err)
	}
	for _, k := range []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser} {
		if _, err := imp.LookupRecord(t.Context(), k, "99"); !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("unknown %s: %v", k, err)
		}
	}
	if err := imp.Forget(t.Context(), adcimport.KindCustomer, "1"); err != nil {
		t.Fatal(err)
	}
	if got, err := imp.LookupRecord(t.Context(), adcimport.KindCustomer, "1"); !errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("forgotten: %+v, %v", got, err)
	}
}

// Choices of a preview come with the run, though nothing waits yet.
func TestImporter_StartCustomers_decisions(t *testing.T) {
	t.Parallel()
	r := newRig(2)
	c := plainCustomers(2)
	typed := func(n int) string {
		return r.sink.TypeInCustomer(adcimport.CustomerRecord{
			FirstName: c[n].FirstName, LastName: c[n].LastName, Phone1: c[n].PrimaryPhoneNumber, Email: c[n].PrimaryEmail,
			Address1: c[n].InstallAddress.Street1, City: c[n].InstallAddress.City, State: c[n].InstallAddress.State, Zip: c[n].InstallAddress.Zip,
		})
	}
	first := typed(0)
	imp := r.importer(t)
	var o adcimport.CustomerOptions
	o.Decisions = []adcimport.Decision{{SourceID: "1", LinkTo: first}}
	run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, o)
	if err != nil {
		t.Fatal(err)
	}
	got, err := run.Wait(t.Context())
	completed(t, got, err, adcimport.Counts{Read: 2, Linked: 1, Created: 1})

	for name, wrong := range map[string][]adcimport.Decision{
		"says nothing": {{SourceID: "1"}}, "both": {{SourceID: "1", LinkTo: "7", Create: true}},
		"twice": {{SourceID: "1", Create: true}, {SourceID: "1", Create: true}}, "nobody": {{Create: true}},
	} {
		o.Decisions = wrong
		_, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, o)
		if e, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || e.Field != "Decisions" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// listless is a sink of which one list cannot be had.
type listless struct{ *adcimporttest.Sink }

func (listless) Offices(context.Context) ([]adcimport.Choice, error) {
	return nil, errors.New("offices are away")
}

func TestImporter_CustomerChoices_oneFails(t *testing.T) {
	t.Parallel()
	r := newRig(1)
	sink := &adcimporttest.Sink{Choices: adcimporttest.SinkChoices{CustomerTags: []adcimport.Choice{{ID: "7", Name: "New"}}}}
	r.cfg.Sink = listless{sink}
	imp, err := adcimport.New(r.cfg)
	if err != nil {
		t.Fatal(err)
	}
	got, err := imp.CustomerChoices(t.Context())
	if e, ok := errors.AsType[*adcimport.ListError](err); !ok || e.List != "Offices" {
		t.Errorf("%v", err)
	}
	if diff := cmp.Diff(sink.Choices.CustomerTags, got.CustomerTags); diff != "" {
		t.Error(diff)
	}
}
