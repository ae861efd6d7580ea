package mail_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strings"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	gocmp "github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify/mail"
)

func refuse(at string, code int) func(string, int) error {
	return func(step string, _ int) error {
		if strings.HasPrefix(step, at) {
			return &smtp.SMTPError{Code: code, Message: "no: maria@example.org"}
		}
		return nil
	}
}

// Servers that take mails, refuse, ask for time, break off, or cannot be trusted.
func TestNotifier_servers(t *testing.T) {
	t.Parallel()
	all := []string{"auth", "mail", "rcpt maria@example.org", "data"}
	for name, tt := range map[string]struct {
		server   *server
		own      bool // the server has TLS
		implicit bool
		change   func(*mail.Config)
		steps    []string
		mails    int
		is       error
		step     string
		code     int
	}{
		"STARTTLS":        {own: true, steps: all, mails: 1},
		"implicit TLS":    {own: true, implicit: true, change: func(c *mail.Config) { c.Security = mail.ImplicitTLS }, steps: all, mails: 1},
		"plain, no login": {change: func(c *mail.Config) { c.Security, c.Credentials = mail.PlainText, mail.Credentials{} }, steps: all[1:], mails: 1},
		"no login":        {own: true, change: func(c *mail.Config) { c.Credentials = mail.Credentials{} }, steps: all[1:], mails: 1},
		"no STARTTLS":     {is: mail.ErrInsecure, step: "connect"},
		"no STARTTLS, no login": {
			change: func(c *mail.Config) { c.Credentials = mail.Credentials{} }, is: mail.ErrInsecure, step: "connect",
		},
		"no TLS at all": {change: func(c *mail.Config) { c.Security = mail.ImplicitTLS }, is: mail.ErrInsecure, step: "connect"},
		"not trusted":   {own: true, change: func(c *mail.Config) { c.TLS = nil }, is: mail.ErrInsecure, step: "connect"},
		"not trusted, implicit": {
			own: true, implicit: true, change: func(c *mail.Config) { c.TLS, c.Security = nil, mail.ImplicitTLS }, is: mail.ErrInsecure, step: "connect",
		},
		"a wrong login": {
			own: true, change: func(c *mail.Config) { c.Credentials = mail.NewCredentials(user, "other") },
			steps: all[:1], is: mail.ErrLogin, step: "login", code: 535,
		},
		"login later":        {own: true, server: &server{refuse: refuse("auth", 454)}, steps: all[:1], is: mail.ErrTemporary, step: "login", code: 454},
		"refuses the sender": {own: true, server: &server{refuse: refuse("mail", 550)}, steps: all[:2], is: mail.ErrRefused, step: "sender", code: 550},
		"refuses the addressee": {
			own: true, server: &server{refuse: refuse("rcpt", 550)}, steps: all[:3], is: mail.ErrRefused, step: "recipient", code: 550,
		},
		"greylists":             {own: true, server: &server{refuse: refuse("rcpt", 451)}, steps: all[:3], is: mail.ErrTemporary, step: "recipient", code: 451},
		"refuses the message":   {own: true, server: &server{refuse: refuse("data", 554)}, steps: all, is: mail.ErrRefused, step: "message", code: 554},
		"breaks off after DATA": {own: true, server: &server{cut: true}, steps: all, mails: 1, is: mail.ErrUnreachable, step: "message"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, cmp.Or(tt.server, &server{}), tt.own, tt.implicit)
			cfg := config(t, s)
			if tt.change != nil {
				tt.change(&cfg)
			}
			err := notifier(t, cfg).Notify(t.Context(), completed())
			if !errors.Is(err, tt.is) {
				t.Fatalf("got %v, want %v", err, tt.is)
			}
			if e, ok := errors.AsType[*mail.SendError](err); tt.is != nil && (!ok || e.Step != tt.step || e.Code != tt.code) {
				t.Errorf("got %v, want step %q, code %d", err, tt.step, tt.code)
			}
			for _, private := range []string{"maria", password, user} {
				if strings.Contains(strings.ReplaceAll(fmt.Sprint(err), "imports@", ""), private) {
					t.Errorf("%q is in the error: %v", private, err)
				}
			}
			s.mu.Lock()
			defer s.mu.Unlock()
			if diff := gocmp.Diff(tt.steps, s.steps); diff != "" || len(s.mails) != tt.mails {
				t.Errorf("%d mails, steps (-want +got):\n%s", len(s.mails), diff)
			}
		})
	}
}

// What a server that greylists gets later, and what is sent once more since its reply
// was lost, is recognised by its Message-ID.
func TestNotifier_repeatedHasOneMessageID(t *testing.T) {
	t.Parallel()
	s := listen(t, &server{cut: true, refuse: func(step string, n int) error {
		if strings.HasPrefix(step, "rcpt") && n == 1 {
			return &smtp.SMTPError{Code: 450, Message: "later"}
		}
		return nil
	}}, true, false)
	n := notifier(t, config(t, s))
	errs := []error{n.Notify(t.Context(), completed()), n.Notify(t.Context(), completed())}
	s.mu.Lock()
	s.cut = false
	s.mu.Unlock()
	errs = append(errs, n.Notify(t.Context(), completed()))
	other := completed()
	other.Notice = "run-1/5"
	errs = append(errs, n.Notify(t.Context(), other))
	if !errors.Is(errs[0], mail.ErrTemporary) || !errors.Is(errs[1], mail.ErrUnreachable) || errs[2] != nil || errs[3] != nil {
		t.Fatal(errs)
	}
	var ids []string
	for _, m := range s.mails {
		ids = append(ids, parse(t, m).Header.Get("Message-Id"))
	}
	if len(ids) != 3 || ids[0] != ids[1] || ids[0] == ids[2] || !strings.HasSuffix(ids[0], "@example.com>") {
		t.Errorf("ids: %q", ids)
	}
}

// A server that says nothing costs no more than the timeout, nor than the context.
func TestNotifier_hangs(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		timeout time.Duration
		ctx     time.Duration
	}{"timeout": {50 * time.Millisecond, time.Minute}, "context": {time.Minute, 50 * time.Millisecond}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l, err := net.Listen("tcp", "127.0.0.1:0") // nobody accepts: the connection is there, and no word comes
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = l.Close() })
			cfg := config(t, &server{address: l.Addr().String()})
			cfg.Timeout = tt.timeout
			ctx, cancel := context.WithTimeout(t.Context(), tt.ctx)
			defer cancel()
			if err := notifier(t, cfg).Notify(ctx, completed()); !errors.Is(err, mail.ErrTimeout) {
				t.Errorf("got %v", err)
			}
		})
	}
	t.Run("canceled", func(t *testing.T) {
		t.Parallel()
		ctx, cancel := context.WithCancelCause(t.Context())
		s := listen(t, &server{refuse: func(step string, _ int) error {
			if step == "data" {
				cancel(errors.New("the host ends"))
				<-ctx.Done()
			}
			return nil
		}}, true, false)
		if err := notifier(t, config(t, s)).Notify(ctx, completed()); err == nil && len(s.mails) == 0 {
			t.Error("no error, and no mail")
		}
	})
}

func TestNotifier_headers(t *testing.T) {
	t.Parallel()
	s := listen(t, &server{}, true, false)
	cfg := config(t, s)
	cfg.Subject = func(s adcimport.Summary) string { return "Import " + s.RunID + "\r\nBcc: all@example.org" }
	cfg.To = func(_ context.Context, s adcimport.Summary) ([]string, error) {
		return []string{"a@example.org", s.Link + "@example.org"}, nil
	}
	if err := notifier(t, cfg).Notify(t.Context(), completed()); err != nil {
		t.Fatal(err)
	}
	h := parse(t, s.mails[0]).Header
	for name, want := range map[string]string{
		"Subject": "Import run-1  Bcc: all@example.org", "Bcc": "", "To": "<a@example.org>, <acme@example.org>",
		"From": `"Imports" <imports@example.com>`, "Auto-Submitted": "auto-generated",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

func parse(t *testing.T, raw []byte) *netmail.Message {
	t.Helper()
	m, err := netmail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Nobody to tell is no error; who cannot be asked, and an address that is none, are.
func TestNotifier_addressees(t *testing.T) {
	t.Parallel()
	boom := errors.New("database away")
	for name, tt := range map[string]struct {
		to    []string
		err   error
		fails bool
		mails int
	}{
		"nobody": {}, "cannot be asked": {err: boom, fails: true},
		"no address": {to: []string{"secret person"}, fails: true}, "one": {to: []string{"a@b.example"}, mails: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := listen(t, &server{}, true, false)
			cfg := config(t, s)
			cfg.To = func(context.Context, adcimport.Summary) ([]string, error) { return tt.to, tt.err }
			err := notifier(t, cfg).Notify(t.Context(), completed())
			if (err != nil) != tt.fails || tt.err != nil && !errors.Is(err, tt.err) || strings.Contains(fmt.Sprint(err), "secret") || len(s.mails) != tt.mails {
				t.Errorf("%d mails, %v", len(s.mails), err)
			}
		})
	}
}
