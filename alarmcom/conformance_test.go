package alarmcom_test

import (
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// TestSource_Conformance holds the source to the public suite over each
// transport, against the fake services.
func TestSource_Conformance(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(11, 60, 20)
	srv := newServer(t, d.Clone(), alarmcomtest.WithPartner(alarmcomtest.Partner{}))
	empty := newServer(t, new(adcimporttest.Dealer), alarmcomtest.WithPartner(alarmcomtest.Partner{}))
	for name, change := range transports(srv) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.RunSource(t, func(t *testing.T) conformance.SourceCase {
				t.Helper()
				c := dealerCase(d)
				c.Source = newSource(t, srv, change, pageSize(9))
				c.Empty = newSource(t, empty, transports(empty)[name], pageSize(9))
				if name == "REST" { // has no central station block: FACTS
					for i := range c.Customers {
						c.Customers[i].CentralStation = adcimport.CentralStation{}
					}
				}
				return c
			})
		})
	}
}

// dealerCase is what a source with default settings must deliver of a dealer.
func dealerCase(d *adcimporttest.Dealer) conformance.SourceCase {
	d = d.Clone()
	c := conformance.SourceCase{Users: d.Users}
	for _, v := range d.Customers {
		if v.Terminated || v.Demo || v.Commitment {
			c.LeftOut = append(c.LeftOut, v.ID)
		} else {
			c.Customers = append(c.Customers, v)
		}
	}
	return c
}
