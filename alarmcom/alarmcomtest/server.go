// Package alarmcomtest is a fake of Alarm.com's dealer web services: a real HTTP
// server on loopback that behaves as far as the facts go. It speaks SOAP 1.1 and
// 1.2 on the same paths in any case, wants the Authentication header on every
// call, never pages, reports failures in the services' two styles, and writes
// elements in the order of the WSDLs. The PartnerApi (REST) is served beside it:
// see [Partner].
//
// It counts and keeps the requests, its dealer can change while it runs, and
// [Server.Fail] makes it misbehave.
package alarmcomtest

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"sync"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
)

// The login the server accepts unless [WithLogin] says otherwise.
const (
	DefaultUser     = "importer"
	DefaultPassword = "open sesame"
)

// What the server says of its dealer.
const (
	DefaultDealerID      = 4711
	DefaultCallerVersion = 17
	DealerName           = "Example Security"
)

// keptRequests is how many requests a server keeps by default.
const keptRequests = 10_000

// Server is the fake. Make it with [NewServer] and end it with [Server.Close], or with
// [New] for a testing/synctest bubble. Ids are those of its dealer. One server is one
// dealer with one login: for two tenants make two.
type Server struct {
	opts options

	mu     sync.Mutex
	dealer adcimporttest.Dealer
	byID   map[string]int // index into dealer.Customers; nil: to be built

	log    requestLog
	hook   hook
	tokens tokens

	quiet bool // it never listens
	start sync.Once
	http  *httptest.Server
}

// options hold what is secret in closures, which no printer looks into.
type options struct {
	login         func() *login
	wsdlDir       string
	keep          int
	dealerID      int
	callerVersion int
	unknown       Reply // for a customer that the dealer has not
	badLogin      Reply
	partner       Partner
}

// Option changes how a [Server] behaves.
type Option func(*options)

// login is what is accepted.
type login struct{ user, password, device, clientID string }

// WithLogin sets the login that is accepted.
func WithLogin(user, password string) Option {
	return func(o *options) { o.login().user, o.login().password = user, password }
}

// WithTwoFactorDevice sets the id of a trusted device, which must be sent then.
func WithTwoFactorDevice(id string) Option { return func(o *options) { o.login().device = id } }

// WithPartnerClient sets the client id that the PartnerApi's token address accepts.
func WithPartnerClient(id string) Option { return func(o *options) { o.login().clientID = id } }

// WithWSDL serves CustomerManagement.wsdl and DealerManagement.wsdl of a
// directory at ?wsdl, with the server's own address in place of Alarm.com's.
// Without it there is no ?wsdl.
func WithWSDL(dir string) Option { return func(o *options) { o.wsdlDir = dir } }

// KeepRequests sets how many requests are kept for [Server.Requests]: the last
// n. Counts are of all.
func KeepRequests(n int) Option { return func(o *options) { o.keep = n } }

// WithCallerVersion sets the result of GetLatestCallerVersion.
func WithCallerVersion(v int) Option { return func(o *options) { o.callerVersion = v } }

// UnknownCustomer sets the reply to GetCustomerInfo for an id that the dealer
// has not. What the real service does is not known; the default is a fault.
func UnknownCustomer(r Reply) Option { return func(o *options) { o.unknown = r } }

// BadLogin sets the reply to a call with other credentials. What the real
// service does is not known; the default is a fault.
func BadLogin(r Reply) Option { return func(o *options) { o.badLogin = r } }

// NewServer makes a server of a copy of a dealer. It listens from
// the first call of [Server.URL] on; [Server.Transport] needs no listener.
func NewServer(dealer *adcimporttest.Dealer, opts ...Option) *Server {
	accepted := login{user: DefaultUser, password: DefaultPassword, clientID: DefaultClientID}
	s := &Server{opts: options{
		login:         func() *login { return &accepted },
		keep:          keptRequests,
		dealerID:      DefaultDealerID,
		callerVersion: DefaultCallerVersion,
		unknown:       Reply{Fault: &Fault{Text: "Server was unable to process request. ---> Customer not found."}},
		badLogin:      Reply{Fault: &Fault{Text: "Server was unable to process request. ---> Login failed."}},
	}}
	for _, o := range opts {
		o(&s.opts)
	}
	s.log.init(s.opts.keep)
	s.tokens.init()
	if dealer != nil {
		s.dealer = *dealer.Clone()
	}
	return s
}

// New makes a server that never listens: its [Server.Config] has the
// [Server.Transport], as a testing/synctest bubble needs it, of which connections are
// no part.
func New(dealer *adcimporttest.Dealer, opts ...Option) *Server {
	s := NewServer(dealer, opts...)
	s.quiet = true
	return s
}

// URL is the address of the services, as in [alarmcom.Config.BaseURL]. The
// first call starts to listen on 127.0.0.1 and panics, as
// [httptest.NewServer] does, where that is not possible. Of a server of [New] it is
// one that only its transport knows.
func (s *Server) URL() string {
	if s.quiet {
		return "http://127.0.0.1:1" + basePath
	}
	s.start.Do(func() {
		s.http = httptest.NewUnstartedServer(s.Handler())
		s.http.Config.ErrorLog = log.New(io.Discard, "", 0) // broken connections are made on purpose
		s.http.Start()
	})
	return s.http.URL + basePath
}

// Close stops to listen and waits for the calls that run.
func (s *Server) Close() {
	s.start.Do(func() {}) // from now on there is nothing to start
	if s.http != nil {
		s.http.Close()
	}
}

// Config is the configuration of a Source over this server, without a brake. Its
// credentials are good for the PartnerApi, too.
func (s *Server) Config() alarmcom.Config {
	l := s.login()
	cfg := alarmcom.Config{
		BaseURL:           s.URL(),
		Credentials:       alarmcom.NewCredentials(l.user, l.password).WithTwoFactorDevice(l.device).WithPartnerClient(l.clientID),
		RequestsPerSecond: 1e6,
		Burst:             1000,
	}
	if s.quiet {
		cfg.Transport = s.Transport()
	}
	return cfg
}

// ChangePassword makes another password the good one, as the dealer does between two
// runs: [Server.Config] has it from now on. Access tokens of the PartnerApi that were
// given stay good; [Server.ExpireTokens] ends them.
func (s *Server) ChangePassword(password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.opts.login().password = password
}

// login is what is accepted now.
func (s *Server) login() login {
	s.mu.Lock()
	defer s.mu.Unlock()
	return *s.opts.login()
}

// Update changes the dealer while no call looks at it.
func (s *Server) Update(change func(*adcimporttest.Dealer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.dealer)
	s.byID = nil
}

// AddCustomers adds customers to the dealer.
func (s *Server) AddCustomers(customers ...adcimport.Customer) {
	s.Update(func(d *adcimporttest.Dealer) { d.Customers = append(d.Customers, customers...) })
}

// customer looks one up.
func (s *Server) customer(id string) (adcimport.Customer, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byID == nil {
		s.byID = make(map[string]int, len(s.dealer.Customers))
		for i, c := range s.dealer.Customers {
			s.byID[c.ID] = i
		}
	}
	i, ok := s.byID[id]
	if !ok {
		return adcimport.Customer{}, false
	}
	return s.dealer.Customers[i], true
}

// view runs look on the dealer while nobody changes it.
func (s *Server) view(look func(*adcimporttest.Dealer)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	look(&s.dealer)
}

// Handler returns the services' handler, for a server of one's own.
func (s *Server) Handler() http.Handler { return http.HandlerFunc(s.serve) }

// Transport returns a transport that calls the handler without a network, as
// for tests in a testing/synctest bubble. Any host of the URL will do.
func (s *Server) Transport() http.RoundTripper { return memoryTransport{s.Handler()} }
