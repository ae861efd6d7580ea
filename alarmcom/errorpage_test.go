package alarmcom_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/internal/errorpage"
)

// detailOf finds the customer whose detail a request asks for.
var detailOf = regexp.MustCompile(`(?i)<customerid>(\d+)</customerid>|/customers/(\d+)`)

// pagesFor answers the details of some customers with pages, and counts them.
type pagesFor struct {
	inner http.Handler
	pages map[string]http.HandlerFunc // by customer

	mu    sync.Mutex
	tries map[string]int
}

func (p *pagesFor) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	id := ""
	if m := detailOf.FindStringSubmatch(r.URL.Path + string(body)); m != nil {
		id = m[1] + m[2]
	}
	if page := p.pages[id]; page != nil {
		p.mu.Lock()
		p.tries[id]++
		p.mu.Unlock()
		page(w, r)
		return
	}
	p.inner.ServeHTTP(w, r)
}

// dealerOf has as many customers as there are pages, twice: the first of two
// gets a page. It returns whose detail is what.
func dealerOf(pages map[string]http.HandlerFunc) (*pagesFor, map[string]string) {
	d := &adcimporttest.Dealer{}
	p := &pagesFor{pages: map[string]http.HandlerFunc{}, tries: map[string]int{}}
	names := map[string]string{}
	for i, name := range slices.Sorted(maps.Keys(pages)) {
		sick, well := strconv.Itoa(100+2*i), strconv.Itoa(101+2*i)
		for _, id := range []string{sick, well} {
			d.Customers = append(d.Customers, adcimport.Customer{
				ID: id, FirstName: "Ann", LastName: "Of " + id, JoinDate: time.Date(2020, 1, 2, 0, 0, 0, 0, time.UTC),
			})
		}
		p.pages[sick], names[sick], names[well] = pages[name], name, ""
	}
	p.inner = alarmcomtest.NewServer(d).Handler()
	return p, names
}

// ways are the two ways to a detail, over a server at some address.
func ways(root string) map[string]alarmcom.Config {
	soap := alarmcom.Config{
		BaseURL:     root + "/WebServices",
		Credentials: login(alarmcomtest.DefaultPassword),
	}
	rest := soap
	rest.Partner = &alarmcom.PartnerConfig{
		Only:    true,
		BaseURL: root + "/PartnerApi/v1", TokenURL: root + "/AdminApiAccess/token",
	}
	return map[string]alarmcom.Config{"SOAP": soap, "REST": rest}
}

// readAll asks for all details, one by one, so that nobody else is served while
// a call waits, and first for one that is well. It reports how long the longest
// call took.
func (p *pagesFor) readAll(t *testing.T, src *alarmcom.Source, names map[string]string, least, most int) (longest time.Duration) {
	t.Helper()
	ids := slices.Sorted(maps.Keys(names))
	for _, id := range slices.Backward(ids) {
		start := time.Now()
		p.read(t, src, id, names[id], least, most)
		longest = max(longest, time.Since(start))
	}
	return longest
}

// read asks for the detail of one customer, who is well if the page has no name.
func (p *pagesFor) read(t *testing.T, src *alarmcom.Source, id, page string, least, most int) {
	t.Helper()
	_, err := src.CustomerDetail(t.Context(), id)
	record, failed := errors.AsType[*adcimport.RecordError](err)
	if failed != (page != "") || failed && record.Reason != adcimport.ReasonSourceFailed || !failed && err != nil {
		t.Errorf("%s %q: error %v", id, page, err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if n := p.tries[id]; failed && (n < least || n > most) {
		t.Errorf("%s %q: %d tries, want %d to %d", id, page, n, least, most)
	}
}

// A customer whose detail is an error page, whatever becomes of the page, costs
// MaxRetries and seconds, with the defaults and over a real transport (fault 12).
func TestErrorPageWithDefaults(t *testing.T) {
	t.Parallel()
	for kind, test := range map[string]struct {
		pages map[string]http.HandlerFunc
		least int           // tries: pages that do not end take 5 s, and random waits decide whether there is time for the last one
		most  time.Duration // random waits of up to 7.5 s, and those pages
	}{"ends": {errorpage.Pages(), maxRetries + 1, 8 * time.Second}, "stuck": {errorpage.Stuck(), maxRetries, 28 * time.Second}} {
		for way, cfg := range ways("http://127.0.0.1") {
			t.Run(kind+" "+way, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					h, names := dealerOf(test.pages)
					transport, stop := errorpage.Pipe(h)
					defer stop()
					cfg.Transport = transport
					src, err := alarmcom.New(cfg)
					if err != nil {
						t.Fatal(err)
					}
					if took := h.readAll(t, src, names, test.least, maxRetries+1); took > test.most {
						t.Errorf("a call took %v, want at most %v", took, test.most)
					}
				})
			})
		}
	}
}

// The same over TLS, in all protocols (fault 12).
func TestErrorPageOverTLS(t *testing.T) {
	t.Parallel()
	for protocol, test := range map[string]struct {
		http2  bool
		change func(*http.Transport)
	}{
		"HTTP/1.1":            {},
		"HTTP/2":              {http2: true},
		"without keep-alive":  {change: func(t *http.Transport) { t.DisableKeepAlives = true }},
		"without compression": {change: func(t *http.Transport) { t.DisableCompression = true }},
	} {
		for _, way := range []string{"SOAP", "REST"} {
			t.Run(protocol+" "+way, func(t *testing.T) {
				t.Parallel()
				h, names := dealerOf(errorpage.Pages())
				srv := errorpage.NewServer(h, test.http2)
				t.Cleanup(srv.Close)
				cfg := ways(srv.URL)[way]
				cfg.RequestsPerSecond, cfg.MaxRetries = 1e6, 2
				cfg.Transport = srv.Transport(test.change)
				src := quickly(t, cfg)
				h.readAll(t, src, names, 3, 3)
			})
		}
	}
}

// A page that hangs over TLS ends with Timeout at the latest (fault 12).
func TestErrorPageStuckOverTLS(t *testing.T) {
	t.Parallel()
	for protocol, http2 := range map[string]bool{"HTTP/1.1": false, "HTTP/2": true} {
		for _, way := range []string{"SOAP", "REST"} {
			t.Run(protocol+" "+way, func(t *testing.T) {
				t.Parallel()
				h, names := dealerOf(errorpage.Stuck())
				srv := errorpage.NewServer(h, http2)
				t.Cleanup(srv.Close)
				cfg := ways(srv.URL)[way]
				cfg.RequestsPerSecond, cfg.MaxRetries = 1e6, 1
				cfg.Timeout = time.Second
				cfg.Transport = srv.Transport(nil)
				src := quickly(t, cfg)
				h.read(t, src, "101", "", 0, 0)
				var wg sync.WaitGroup
				for id, page := range names {
					wg.Go(func() { h.read(t, src, id, page, 2, 2) })
				}
				wg.Wait()
			})
		}
	}
}

// quickly makes a source that hardly waits before a repeat.
func quickly(t *testing.T, cfg alarmcom.Config) *alarmcom.Source {
	t.Helper()
	src, err := alarmcom.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	src.SetWait(time.Millisecond)
	t.Cleanup(src.CloseIdleConnections)
	return src
}

// Failed calls leave the connections alone: 1,000 details of which 5 % fail need
// about as many as there are calls in flight (fault 53).
func TestFailuresKeepConnections(t *testing.T) {
	t.Parallel()
	for _, way := range []string{"SOAP", "REST"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			bad := &pagesFor{
				inner: alarmcomtest.NewServer(smallDealer(), alarmcomtest.KeepRequests(0)).Handler(),
				pages: map[string]http.HandlerFunc{"666": errorpage.Pages()["whole"]}, tries: map[string]int{},
			}
			srv := errorpage.NewServer(bad, false)
			t.Cleanup(srv.Close)
			cfg := ways(srv.URL)[way]
			cfg.RequestsPerSecond, cfg.Burst, cfg.MaxRetries = 1e6, 1000, -1
			cfg.Transport = srv.Transport(nil)
			src := quickly(t, cfg)
			details(t.Context(), t, src, 1000)
			if n, most := srv.Opened(), 8*maxInFlight; n > most || bad.tries["666"] != 50 {
				t.Errorf("%d connections, want at most %d; %d failures", n, most, bad.tries["666"])
			}
		})
	}
}

// details asks for details with eight workers; every 20th is one that fails.
func details(ctx context.Context, t *testing.T, src *alarmcom.Source, n int64) {
	t.Helper()
	var next atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for i := next.Add(1); i <= n; i = next.Add(1) {
				id := strconv.FormatInt(101+i%10, 10)
				if i%20 == 0 {
					id = "666"
				}
				if _, err := src.CustomerDetail(ctx, id); (err != nil) != (id == "666") {
					t.Errorf("%s: %v", id, err)
				}
			}
		})
	}
	wg.Wait()
}

// A transport that the host uses for other things keeps the connections of
// those, until the host says otherwise (fault 53).
func TestFailuresKeepConnectionsOfOthers(t *testing.T) {
	t.Parallel()
	other := errorpage.NewServer(http.NotFoundHandler(), false)
	t.Cleanup(other.Close)
	h, names := dealerOf(map[string]http.HandlerFunc{"whole": errorpage.Pages()["whole"]})
	srv := errorpage.NewServer(h, false)
	t.Cleanup(srv.Close)
	transport := srv.Transport(func(t *http.Transport) { t.TLSClientConfig = other.Transport(nil).TLSClientConfig })
	cfg := ways(srv.URL)["SOAP"]
	cfg.Transport, cfg.MaxRetries = transport, 1
	src := quickly(t, cfg)
	ask := func() {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, other.URL, nil)
		if err != nil {
			t.Fatal(err)
		}
		resp, err := transport.RoundTrip(req)
		if err != nil {
			t.Fatal(err)
		}
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	ask()
	h.readAll(t, src, names, 2, 2)
	ask()
	if n := other.Opened(); n != 1 {
		t.Errorf("%d connections to another server after failures, want 1", n)
	}
	src.CloseIdleConnections()
	ask()
	if n := other.Opened(); n != 2 {
		t.Errorf("%d connections after CloseIdleConnections, want 2", n)
	}
}

// A service that fails in both ways is there: a busy moment before the error
// pages of one customer does not make an outage of them (fault 12).
func TestErrorPageAfterBusyMoment(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		n := 0
		srv.Fail(func(_ string, id, _ int) *alarmcomtest.Reply {
			if id != 104 {
				return nil
			}
			if n++; n == 1 {
				return &alarmcomtest.Reply{Status: 502}
			}
			return &alarmcomtest.Reply{Status: 500, Body: []byte(strings.Repeat("<html>", 1000)), CutAfter: 100}
		})
		start := time.Now()
		_, err := inMemory(t, srv).CustomerDetail(t.Context(), "104")
		if _, ok := errors.AsType[*adcimport.RecordError](err); !ok || n > maxRetries+2 || time.Since(start) > time.Minute {
			t.Errorf("error %v after %d tries, %v", err, n, time.Since(start))
		}
	})
}

// Replies that mean a busy service by their text alone say so, whatever their status:
// they are no word about the customer.
func TestBusyByItsText(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*alarmcom.Config){"SOAP": func(*alarmcom.Config) {}, "REST": inMemoryPartner(true)} {
		for how, reply := range map[string]alarmcomtest.Reply{
			"fault": {Fault: &alarmcomtest.Fault{Text: "busy"}}, "failure": {Failure: "busy"},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					srv := alarmcomtest.NewServer(smallDealer())
					src := inMemory(t, srv, change, func(c *alarmcom.Config) {
						c.ClassifyFault = func(alarmcom.Fault) error { return adcimport.ErrRateLimited }
					})
					srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
						if op == alarmcomtest.OpPartnerToken || op == "GetLatestCallerVersion" {
							return nil
						}
						return &reply
					})
					_, err := src.CustomerDetail(t.Context(), "104")
					if seen, ok := errors.AsType[*adcimport.CallError](err); !ok || seen.Code != "rate_limited" {
						t.Errorf("error %v", err)
					}
				})
			})
		}
	}
}

// The head of a reply is bounded by default (fault 54).
func TestHeadIsBounded(t *testing.T) {
	t.Parallel()
	h, _ := dealerOf(map[string]http.HandlerFunc{"big": errorpage.BigHead(8 << 20)})
	root, stop := errorpage.NewPlainServer(h)
	t.Cleanup(stop)
	for way, cfg := range ways(root) {
		cfg.MaxRetries = -1
		_, err := quickly(t, cfg).CustomerDetail(t.Context(), "100")
		if e, ok := errors.AsType[*alarmcom.Error](err); !ok || e.Status != 0 {
			t.Errorf("%s: error %v, want one without a reply", way, err)
		}
	}
}
