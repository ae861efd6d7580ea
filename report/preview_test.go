package report_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/report"
)

// customer is one that a Strict sink takes if it has a last name and a phone
// number.
func customer(id, lastName, phone string) adcimport.Customer {
	return adcimport.Customer{
		ID: id, FirstName: "Ada", LastName: lastName, PrimaryPhoneNumber: phone,
		InstallAddress: adcimport.Address{City: "Provo", State: "UT"}, JoinDate: time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
	}
}

// strictPlan is the preview of an import of three records, of which the sink has
// one and refuses another, and of one that is not there.
func strictPlan(t *testing.T) *adcimport.Plan {
	t.Helper()
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		customer("7", "Example", "801-555-0101"), customer("8", "Example", "801-555-0101"), customer("9", "", ""),
	}}
	sink := new(adcimporttest.Sink)
	sink.Choices.Offices = []adcimport.Choice{{ID: "o1"}}
	if _, err := sink.CreateCustomers(t.Context(), []adcimport.CustomerRecord{{AlarmComID: "8"}}); err != nil {
		t.Fatal(err)
	}
	sink.Strict = true
	l := newLab()
	l.cfg.Source, l.cfg.Sink = &adcimporttest.Source{Dealer: d}, sink
	plan, err := l.importer(t).PlanCustomers(
		adcimport.CustomerFilter{CustomerIDs: []string{"7", "8", "9", "10"}}, adcimport.CustomerOptions{OfficeID: "o1"})
	if err != nil {
		t.Fatal(err)
	}
	return plan
}

func TestWritePreview_golden(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.WritePreview(t.Context(), &b, strictPlan(t)); err != nil {
		t.Fatal(err)
	}
	golden(t, "preview.txt", b.String())
}

func TestWritePreview_stops(t *testing.T) {
	t.Parallel()
	plan := strictPlan(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var b strings.Builder
	if err := report.WritePreview(ctx, &b, plan); !errors.Is(err, context.Canceled) || b.Len() == 0 {
		t.Errorf("a canceled preview ends with %v and says %q", err, b.String())
	}
	if err := report.WritePreview(t.Context(), &brokenWriter{left: 20}, plan); !errors.Is(err, errDisk) {
		t.Errorf("a broken writer gives %v", err)
	}
}

// The other writers take a preview's outcomes as they are.
func TestWriteCSV_ofAPreview(t *testing.T) {
	t.Parallel()
	var b strings.Builder
	if err := report.WriteCSV(&b, strictPlan(t).Outcomes(t.Context()), report.Failures); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\r\n"); n != 3 || !strings.Contains(b.String(), ",customer,10,,failed,source_not_found,,") {
		t.Errorf("%d lines:\n%s", n, b.String())
	}
}
