package alarmcom

import (
	"cmp"
	"context"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/service"
)

// PartnerConfig turns on the PartnerApi, Alarm.com's newer REST interface, for
// lists and details. It logs in with the same credentials as the SOAP services,
// by a password grant, and with the client id of [Credentials.WithPartnerClient],
// which is required.
//
// What the PartnerApi does not give is then asked of the SOAP services: the
// central-station data and the status of an account, once per new customer; the
// customers of chosen sub-dealers; the lists of sub-dealers and roles; reps, where
// its own lack something. With Only it is not asked of anybody, and what is missing
// is told in the summary.
type PartnerConfig struct {
	BaseURL  string // empty: https://alarmadmin.alarm.com/PartnerApi/v1; https except on a loopback address
	TokenURL string // empty: https://alarmadmin.alarm.com/AdminApiAccess/token; https except on a loopback address
	PageSize int    // customers asked for at once; 0: 100; refused when negative
	Only     bool   // never call the SOAP services
}

// withDefaults checks c and returns a copy with defaults in place.
func (c PartnerConfig) withDefaults() (PartnerConfig, error) {
	if c.PageSize < 0 {
		return c, invalid("Partner.PageSize", "must not be negative")
	}
	c.BaseURL = strings.TrimRight(cmp.Or(c.BaseURL, "https://alarmadmin.alarm.com/PartnerApi/v1"), "/")
	c.TokenURL = cmp.Or(c.TokenURL, "https://alarmadmin.alarm.com/AdminApiAccess/token")
	c.PageSize = cmp.Or(c.PageSize, pageSize)
	if err := service.CheckAddress("alarmcom.Config.Partner.BaseURL", c.BaseURL); err != nil {
		return c, err
	}
	return c, service.CheckAddress("alarmcom.Config.Partner.TokenURL", c.TokenURL)
}

// Warnings says what a run over the PartnerApi could not see: each field that
// none of its records had, once; a list that kept changing. Over SOAP it names the
// sub-dealers whose lists could not be had, and says where a list of what the filter
// does not include could not. A run that ends takes it all: a Source
// cannot tell two runs of a kind apart that read at the same time.
func (s *Source) Warnings(_ context.Context, run adcimport.RunInfo) []string {
	var list []string
	if s.partner != nil {
		list = s.notes.TakeNotes(run.Kind)
	}
	if run.Kind == adcimport.KindCustomer {
		list = append(append(list, s.closed.take()...), s.unseen.take()...)
	}
	return list
}
