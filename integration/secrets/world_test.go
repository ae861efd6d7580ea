package secrets_test

import (
	"bytes"
	"context"
	"database/sql"
	"log/slog"
	"net/http"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	_ "modernc.org/sqlite"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
	"github.com/securitytrax/adcimport/sqlstore"
)

// keyedTransport is a host's transport: a value with a secret of its own. It
// notes the tokens that pass.
type keyedTransport struct {
	Key   string
	base  http.RoundTripper
	marks *marks
}

func (k keyedTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if token, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		k.marks.sent(r.URL.Path[:strings.Index(r.URL.Path[1:], "/")+1], token)
	}
	return k.base.RoundTrip(r)
}

// world has one of everything that is built from marked secrets.
type world struct {
	marks *marks
	log   bytes.Buffer
	to    *slog.Logger // log

	alarm   *alarmcomtest.Server
	crm     *securitytraxtest.Server
	read    alarmcom.Config // the one the first source was made of
	write   securitytrax.Config
	link    adcimport.Config
	sources []*alarmcom.Source
	sinks   []*securitytrax.Sink
	store   *sqlstore.Store
	imp     *adcimport.Importer

	classified atomic.Int32 // faults whose text the host saw
	seen       atomic.Pointer[alarmcom.Fault]
	made       []subject // what the work came to
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{marks: newMarks()}
	w.to = slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	w.seen.Store(&alarmcom.Fault{Op: "GetRepList", Code: faultCode, Text: faultText})
	dealer := adcimporttest.NewDealer(7, 20, 5)
	w.alarm = alarmcomtest.NewServer(dealer, w.alarmOptions()...)
	w.crm = securitytraxtest.New(crmOptions()...)
	w.read = w.readConfig()
	w.read.BaseURL, w.read.Transport = "http://127.0.0.1/WebServices", keyedTransport{integratorKey, w.alarm.Transport(), w.marks}
	w.read.Partner = &alarmcom.PartnerConfig{
		BaseURL: "http://127.0.0.1/PartnerApi/v1", TokenURL: "http://127.0.0.1/AdminApiAccess/token",
	}
	w.write = w.crm.Config()
	w.write.Transport = keyedTransport{integratorKey, w.crm.Transport(), w.marks}
	w.addSources(t)
	w.addSinks(t)
	w.openStore(t)
	w.link = adcimport.Config{
		Link: "dealer-1", Source: w.sources[0], Sink: w.sinks[0], Store: w.store, FingerprintKey: []byte(hashKey),
		Logger: w.to, Events: w.events(),
	}
	var err error
	if w.imp, err = adcimport.New(w.link); err != nil {
		t.Fatal(err)
	}
	return w
}

func (*world) alarmOptions() []alarmcomtest.Option {
	return []alarmcomtest.Option{
		alarmcomtest.WithLogin(alarmUser, alarmPassword), alarmcomtest.WithTwoFactorDevice(alarmDevice),
		alarmcomtest.WithPartnerClient(clientID),
	}
}

func crmOptions() []securitytraxtest.Option {
	return []securitytraxtest.Option{
		securitytraxtest.WithLogin(crmUser, crmPassword), securitytraxtest.WithAccessToken(accessToken),
		securitytraxtest.WithIntegratorKey(integratorKey),
	}
}

func alarmCredentials(password string) alarmcom.Credentials {
	return alarmcom.NewCredentials(alarmUser, password).WithTwoFactorDevice(alarmDevice).WithPartnerClient(clientID)
}

func (w *world) readConfig() alarmcom.Config {
	return alarmcom.Config{
		Credentials:       alarmCredentials(alarmPassword),
		RequestsPerSecond: 1e6, Burst: 1000, MaxRetries: -1, Logger: w.to,
		ClassifyFault: func(f alarmcom.Fault) error {
			if f.Text == faultText {
				w.classified.Add(1)
				w.seen.Store(&f)
			}
			return nil
		},
	}
}

// addSources makes one over the PartnerApi, one over SOAP, one whose login is
// refused, one that asks a provider, and one over sockets with its own transport.
func (w *world) addSources(t *testing.T) {
	t.Helper()
	soap, wrong, asking := w.read, w.read, w.read
	soap.Partner = nil
	wrong.Credentials = alarmCredentials(wrongPassword)
	known := w.read.Credentials
	asking.Credentials = alarmcom.Credentials{}
	asking.CredentialProvider = func(context.Context) (alarmcom.Credentials, error) { return known, nil }
	listening := alarmcomtest.NewServer(adcimporttest.NewDealer(7, 20, 5), w.alarmOptions()...)
	t.Cleanup(listening.Close)
	sockets := w.readConfig()
	sockets.BaseURL, sockets.Partner = listening.URL(), listening.PartnerConfig()
	for _, cfg := range []alarmcom.Config{w.read, soap, wrong, asking, sockets} {
		src, err := alarmcom.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(src.CloseIdleConnections)
		w.sources = append(w.sources, src)
	}
}

// addSinks makes one with a login, one with an access token, one whose login is
// refused, one that asks a provider, and one over sockets with its own transport.
func (w *world) addSinks(t *testing.T) {
	t.Helper()
	token, wrong, asking := w.write, w.write, w.write
	token.Credentials = securitytrax.AccessToken(accessToken).WithIntegratorKey(integratorKey)
	wrong.Credentials = securitytrax.Login(crmUser, wrongPassword).WithIntegratorKey(integratorKey)
	known := w.write.Credentials
	asking.Credentials = securitytrax.Credentials{}
	asking.CredentialProvider = func(context.Context) (securitytrax.Credentials, error) { return known, nil }
	listening := securitytraxtest.NewServer(crmOptions()...)
	t.Cleanup(listening.Close)
	for _, cfg := range []securitytrax.Config{w.write, token, wrong, asking, listening.Config()} {
		sink, err := securitytrax.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		w.sinks = append(w.sinks, sink)
	}
}

func (w *world) openStore(t *testing.T) {
	t.Helper()
	db, err := sql.Open("sqlite", "file:"+filepath.ToSlash(filepath.Join(t.TempDir(), databaseName)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	if w.store, err = sqlstore.Open(t.Context(), db, sqlstore.SQLite, sqlstore.Options{}); err != nil {
		t.Fatal(err)
	}
}

// events keeps what the hooks are told.
func (w *world) events() adcimport.Events {
	return adcimport.Events{
		RunStarted: func(_ context.Context, run adcimport.RunInfo) { w.made = append(w.made, built(run)) },
		PageRead:   func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) { w.made = append(w.made, built(p)) },
		RecordDone: func(_ context.Context, run adcimport.RunInfo, o adcimport.Outcome) {
			if o.Action == adcimport.ActionFailed {
				w.made = append(w.made, built(run), built(o))
			}
		},
		Committed: func(_ context.Context, _ adcimport.RunInfo, p adcimport.Progress) { w.made = append(w.made, built(p)) },
		RunEnded:  func(_ context.Context, s adcimport.Summary, _ error) { w.made = append(w.made, built(s)) },
	}
}
