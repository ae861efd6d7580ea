// Package fakes has invented dealers for a host to try: for each of them a fake of
// Alarm.com and one of SecurityTrax, on 127.0.0.1.
package fakes

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/examples/host/accounts"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Dealer is one of them, with its two services.
type Dealer struct {
	Link         string
	People       *adcimporttest.Dealer
	AlarmCom     *alarmcomtest.Server
	SecurityTrax *securitytraxtest.Server
}

// Dealers run until Close.
type Dealers []Dealer

// Start invents n dealers, dealer-01 and on, with so many customers and users each.
func Start(n, customers, users int) Dealers {
	list := make(Dealers, n)
	for i := range list {
		people := adcimporttest.NewDealer(uint64(i+1), customers, users)
		list[i] = Dealer{
			Link: fmt.Sprintf("dealer-%02d", i+1), People: people,
			AlarmCom: alarmcomtest.NewServer(people), SecurityTrax: securitytraxtest.NewServer(),
		}
	}
	return list
}

// Close stops all services.
func (l Dealers) Close() {
	for _, d := range l {
		d.AlarmCom.Close()
		d.SecurityTrax.Close()
	}
}

// Accounts are what a host needs to import them.
func (l Dealers) Accounts() accounts.All {
	all := make(accounts.All)
	for _, d := range l {
		all[d.Link] = accounts.Account{
			AlarmCom: accounts.AlarmCom{
				URL: d.AlarmCom.URL(), User: alarmcomtest.DefaultUser, Password: alarmcomtest.DefaultPassword,
			},
			SecurityTrax: accounts.SecurityTrax{
				URL: d.SecurityTrax.URL(), Profile: securitytraxtest.DefaultProfile, ISPID: d.SecurityTrax.ISPID(),
				IntegratorKey: securitytraxtest.DefaultIntegratorKey,
				User:          securitytraxtest.DefaultUsername, Password: securitytraxtest.DefaultPassword,
			},
		}
	}
	return all
}

// WriteAccounts writes the file that accounts.Read reads.
func (l Dealers) WriteAccounts(path string) error {
	data, err := json.MarshalIndent(l.Accounts(), "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, data, 0o600)
}
