// Package securitytraxtest is a fake of the SecurityTrax API: a real HTTP server
// on the loopback interface that behaves as far as the public pages and samples
// of that API tell, and as JSON:API 1.1 prescribes where they are
// silent. It is written apart from package securitytrax and takes nothing of its
// Schema, so that a mistake there shows.
//
// It does not enforce uniqueness of customers, so a blind repetition shows as a
// duplicate. It counts and records every request, keeps the logins it would have
// mailed, and takes faults from a hook.
package securitytraxtest

import (
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/securitytrax"
)

// Credentials of a server without options.
const (
	DefaultProfile       = "sandbox"
	DefaultIntegratorKey = "Integrator-Key-1"
	DefaultUsername      = "importer"
	DefaultPassword      = "importer-password"
)

// Server is the fake. Its methods are safe for concurrent use. One server is one
// profile with one login: for two tenants make two, with [WithProfile].
//
// Its ids are the same on every start. There is one sequence for all types, from 1 on:
// the link, then the offices, permission groups, customer tags and user tags in the
// order of the options that name them, then what a test or a client makes. Without
// options the link is 1, the offices are 2 and 3, the groups 4 to 6, the customer tags
// 7 and 8 and the user tag 9.
type Server struct {
	settings settings
	http     *http.Server
	listener net.Listener
	served   sync.WaitGroup

	mu       sync.Mutex
	tables   map[string]*table
	lastID   int
	ispID    string
	tokens   func() map[string]time.Time // until when; a closure, which no printer looks into
	emails   []Email
	replayed map[string]response
	requests []func() Request // for the same reason
	counts   map[string]int
	fail     func(*http.Request, int) *Reply
}

// New makes a server that does not listen: for [Server.Handler] and
// [Server.Transport], as in a testing/synctest bubble.
func New(options ...Option) *Server {
	tokens := make(map[string]time.Time)
	s := &Server{
		settings: defaultSettings(),
		tables:   newTables(),
		tokens:   func() map[string]time.Time { return tokens },
		replayed: make(map[string]response),
		counts:   make(map[string]int),
	}
	for _, o := range options {
		o(&s.settings)
	}
	s.monitor()
	s.seed()
	return s
}

// NewServer makes a server that listens on a free port of 127.0.0.1, until
// [Server.Close]. Like httptest.NewServer, it panics when there is none.
func NewServer(options ...Option) *Server {
	var listen net.ListenConfig
	l, err := listen.Listen(noContext(), "tcp", "127.0.0.1:0")
	if err != nil {
		panic(fmt.Sprintf("securitytraxtest: no port on 127.0.0.1: %v", err))
	}
	s := New(options...)
	s.listener = l
	s.http = &http.Server{Handler: s.Handler(), ReadHeaderTimeout: 10 * time.Second}
	s.served.Go(func() { _ = s.http.Serve(l) }) // it ends with Close
	return s
}

// Close stops listening and ends all connections.
func (s *Server) Close() {
	if s.http != nil {
		_ = s.http.Close() // the listener is gone either way
		s.served.Wait()
	}
}

// URL is the base URL of the API; for a server that does not listen, one that
// only [Server.Transport] knows.
func (s *Server) URL() string {
	host := "127.0.0.1:1"
	if s.listener != nil {
		host = s.listener.Addr().String()
	}
	return "http://" + host + s.basePath()
}

func (s *Server) basePath() string { return "/" + s.settings.profile + "/user/v1" }

// Config is the configuration of a Sink for this server, without a limit on
// requests per second.
func (s *Server) Config() securitytrax.Config {
	s.mu.Lock()
	known := *s.settings.secrets()
	s.mu.Unlock()
	cfg := securitytrax.Config{
		BaseURL:           s.URL(),
		Profile:           s.settings.profile,
		ISPID:             s.ISPID(),
		Credentials:       securitytrax.Login(known.username, known.password).WithIntegratorKey(known.integratorKey),
		RequestsPerSecond: -1,
	}
	if s.listener == nil {
		cfg.Transport = s.Transport()
	}
	return cfg
}

// ISPID is the id of the link that the server starts with.
func (s *Server) ISPID() string { return s.ispID }
