package browser_test

import (
	"bytes"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// dealer is one with its two services.
type dealer struct {
	known *adcimporttest.Dealer
	alarm *alarmcomtest.Server
	front *httptest.Server // of alarm: it knows the rules
	crm   *securitytraxtest.Server
	rules rules
}

func newDealer(t *testing.T, d *adcimporttest.Dealer, options ...securitytraxtest.Option) *dealer {
	t.Helper()
	options = append([]securitytraxtest.Option{securitytraxtest.WithUniqueUsernames()}, options...)
	s := &dealer{known: d, alarm: alarmcomtest.NewServer(d), crm: securitytraxtest.NewServer(options...)}
	s.front = httptest.NewServer(http.HandlerFunc(s.serveAlarm))
	s.crm.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
		_, path, _ := strings.Cut(r.URL.Path, "/user/v1")
		if status := s.rules.ask(r.Method+" "+path, string(body)); status != 0 {
			return &securitytraxtest.Reply{Status: status, Header: s.rules.header}
		}
		return nil
	})
	t.Cleanup(func() {
		s.rules.clear()
		s.front.Close()
		s.alarm.Close()
		s.crm.Close()
	})
	return s
}

// operation finds what is asked of Alarm.com.
var operation = regexp.MustCompile(`<(?:\w+:)?(Get\w+)[ />]`)

// serveAlarm has one call wait or fail without the others.
func (d *dealer) serveAlarm(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil { // who left does not want it
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if m := operation.FindSubmatch(body); m != nil {
		if status := d.rules.ask(string(m[1]), string(body)); status != 0 {
			maps.Copy(w.Header(), d.rules.header)
			w.WriteHeader(status)
			return
		}
	}
	d.alarm.Handler().ServeHTTP(w, r)
}

// alarmURL is the address of Alarm.com's services.
func (d *dealer) alarmURL() string {
	_, path, _ := strings.Cut(strings.TrimPrefix(d.alarm.Config().BaseURL, "http://"), "/")
	return d.front.URL + "/" + path
}

// rules say which calls of a service wait, and which fail.
type rules struct {
	header http.Header // of replies that fail

	mu   sync.Mutex
	list []*rule
}

// rule is for calls that begin with call, such as "POST /customers", and have a text in
// their bodies. The first of them go through.
type rule struct {
	call, text string
	through    int
	open       chan struct{} // they wait until it is closed; nil: they do not
	status     int           // they fail with; 0: they do not
	met        chan struct{} // closed when it was met
	once       sync.Once
}

// ask waits as long as a call has to, and returns the status that it fails with.
func (r *rules) ask(call, body string) int {
	r.mu.Lock()
	var found *rule
	for _, one := range r.list {
		if !strings.HasPrefix(call, one.call) || !strings.Contains(body, one.text) {
			continue
		}
		if one.through > 0 {
			one.through--
			continue
		}
		found = one
		break
	}
	r.mu.Unlock()
	if found == nil {
		return 0
	}
	found.once.Do(func() { close(found.met) })
	if found.open != nil {
		<-found.open
	}
	return found.status
}

func (r *rules) add(one *rule) *rule {
	r.mu.Lock()
	defer r.mu.Unlock()
	one.met = make(chan struct{})
	r.list = append(r.list, one)
	return one
}

// inThirdBatch is so many details that the first two batches of twenty are among them,
// and the third is not whole: calls overtake one another, four at a time.
const inThirdBatch = 50

// hold has calls wait after some went through, until let.
func (r *rules) hold(call string, through int) *rule {
	return r.add(&rule{call: call, through: through, open: make(chan struct{})})
}

// fail has calls fail, until clear.
func (r *rules) fail(call, text string, status int) {
	r.add(&rule{call: call, text: text, status: status})
}

// clear ends all rules.
func (r *rules) clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, one := range r.list {
		if one.open != nil {
			close(one.open)
		}
	}
	r.list = nil
}

// wait waits until a rule was met: as many as it lets through went through.
func (one *rule) wait(t *testing.T) {
	t.Helper()
	select {
	case <-one.met:
	case <-t.Context().Done():
		t.Fatal(t.Context().Err())
	case <-deadline():
		t.Fatalf("no call %s came", one.call)
	}
}
