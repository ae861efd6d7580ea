package embed_test

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

func newImporter(t *testing.T, adc alarmcom.Config, st securitytrax.Config) *adcimport.Importer {
	t.Helper()
	source, err := alarmcom.New(adc)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := securitytrax.New(st)
	if err != nil {
		t.Fatal(err)
	}
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: new(adcimport.MemoryStore)})
	if err != nil {
		t.Fatal(err)
	}
	return imp
}

// A run in the background sits out an outage of an hour, as docs/testing.md shows.
func TestOutage(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		alarm := alarmcomtest.New(adcimporttest.NewDealer(1, 10, 0)) // NewServer would listen
		crm := securitytraxtest.New()
		down := time.Now().Add(time.Hour)
		alarm.Fail(func(string, int, int) *alarmcomtest.Reply {
			if time.Now().Before(down) {
				return &alarmcomtest.Reply{Status: http.StatusServiceUnavailable}
			}
			return nil
		})
		imp := newImporter(t, alarm.Config(), crm.Config())
		run, err := imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: crm.AddOffice("Main")})
		if err != nil {
			t.Fatal(err)
		}
		summary, err := run.Wait(t.Context()) // waits for an hour of the bubble's time
		if err != nil || summary.Status != adcimport.StatusCompleted {
			t.Errorf("%v, %v", summary, err)
		}
		if err := imp.Close(t.Context()); err != nil { // ends every goroutine of the importer
			t.Error(err)
		}
	})
}
