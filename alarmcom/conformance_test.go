package alarmcom_test

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/adcimporttest/conformance"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// TestSource_Conformance holds the source to the public suite over each
// transport, against the fake services.
func TestSource_Conformance(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(11, 60, 20)
	names := newServer(t, new(adcimporttest.Dealer), alarmcomtest.WithPartner(alarmcomtest.Partner{}))
	empty := newServer(t, new(adcimporttest.Dealer), alarmcomtest.WithPartner(alarmcomtest.Partner{}))
	for name := range transports(names) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conformance.RunSource(t, func(t *testing.T) conformance.SourceCase {
				t.Helper()
				srv := newServer(t, d.Clone(), alarmcomtest.WithPartner(alarmcomtest.Partner{})) // one for each rule: some change it
				change := transports(srv)[name]
				c := dealerCase(d)
				c.Account = account{srv}
				c.Source = newSource(t, srv, change, pageSize(9))
				c.Away = newSource(t, srv, change, func(c *alarmcom.Config) {
					c.Transport = awayTransport{}
				})
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

// account takes records out of a fake dealer.
type account struct{ *alarmcomtest.Server }

func (a account) RemoveCustomer(_ context.Context, id string) error {
	a.Update(func(d *adcimporttest.Dealer) { d.DeleteCustomers(id) })
	return nil
}

func (a account) RemoveUser(_ context.Context, id string) error {
	a.Update(func(d *adcimporttest.Dealer) { d.DeleteUsers(id) })
	return nil
}

// awayTransport is a network on which nobody answers.
type awayTransport struct{}

func (awayTransport) RoundTrip(*http.Request) (*http.Response, error) {
	return nil, io.ErrUnexpectedEOF
}

// dealerCase is what a source with default settings must deliver of a dealer.
func dealerCase(d *adcimporttest.Dealer) conformance.SourceCase {
	d = d.Clone()
	return conformance.SourceCase{Customers: d.Customers, Users: d.Users}
}
