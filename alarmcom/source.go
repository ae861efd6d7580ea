// Package alarmcom reads a dealer's Alarm.com account over the dealer web
// services (SOAP), and over the PartnerApi (REST) where [Config.Partner] is set:
// a [Source] for package adcimport.
//
// The SOAP services have no paging and no bulk details: a customer import is one
// list of ids and one call per customer that is new. The source cuts the lists
// into pages, keeps the pace that [Config] sets, repeats what is safe to repeat
// (every operation here only reads), and never puts what a reply says about a
// person into an error or a log.
package alarmcom

import (
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// The abilities of a Source.
var (
	_ adcimport.Source           = (*Source)(nil)
	_ adcimport.CustomerDetailer = (*Source)(nil)
	_ adcimport.FilterChecker    = (*Source)(nil)
	_ adcimport.SubDealerLister  = (*Source)(nil)
	_ adcimport.RoleLister       = (*Source)(nil)
	_ adcimport.Checker          = (*Source)(nil)
	_ adcimport.Warner           = (*Source)(nil)
)

// Source reads one Alarm.com account. Make it with [New]. It is safe for
// concurrent use; all its calls, of whatever run, share one pace.
type Source struct {
	ways

	cfg    settings // without Transport
	client *call.Client
	closed closedLists
	unseen uncounted
	base   func() http.RoundTripper // a transport may hold secrets, and what was sent
}

// New makes a Source. A setting that cannot work is an
// [*adcimport.InvalidOptionsError]. Nothing is sent yet.
func New(c Config) (*Source, error) {
	cfg, err := c.resolve()
	if err != nil {
		return nil, err
	}
	client := call.NewClient(cfg.Settings, cfg.login, cfg.classified())
	return &Source{
		ways: newWays(cfg, client), cfg: cfg.withoutTransport(), client: client,
		base: func() http.RoundTripper { return cfg.Transport },
	}, nil
}

// CloseIdleConnections closes connections that are kept for later calls. The
// Source can still be used.
func (s *Source) CloseIdleConnections() {
	if c, ok := s.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
