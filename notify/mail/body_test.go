package mail_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/notify/mail"
)

var update = flag.Bool("update", false, "write testdata anew")

var began = time.Date(2026, 11, 26, 9, 30, 0, 0, time.UTC)

func completed() adcimport.Summary {
	return adcimport.Summary{
		RunID: "run-1", Link: "acme", Kind: adcimport.KindCustomer, Status: adcimport.StatusCompleted, Notice: "run-1/4",
		Counts: adcimport.Counts{Read: 80412, Created: 496, Linked: 2, Skipped: 79912, Failed: 2},
		ByReason: map[adcimport.Reason]int{
			adcimport.ReasonAlreadyImported: 79900, adcimport.ReasonExcluded: 11, adcimport.ReasonPossibleMatch: 1,
			adcimport.ReasonInvalidRecord: 1, adcimport.ReasonInDoubt: 1,
		},
		Warnings: []string{"a remark for the host"}, Started: began, Finished: began.Add(4 * time.Minute),
	}
}

// cases are one mail of each kind.
func cases() map[string]adcimport.Summary {
	change := func(f func(*adcimport.Summary)) adcimport.Summary {
		s := completed()
		f(&s)
		return s
	}
	fine := func(s *adcimport.Summary) {
		s.Counts = adcimport.Counts{Read: 500, Created: 1, Skipped: 499}
		s.ByReason = map[adcimport.Reason]int{adcimport.ReasonAlreadyImported: 499}
	}
	return map[string]adcimport.Summary{
		"completed": completed(),
		"completed-one": change(func(s *adcimport.Summary) {
			fine(s)
			s.Kind = adcimport.KindUser
			s.Counts.Skipped, s.Counts.Failed = 498, 1
			s.ByReason = map[adcimport.Reason]int{adcimport.ReasonAlreadyImported: 498, adcimport.ReasonUsernameTaken: 1}
		}),
		"nothing-new": change(func(s *adcimport.Summary) {
			fine(s)
			s.Counts.Created, s.Counts.Skipped, s.ByReason[adcimport.ReasonAlreadyImported] = 0, 500, 500
		}),
		"stopped": change(func(s *adcimport.Summary) {
			s.Status, s.Failure = adcimport.StatusStopped, &adcimport.Failure{End: "host", Code: "too_many_failures"}
		}),
		"canceled": change(func(s *adcimport.Summary) { fine(s); s.Status = adcimport.StatusCanceled }),
		"failed": change(func(s *adcimport.Summary) {
			fine(s)
			s.Status, s.Failure = adcimport.StatusFailed, &adcimport.Failure{End: "source", Operation: "GetCustomerList_V2", Code: "auth"}
		}),
		"paused": change(func(s *adcimport.Summary) {
			fine(s)
			s.Status, s.Failure = adcimport.StatusPaused, &adcimport.Failure{End: "sink", Code: "unavailable", Status: 503, Since: began}
			s.Finished, s.PausedUntil = time.Time{}, began.Add(time.Hour)
		}),
		"waiting": change(func(s *adcimport.Summary) {
			fine(s)
			s.Status, s.Failure = adcimport.StatusPaused, &adcimport.Failure{End: "source", Code: "unavailable", Since: began}
			s.Finished, s.PausedUntil, s.Notice = time.Time{}, began.Add(time.Hour), fmt.Sprint("run-1/waiting-", began.Unix())
		}),
	}
}

// Each kind of mail has the text, the HTML and the subject that were read by a person.
func TestBodies(t *testing.T) {
	t.Parallel()
	denver, err := time.LoadLocation("America/Denver")
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range cases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := listen(t, &server{}, true, false)
			cfg := config(t, srv)
			cfg.Zone = denver
			cfg.Company = func(adcimport.Summary) string { return "Acme Alarms & <Sons>" }
			cfg.Links = func(s adcimport.Summary) mail.Links {
				return mail.Links{Run: "https://crm.example/acme/runs/" + s.RunID, Review: "https://crm.example/acme/review?run=" + s.RunID}
			}
			if err := notifier(t, cfg).Notify(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			subject, text, html := read(t, srv.mails[0])
			golden(t, name+".txt", "Subject: "+subject+"\n\n"+text)
			golden(t, name+".html", html)
			for _, never := range []string{"<img", "src=", "url(", "http://", "<script", "<Sons>", "GetCustomerList", "a remark"} {
				if strings.Contains(html, never) {
					t.Errorf("the HTML has %s", never)
				}
			}
			if !strings.Contains(html, "prefers-color-scheme: dark") {
				t.Error("the HTML has no dark form")
			}
		})
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	file := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got), -update writes it:\n%s", name, diff)
	}
}

// read takes a mail apart.
func read(t *testing.T, raw []byte) (subject, text, html string) {
	t.Helper()
	m := parse(t, raw)
	subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		t.Fatal(err)
	}
	kind, params, err := mime.ParseMediaType(m.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		t.Fatal(kind, err)
	}
	parts := multipart.NewReader(m.Body, params["boundary"])
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return subject, text, html
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(quotedprintable.NewReader(p))
		if err != nil {
			t.Fatal(err)
		}
		content := strings.ReplaceAll(string(body), "\r\n", "\n")
		if strings.HasPrefix(p.Header.Get("Content-Type"), "text/html") {
			html = content
		} else {
			text = content
		}
	}
}

// A page that is none of the web's is left out, and a name with line breaks breaks none.
func TestBodies_hostsWords(t *testing.T) {
	t.Parallel()
	srv := listen(t, &server{}, true, false)
	cfg := config(t, srv)
	cfg.Company = func(adcimport.Summary) string { return "Acme\r\nBcc: x@example.org" }
	cfg.Links = func(adcimport.Summary) mail.Links { return mail.Links{Run: "javascript:alert(1)"} }
	if err := notifier(t, cfg).Notify(t.Context(), completed()); err != nil {
		t.Fatal(err)
	}
	subject, text, html := read(t, srv.mails[0])
	if strings.Contains(text+html, "javascript") || strings.Contains(subject+text, "\nBcc") {
		t.Errorf("%s\n%s", subject, text)
	}
}

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	good := config(t, &server{address: "127.0.0.1:25"})
	for name, tt := range map[string]struct {
		change func(*mail.Config)
		field  string
	}{
		"nothing":            {func(*mail.Config) {}, ""},
		"no host":            {func(c *mail.Config) { c.Host = "" }, "Config.Host"},
		"host with a port":   {func(c *mail.Config) { c.Host = "mail.example:25" }, "Config.Host"},
		"port":               {func(c *mail.Config) { c.Port = 70000 }, "Config.Port"},
		"security":           {func(c *mail.Config) { c.Security = 7 }, "Config.Security"},
		"login in the clear": {func(c *mail.Config) { c.Security = mail.PlainText }, "Config.Credentials"},
		"from":               {func(c *mail.Config) { c.From = "nobody" }, "Config.From"},
		"to":                 {func(c *mail.Config) { c.To = nil }, "Config.To"},
		"timeout":            {func(c *mail.Config) { c.Timeout = -1 }, "Config.Timeout"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg := good
			tt.change(&cfg)
			_, err := mail.New(cfg)
			invalid, _ := errors.AsType[*mail.InvalidConfigError](err)
			if tt.field == "" && err != nil || tt.field != "" && (invalid == nil || invalid.Field != tt.field) {
				t.Errorf("got %v, want %q", err, tt.field)
			}
		})
	}
}

// Neither credentials, config nor notifier print a password or a user name.
func TestSecretsPrintNowhere(t *testing.T) {
	t.Parallel()
	c := mail.NewCredentials("marked-user", password)
	cfg := config(t, &server{address: "127.0.0.1:25"})
	cfg.Credentials = c
	n := notifier(t, cfg)
	type wrapped struct {
		c mail.Credentials
		n *mail.Notifier
	}
	var out strings.Builder
	log := slog.New(slog.NewJSONHandler(&out, nil))
	for _, value := range []any{c, &c, cfg, &cfg, n, *n, wrapped{c, n}, map[string]any{"k": c, "c": cfg}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x", "%X"} {
			fmt.Fprintf(&out, verb, value)
		}
		log.Info("value", slog.Any("value", value))
		if data, err := json.Marshal(value); err == nil {
			out.Write(data)
		}
	}
	for _, secret := range []string{"marked", fmt.Sprintf("%x", password), fmt.Sprintf("%d", []byte(password))[1:20]} {
		if strings.Contains(strings.ToLower(out.String()), secret) {
			t.Errorf("%q is printed", secret)
		}
	}
}

var _ interface {
	adcimport.Notifier
	Name() string
} = (*mail.Notifier)(nil)
