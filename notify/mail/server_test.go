package mail_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify/mail"
)

const (
	user     = "imports"
	password = "marked-password"
)

// server is a real mail server on 127.0.0.1, that does with a step what the test says.
type server struct {
	address string
	tls     *tls.Config // for clients: trusts the server

	mu     sync.Mutex
	steps  []string
	mails  [][]byte
	refuse func(step string, n int) error // n counts this step
	cut    bool                           // breaks off after the message, without a reply
}

type session struct {
	s    *server
	conn *smtp.Conn
}

func (s *session) step(name string) error {
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	n := 1
	for _, before := range s.s.steps {
		if before == name {
			n++
		}
	}
	s.s.steps = append(s.s.steps, name)
	if s.s.refuse != nil {
		return s.s.refuse(name, n)
	}
	return nil
}

func (s *session) AuthMechanisms() []string { return []string{sasl.Plain} }

func (s *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, u, p string) error {
		if err := s.step("auth"); err != nil {
			return err
		}
		if u != user || p != password {
			return &smtp.SMTPError{Code: 535, Message: "no such login: " + u}
		}
		return nil
	}), nil
}

func (s *session) Mail(string, *smtp.MailOptions) error      { return s.step("mail") }
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error { return s.step("rcpt " + to) }

func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if err := s.step("data"); err != nil {
		return err
	}
	s.s.mu.Lock()
	defer s.s.mu.Unlock()
	s.s.mails = append(s.s.mails, body)
	if s.s.cut {
		return s.conn.Conn().Close()
	}
	return nil
}

func (*session) Reset()        {}
func (*session) Logout() error { return nil }

// listen starts a server; without own it offers no TLS.
func listen(t *testing.T, s *server, own, implicit bool) *server {
	t.Helper()
	cert, roots := certificate(t)
	srv := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{s, c}, nil }))
	srv.Domain, srv.AllowInsecureAuth = "127.0.0.1", true
	srv.ErrorLog = log.New(io.Discard, "", 0)
	srv.ReadTimeout, srv.WriteTimeout = 10*time.Second, 10*time.Second
	s.tls = &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.address = l.Addr().String()
	if own {
		srv.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12}
	}
	if implicit {
		l = tls.NewListener(l, srv.TLSConfig)
	}
	var serving sync.WaitGroup
	serving.Go(func() {
		if err := srv.Serve(l); err != nil && !errors.Is(err, smtp.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
			t.Error(err)
		}
	})
	t.Cleanup(func() {
		_ = l.Close() // the server knows its listener only once it serves
		_ = srv.Close()
		serving.Wait()
	})
	return s
}

// certificate is that of package httptest, for 127.0.0.1.
func certificate(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	web := httptest.NewTLSServer(nil)
	defer web.Close()
	roots := x509.NewCertPool()
	roots.AddCert(web.Certificate())
	return web.TLS.Certificates[0], roots
}

// config is that of a notifier for a server.
func config(t *testing.T, s *server) mail.Config {
	t.Helper()
	host, port, err := net.SplitHostPort(s.address)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return mail.Config{
		Host: host, Port: n, TLS: s.tls, Credentials: mail.NewCredentials(user, password),
		From: "Imports <imports@example.com>", Timeout: 5 * time.Second,
		To: func(context.Context, adcimport.Summary) ([]string, error) {
			return []string{"Maria <maria@example.org>"}, nil
		},
	}
}

func notifier(t *testing.T, cfg mail.Config) *mail.Notifier {
	t.Helper()
	n, err := mail.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
