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
	"log/slog"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/pacing"
)

// The abilities of a Source.
var (
	_ adcimport.Source           = (*Source)(nil)
	_ adcimport.CustomerDetailer = (*Source)(nil)
	_ adcimport.SubDealerLister  = (*Source)(nil)
	_ adcimport.RoleLister       = (*Source)(nil)
	_ adcimport.Checker          = (*Source)(nil)
	_ adcimport.Warner           = (*Source)(nil)
)

// Source reads one Alarm.com account. Make it with [New]. It is safe for
// concurrent use; all its calls, of whatever run, share one pace.
type Source struct {
	cfg     Config // without what is secret
	log     *slog.Logger
	base    func() http.RoundTripper // a transport may hold secrets, and what was sent
	http    func() *http.Client
	wait    func(attempt int) time.Duration // before a repeat
	pace    *pacing.Pacer
	version remembered[int32]
	probed  remembered[struct{}]
	gone    atomic.Int32 // customers in a row whose details brought no reply
	partner *partnerAPI  // nil: all over SOAP
}

// New makes a Source. A setting that cannot work is an
// [*adcimport.InvalidOptionsError]. Nothing is sent yet.
func New(cfg Config) (*Source, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	base := newTransport(cfg)
	s := &Source{cfg: cfg.withoutSecrets(), log: cfg.Logger, wait: wait, pace: newPacer(cfg)}
	client := newHTTPClient(cfg, base, s.pace)
	s.base, s.http = func() http.RoundTripper { return base }, func() *http.Client { return client }
	s.version.init(0, cfg.ProbeTTL)
	s.probed.init(cfg.ProbeTTL, cfg.ProbeTTL)
	s.partner = newPartnerAPI(&cfg)
	return s, nil
}

// CloseIdleConnections closes connections that are kept for later calls. The
// Source can still be used.
func (s *Source) CloseIdleConnections() {
	if c, ok := s.base().(interface{ CloseIdleConnections() }); ok {
		c.CloseIdleConnections()
	}
}
