// Package accounts says what a link is made of: the two logins of a dealer and the
// settings beside them. Here they come from a file; a real host has a table, and a
// store for secrets, in its place.
package accounts

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/securitytrax"
)

// Account is one dealer's. It has passwords, which are written as JSON, for the file:
// never send it.
type Account struct {
	AlarmCom     AlarmCom     `json:"alarm_com"`
	SecurityTrax SecurityTrax `json:"securitytrax"`
}

// AlarmCom is the login of a Partner Portal rep.
type AlarmCom struct {
	URL      string `json:"url,omitempty"` // empty: Alarm.com's own
	User     string `json:"user"`
	Password Secret `json:"password"`

	RequestsPerSecond float64 `json:"requests_per_second,omitempty"` // 0: the library's own pace
}

// SecurityTrax is a login with the integrator key of the host.
type SecurityTrax struct {
	URL           string `json:"url,omitempty"` // empty: SecurityTrax's own
	Profile       string `json:"profile"`
	ISPID         string `json:"isp_id"`
	IntegratorKey Secret `json:"integrator_key"`
	User          string `json:"user"`
	Password      Secret `json:"password"`

	RequestsPerSecond float64 `json:"requests_per_second,omitempty"` // 0: the library's own pace
}

// All are the accounts by the names of their links.
type All map[string]Account

// Read reads the accounts of a file.
func Read(path string) (All, error) {
	data, err := os.ReadFile(path) //nolint:gosec // the host's own file
	if err != nil {
		return nil, err
	}
	var all All
	if err := json.Unmarshal(data, &all); err != nil {
		return nil, fmt.Errorf("accounts of %s: not what accounts.All looks like", path) // its words may hold a password
	}
	return all, nil
}

// Links are the names, sorted.
func (a All) Links() []string { return slices.Sorted(maps.Keys(a)) }

// Ends makes the source and the sink of a link.
func (a All) Ends(link string) (adcimport.Source, adcimport.Sink, error) {
	account, ok := a[link]
	if !ok {
		return nil, nil, adcimport.ErrNotFound
	}
	adc, st := account.AlarmCom, account.SecurityTrax
	source, err := alarmcom.New(alarmcom.Config{
		BaseURL: adc.URL, Credentials: alarmcom.NewCredentials(adc.User, string(adc.Password)),
		RequestsPerSecond: adc.RequestsPerSecond,
	})
	if err != nil {
		return nil, nil, err
	}
	sink, err := securitytrax.New(securitytrax.Config{
		BaseURL: st.URL, Profile: st.Profile, ISPID: st.ISPID, RequestsPerSecond: st.RequestsPerSecond,
		Credentials: securitytrax.Login(st.User, string(st.Password)).WithIntegratorKey(string(st.IntegratorKey)),
	})
	return source, sink, err
}
