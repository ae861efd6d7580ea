//go:build unix

package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/examples/host/fakes"
	"github.com/securitytrax/adcimport/examples/host/notices"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// world is what is around the hosts of a test.
type world struct {
	tb       testing.TB
	dir      string
	dealers  fakes.Dealers
	accounts string   // the file
	database []string // the flag
	receiver *httptest.Server

	mu   sync.Mutex
	told []adcimport.Summary // notices, as they came
	keys []string            // and their Idempotency-Key
}

func newWorld(tb testing.TB, n, customers, users int, database func(testing.TB) []string) *world {
	tb.Helper()
	w := &world{tb: tb, dir: tb.TempDir(), dealers: fakes.Start(n, customers, users)}
	tb.Cleanup(w.dealers.Close)
	w.accounts = w.file("accounts.json")
	if err := w.dealers.WriteAccounts(w.accounts); err != nil {
		tb.Fatal(err)
	}
	w.database = []string{"-sqlite", w.file("host.db")}
	if database != nil {
		w.database = database(tb)
	}
	w.receiver = httptest.NewServer(http.HandlerFunc(w.receive))
	tb.Cleanup(w.receiver.Close)
	return w
}

func (w *world) file(name string) string { return filepath.Join(w.dir, name) }

// receive is what a service that sends mails does.
func (w *world) receive(_ http.ResponseWriter, r *http.Request) {
	var n notices.Notice
	err := json.NewDecoder(r.Body).Decode(&n)
	s := n.Summary
	w.mu.Lock()
	defer w.mu.Unlock()
	if says := strings.Contains(n.Text, "to review"); n.ToReview != s.ToReview() || says != (n.ToReview > 0) {
		w.tb.Errorf("the notice says %q of %d to review, %d waited", n.Text, n.ToReview, s.ToReview())
	}
	if err != nil || s.Notice == "" || s.Notice != r.Header.Get("Idempotency-Key") {
		w.tb.Errorf("notice %q of key %q: %v", s.Notice, r.Header.Get("Idempotency-Key"), err)
	}
	w.told, w.keys = append(w.told, s), append(w.keys, r.Header.Get("Idempotency-Key"))
}

// notices are those of a run, by their keys, with how often each came.
func (w *world) notices(run string) (ends map[string]adcimport.Summary, times map[string]int) {
	w.mu.Lock()
	defer w.mu.Unlock()
	ends, times = make(map[string]adcimport.Summary), make(map[string]int)
	for i, s := range w.told {
		if s.RunID == run {
			ends[w.keys[i]] = s
			times[w.keys[i]]++
		}
	}
	return ends, times
}

func (w *world) anyNotice() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.told) > 0
}

// wait looks until something is so. A busy machine may take long.
func (w *world) wait(what string, so func() bool) {
	w.tb.Helper()
	for end := time.Now().Add(45 * time.Second); !so(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(end) {
			w.tb.Fatalf("waited in vain for %s", what)
		}
	}
}

// completed waits until runs were told, without a call to the host, and holds the
// notices against what there is: one end each, by its key.
func (w *world) completed(runs ...string) {
	w.tb.Helper()
	w.wait("the notices of all runs", func() bool {
		for _, run := range runs {
			if ends, _ := w.notices(run); len(ends) == 0 {
				return false
			}
		}
		return true
	})
	for _, run := range runs {
		ends, _ := w.notices(run)
		for key, s := range ends {
			if s.Status != adcimport.StatusCompleted || len(ends) != 1 {
				w.tb.Errorf("run %s of %s was told as %v by %s, with %d keys", run, s.Link, s, key, len(ends))
			}
		}
	}
}

// once holds that no notice came twice.
func (w *world) once(runs ...string) {
	w.tb.Helper()
	for _, run := range runs {
		if _, times := w.notices(run); len(times) != 1 || sum(times) != 1 {
			w.tb.Errorf("notices of run %s came as often as %v", run, times)
		}
	}
}

func sum(times map[string]int) (n int) {
	for _, t := range times {
		n += t
	}
	return n
}

// customersAreThere holds what SecurityTrax has of dealers against Alarm.com: each
// customer once.
func (w *world) customersAreThere(dealers ...fakes.Dealer) {
	w.tb.Helper()
	for _, d := range dealers {
		seen := make(map[string]int)
		for _, c := range d.SecurityTrax.Customers() {
			seen[c.AlarmComID]++
		}
		for _, c := range d.People.Importable() {
			if seen[c.ID] != 1 {
				w.tb.Errorf("%s: customer %s is in SecurityTrax %d times", d.Link, c.ID, seen[c.ID])
			}
		}
		if want := len(d.People.Importable()); len(d.SecurityTrax.Customers()) != want {
			w.tb.Errorf("%s: SecurityTrax has %d customers, want %d", d.Link, len(d.SecurityTrax.Customers()), want)
		}
	}
}

// usersAreThere holds that each login was mailed once, of the runs that are of users.
// One whose mail was, or was about to be, on its way when the host was killed is left to
// a person, by design, and is told as in doubt.
func (w *world) usersAreThere(runs ...string) {
	w.tb.Helper()
	for _, run := range runs {
		ends, _ := w.notices(run)
		for _, s := range ends {
			i := slices.IndexFunc(w.dealers, func(d fakes.Dealer) bool { return d.Link == s.Link })
			if s.Kind != adcimport.KindUser || i < 0 {
				continue
			}
			mails := make(map[string]int)
			for _, m := range w.dealers[i].SecurityTrax.Emails() {
				if mails[m.Username]++; mails[m.Username] > 1 {
					w.tb.Errorf("%s: a login was mailed %d times", s.Link, mails[m.Username])
				}
			}
			doubt := s.ByReason[adcimport.ReasonInDoubt]
			if want := len(w.dealers[i].People.ImportableUsers(true)); len(mails)+doubt < want || len(mails) > want {
				w.tb.Errorf("%s: %d logins were mailed and %d are in doubt, want %d", s.Link, len(mails), doubt, want)
			}
		}
	}
}

// details is how many customers Alarm.com was asked for, over all dealers.
func (w *world) details() (n int) {
	for _, d := range w.dealers {
		n += d.AlarmCom.Count("GetCustomerInfo_V2")
	}
	return n
}

// says holds that a text has nothing personal and no secret in it.
func (w *world) says(text string) {
	w.tb.Helper()
	secret := []string{
		alarmcomtest.DefaultPassword, securitytraxtest.DefaultPassword, securitytraxtest.DefaultIntegratorKey,
	}
	for _, d := range w.dealers {
		for _, c := range d.People.Customers {
			secret = append(secret, c.PrimaryEmail, c.PrimaryPhoneNumber, c.InstallAddress.Street1)
		}
		for _, u := range d.People.Users {
			secret = append(secret, u.Email)
		}
	}
	for _, s := range secret {
		if s != "" && strings.Contains(text, s) {
			w.tb.Errorf("the host says %q", s)
		}
	}
}
