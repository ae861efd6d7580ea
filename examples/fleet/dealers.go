//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// dealer is an invented one, with its two services. They live in the parent process, and
// outlive all workers.
type dealer struct {
	link     string
	people   *adcimporttest.Dealer
	alarmCom *alarmcomtest.Server
	office   *office
	shared   bool // with the dealer before
	mistaken bool // its login is wrong
	back     *atomic.Bool
	account  account
}

// office is an account of SecurityTrax behind a gateway: what has come whole takes effect,
// whether its sender lives or not.
type office struct {
	fake    *securitytraxtest.Server
	gateway *httptest.Server
}

func newOffice() *office {
	o := &office{fake: securitytraxtest.New()}
	handler := o.fake.Handler()
	o.gateway = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			panic(http.ErrAbortHandler) // it did not come whole
		}
		r.Body = io.NopCloser(bytes.NewReader(body))
		handler.ServeHTTP(w, r.WithContext(context.WithoutCancel(r.Context())))
	}))
	return o
}

// newDealers invents the dealers of a fleet. With troubles the third one's login is wrong,
// the fifth one's Alarm.com goes away once it was asked for some details, and the last two
// share an account, and have the same customers.
func newDealers(o options) []*dealer {
	list := make([]*dealer, o.Dealers)
	for i := range list {
		d := &dealer{link: fmt.Sprintf("dealer-%02d", i+1), back: new(atomic.Bool)}
		list[i] = d
		d.shared = o.Troubles && i > 0 && i == o.Dealers-1
		if d.shared {
			d.people, d.office = list[i-1].people, list[i-1].office
		} else {
			d.people, d.office = adcimporttest.NewDealer(o.Seed+uint64(i), o.Customers, 3), newOffice()
		}
		d.alarmCom = alarmcomtest.NewServer(d.people)
		d.mistaken = o.Troubles && i == 2
		if o.Troubles && i == 4 {
			d.alarmCom.Fail(d.away)
		}
		snk := d.office.fake.Config()
		d.account = account{
			AlarmComURL: d.alarmCom.URL(), User: alarmcomtest.DefaultUser, Password: alarmcomtest.DefaultPassword,
			SecurityTraxURL: d.office.gateway.URL + "/{profile}/user/v1", Profile: snk.Profile, ISPID: snk.ISPID,
			Key: securitytraxtest.DefaultIntegratorKey, SecurityTraxUser: securitytraxtest.DefaultUsername,
			SecurityTraxPassword: securitytraxtest.DefaultPassword,
		}
		if d.mistaken {
			d.account.Password += "?"
		}
	}
	if last := len(list) - 1; o.Troubles && last > 0 {
		list[last].account.SinkAccount, list[last-1].account.SinkAccount = "shared", "shared"
	}
	return list
}

// away makes an Alarm.com unavailable after some details, until it is back.
func (d *dealer) away(op string, _, n int) *alarmcomtest.Reply {
	if op == "GetCustomerInfo_V2" && n > 10 && !d.back.Load() {
		return &alarmcomtest.Reply{Status: http.StatusServiceUnavailable}
	}
	return nil
}

func (d *dealer) close() {
	d.alarmCom.Close()
	if !d.shared {
		d.office.gateway.Close()
	}
}
