package alarmcom

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
	"sync/atomic"
)

// Defaults for the zero values of [PartnerConfig] (FACTS 4).
const (
	DefaultPartnerBaseURL  = "https://alarmadmin.alarm.com/PartnerApi/v1"
	DefaultPartnerTokenURL = "https://alarmadmin.alarm.com/AdminApiAccess/token" //nolint:gosec // an address, no credential
	DefaultPartnerPageSize = 100
)

// PartnerConfig turns on the PartnerApi, Alarm.com's newer REST interface, for
// lists and details. It logs in with the same credentials as the SOAP services,
// by a password grant. ClientID is required.
//
// What the PartnerApi does not give is then asked of the SOAP services: the
// central-station data (SPEC C12 to C15) and the status of an account, once per
// new customer; the customers of chosen sub-dealers; the lists of sub-dealers
// and roles; reps, where its own lack something. With Only it is not asked of
// anybody, and what is missing is told in the summary.
type PartnerConfig struct {
	ClientID string // a GUID, issued by Alarm.com
	BaseURL  string // empty: DefaultPartnerBaseURL; https, except on loopback
	TokenURL string // empty: DefaultPartnerTokenURL; https, except on loopback
	PageSize int    // customers asked for at once; 0: DefaultPartnerPageSize
	Only     bool   // never call the SOAP services
}

// withDefaults checks c and answers a copy with defaults in place.
func (c PartnerConfig) withDefaults() (PartnerConfig, error) {
	switch {
	case c.ClientID == "":
		return c, invalid("Partner.ClientID", "is required")
	case c.PageSize < 0:
		return c, invalid("Partner.PageSize", "must not be negative")
	}
	c.BaseURL = strings.TrimRight(orDefault(c.BaseURL, DefaultPartnerBaseURL), "/")
	c.TokenURL = orDefault(c.TokenURL, DefaultPartnerTokenURL)
	c.PageSize = orDefault(c.PageSize, DefaultPartnerPageSize)
	if err := checkURL("Partner.BaseURL", c.BaseURL); err != nil {
		return c, err
	}
	return c, checkURL("Partner.TokenURL", c.TokenURL)
}

// The operations of the PartnerApi that are used, as [Error.Op] has them.
var (
	opPartnerToken     = operation{name: "PartnerApi/token"}
	opPartnerCustomers = operation{name: "PartnerApi/customers"}
	opPartnerCustomer  = operation{name: "PartnerApi/customers/{id}"}
	opPartnerReps      = operation{name: "PartnerApi/reps"}
)

// partnerAPI is what a Source keeps of the PartnerApi.
type partnerAPI struct {
	PartnerConfig // without ClientID

	clientID func() string
	token    partnerToken
	probed   remembered[struct{}]
	fields   atomic.Int32 // fieldsUnknown, fieldsAll or fieldsSeenOnly
	notes    partnerNotes
}

func newPartnerAPI(c *Config) *partnerAPI {
	if c.Partner == nil {
		return nil
	}
	id := c.Partner.ClientID
	p := &partnerAPI{PartnerConfig: *c.Partner, clientID: func() string { return id }}
	p.ClientID = ""
	p.token.init(c.ProbeTTL)
	p.probed.init(c.ProbeTTL, c.ProbeTTL)
	return p
}

// soap reports whether the SOAP services may be called.
func (s *Source) soap() bool { return s.partner == nil || !s.partner.Only }

// unsupportedByPartner is what Only cannot do.
func unsupportedByPartner(op, why string) error {
	return &Error{Op: op, Err: fmt.Errorf("the PartnerApi alone %s: %w", why, errors.ErrUnsupported)}
}

// address makes the address of a resource.
func (p *partnerAPI) address(path string, query url.Values) string {
	if len(query) == 0 {
		return p.BaseURL + path
	}
	return p.BaseURL + path + "?" + query.Encode()
}
