package faults_test

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Names that are short in the tables.
type (
	alarmReply = alarmcomtest.Reply
	crmReply   = securitytraxtest.Reply
)

const people = 12 // in most worlds: customers 101 to 112, of sub-dealers 12 and 34 in turn, and users 31 to 42

// world is a link between both fakes, without a network: in a testing/synctest
// bubble its hours pass at once. Everything has its defaults.
type world struct {
	alarm    *alarmcomtest.Server
	crm      *securitytraxtest.Server
	toAlarm  *wire
	toCRM    *wire
	loginMu  sync.Mutex
	password string // what the importer logs in with
	filter   adcimport.CustomerFilter
	options  adcimport.RunOptions
	people   int                        // customers, and users
	users    bool                       // import users with logins, instead of customers
	reps     bool                       // customers have reps, once the dealer has grown
	source   func(*alarmcom.Config)     // changes the configuration; nil: not
	sink     func(*securitytrax.Config) //
	store    adcimport.StateStore
	link     string
	settle   time.Duration // 0: the default
	pause    time.Duration // MaxPause; 0: the default
	workers  int           // 0: the default
	read     int64         // of endless bodies, in bytes
	tries    int64         // that were answered with one
	notified notices
	log      bytes.Buffer
	events   []runEnd
}

// runEnd is what Events.RunEnded is told.
type runEnd struct {
	Summary adcimport.Summary
	Err     error
}

// Marks of what must not get out: all secrets, and all that is personal. The
// services repeat both in what they answer.
const (
	secret = "Xyzzy-secret-"
	mark   = "Xyzzy"
)

// dealer are people that SecurityTrax takes, all their texts with a mark.
func dealer(n int) *adcimporttest.Dealer {
	d := &adcimporttest.Dealer{
		SubDealers: []adcimport.Choice{{ID: "12", Name: "North"}, {ID: "34", Name: "South"}},
		Roles:      []adcimport.Choice{{ID: "1", Name: "Admin"}},
	}
	home := adcimport.Address{Street1: mark + " Main St", City: mark + "ville", State: "UT", Zip: "84601"}
	for i := range n {
		d.Customers = append(d.Customers, adcimport.Customer{
			ID: strconv.Itoa(101 + i), SubDealerID: []string{"12", "34"}[i%2],
			FirstName: mark + "First", LastName: mark + "Last", PrimaryPhoneNumber: "801-555-0101",
			PrimaryEmail: mark + "@example.com", InstallAddress: home, JoinDate: time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
		})
		login := fmt.Sprint(mark, "rep", i)
		d.Users = append(d.Users, adcimport.User{
			ID: strconv.Itoa(31 + i), RepID: strconv.Itoa(731 + i), FirstName: mark + "Rep", LastName: mark + "Last",
			LoginName: login, Email: login + "@example.com", Phone: "801-555-0102", Address: home, RoleIDs: []string{"1"},
		})
	}
	return d
}

func newWorld(n int) *world {
	w := &world{
		people: n, link: "isp-1",
		alarm:    alarmcomtest.NewServer(dealer(n), alarmcomtest.WithLogin(secret+"user", secret+"password")),
		password: secret + "password", store: new(adcimport.MemoryStore),
	}
	w.toAlarm = &wire{base: w.alarm.Transport(), host: "127.0.0.1"}
	w.setCRM()
	return w
}

// setCRM makes SecurityTrax anew.
func (w *world) setCRM(opts ...securitytraxtest.Option) {
	w.crm = securitytraxtest.New(append(opts, securitytraxtest.WithUniqueUsernames(),
		securitytraxtest.WithLogin(secret+"user", secret+"password"), securitytraxtest.WithIntegratorKey(secret+"key"))...)
	w.toCRM = &wire{base: w.crm.Transport(), host: "127.0.0.1:1"}
}

func (w *world) credentials() alarmcom.Credentials {
	w.loginMu.Lock()
	defer w.loginMu.Unlock()
	return alarmcom.NewCredentials(secret+"user", w.password).WithTwoFactorDevice(secret + "device")
}

// importer makes an importer as a host does when it starts.
func (w *world) importer(t *testing.T) *adcimport.Importer {
	t.Helper()
	log := slog.New(slog.NewTextHandler(&w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	from := alarmcom.Config{
		BaseURL: "http://127.0.0.1/WebServices", Transport: w.toAlarm, Logger: log,
		CredentialProvider: func(context.Context) (alarmcom.Credentials, error) { return w.credentials(), nil },
		ClassifyFault: func(f alarmcom.Fault) error {
			if strings.HasPrefix(f.Text, "busy") {
				return adcimport.ErrRateLimited
			}
			return nil
		},
	}
	to := w.crm.Config()
	to.RequestsPerSecond, to.Transport, to.Logger = 0, w.toCRM, log
	if w.source != nil {
		w.source(&from)
	}
	if w.sink != nil {
		w.sink(&to)
	}
	source, err := alarmcom.New(from)
	if err != nil {
		t.Fatal(err)
	}
	sink, err := securitytrax.New(to)
	if err != nil {
		t.Fatal(err)
	}
	imp, err := adcimport.New(adcimport.Config{
		Link: w.link, Source: source, Sink: sink, Store: w.store, Logger: log,
		SettleTime: w.settle, MaxPause: w.pause, Concurrency: w.workers,
		Notifiers: []adcimport.Notifier{&w.notified},
		Events:    adcimport.Events{RunEnded: func(_ context.Context, s adcimport.Summary, err error) { w.events = append(w.events, runEnd{s, err}) }},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = imp.Close(context.WithoutCancel(t.Context())) })
	return imp
}

// run imports what the world is set to.
func (w *world) run(t *testing.T, imp *adcimport.Importer) (*adcimport.Summary, error) {
	t.Helper()
	if w.users {
		group := w.crm.Choices("permission_groups")[0].ID
		return imp.ImportUsers(t.Context(), adcimport.UserFilter{}, adcimport.UserOptions{RunOptions: w.options, Active: true, CanLogin: true, PermissionGroupID: group})
	}
	return imp.ImportCustomers(t.Context(), w.filter, adcimport.CustomerOptions{RunOptions: w.options, OfficeID: w.crm.Choices("locations")[0].ID})
}

// next does what a host does afterwards: it lets a paused run go on when its
// time has come, resumes one that failed, and else runs again.
func (w *world) next(t *testing.T, imp *adcimport.Importer, s *adcimport.Summary) (*adcimport.Summary, error) {
	t.Helper()
	switch {
	case s.Status == adcimport.StatusPaused:
		return w.whenDue(t, imp, s)
	case s.Status == adcimport.StatusCompleted || s.RunID == "":
		return w.run(t, imp)
	}
	return imp.Resume(t.Context(), s.RunID)
}

// whenDue goes on with a run that its caller drives when its pause is over.
func (w *world) whenDue(t *testing.T, imp *adcimport.Importer, s *adcimport.Summary) (*adcimport.Summary, error) {
	t.Helper()
	time.Sleep(time.Until(s.PausedUntil) - time.Second)
	if st, err := w.store.Run(t.Context(), s.RunID); err != nil || st.Status != adcimport.StatusPaused {
		t.Errorf("a second before the pause is over it is %s, %v", st.Status, err)
	}
	time.Sleep(time.Second)
	return imp.Resume(t.Context(), s.RunID)
}

// copies counts what SecurityTrax has, by Alarm.com id.
func (w *world) copies() map[string]int {
	records := w.crm.Customers()
	if w.users {
		records = w.crm.Users()
	}
	n := map[string]int{}
	for _, r := range records {
		n[r.AlarmComID]++
	}
	return n
}

// wire is the way to a service. It may answer in its place, and knows whom the
// requests were for.
type wire struct {
	base   http.RoundTripper
	host   string
	answer func(*http.Request) *http.Response // nil, or nil for an answer: the service is asked

	mu        sync.Mutex
	strangers int // requests for another host
	telling   int // requests with a secret in their URL
}

// RoundTrip implements http.RoundTripper.
func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.mu.Lock()
	if r.URL.Host != w.host {
		w.strangers++
	}
	if strings.Contains(r.URL.String(), secret) {
		w.telling++
	}
	answer := w.answer
	w.mu.Unlock()
	if answer != nil {
		if resp := answer(r); resp != nil {
			if r.Body != nil {
				_ = r.Body.Close()
			}
			return resp, nil
		}
	}
	return w.base.RoundTrip(r)
}

func (w *wire) set(answer func(*http.Request) *http.Response) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.answer = answer
}

// endless is a body without an end. It counts what is read of it.
type endless struct {
	head *strings.Reader
	fill byte
	read *int64
}

// Read implements io.Reader.
func (e *endless) Read(p []byte) (int, error) {
	n, _ := e.head.Read(p)
	for i := n; i < len(p); i++ {
		p[i] = e.fill
	}
	*e.read += int64(len(p))
	return len(p), nil
}

func answerOf(r *http.Request, body io.Reader) *http.Response {
	return &http.Response{
		Status: "200 OK", StatusCode: http.StatusOK, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"text/xml"}}, Body: io.NopCloser(body), ContentLength: -1, Request: r,
	}
}

// notices keep what was told when runs ended.
type notices struct {
	mu   sync.Mutex
	told []adcimport.Summary
}

// Notify implements adcimport.Notifier.
func (n *notices) Notify(_ context.Context, s adcimport.Summary) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.told = append(n.told, s)
	return nil
}

// textOf is how the tables and the document write the end of a run.
func textOf(s *adcimport.Summary) string {
	if s.RunID == "" {
		return "does not begin"
	}
	var parts []string
	for _, c := range []struct {
		n    int
		what string
	}{
		{s.Counts.Created, "created"},
		{s.Counts.Linked, "linked"},
		{s.Counts.Updated, "updated"},
		{s.Counts.Unchanged, "unchanged"},
		{s.Counts.Skipped, "skipped"},
		{s.Counts.Failed, "failed"},
	} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprint(c.n, " ", c.what))
		}
	}
	var reasons []string
	for r, n := range s.ByReason {
		if r != "" {
			reasons = append(reasons, fmt.Sprint(n, " ", r))
		}
	}
	slices.Sort(reasons)
	text := string(s.Status) + ": " + cmp.Or(strings.Join(parts, ", "), "nothing")
	if len(reasons) > 0 {
		text += " (" + strings.Join(reasons, ", ") + ")"
	}
	return text
}

// errorOf is how they write its error.
func errorOf(err error) string {
	if err == nil {
		return ""
	}
	var names []string
	if _, ok := errors.AsType[*adcimport.PausedError](err); ok {
		names = append(names, "PausedError")
	}
	for _, known := range []struct {
		name string
		err  error
	}{
		{"ErrNotLinked", adcimport.ErrNotLinked},
		{"ErrAuth", adcimport.ErrAuth},
		{"ErrDenied", adcimport.ErrDenied},
		{"ErrNotFound", adcimport.ErrNotFound},
		{"ErrRateLimited", adcimport.ErrRateLimited},
	} {
		if errors.Is(err, known.err) {
			names = append(names, known.name)
		}
	}
	if _, ok := errors.AsType[*alarmcom.Error](err); ok {
		names = append(names, "alarmcom.Error")
	}
	if _, ok := errors.AsType[*securitytrax.APIError](err); ok {
		names = append(names, "securitytrax.APIError")
	}
	return cmp.Or(strings.Join(names, ", "), "another error")
}
