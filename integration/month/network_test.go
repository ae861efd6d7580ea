package month_test

import (
	"bytes"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/securitytrax/adcimport"
)

// call is a request as the simulation sees it.
type call struct {
	end   string
	on    operation
	kind  adcimport.Kind
	login bool     // it asks for a token
	links bool     // it gives an Alarm.com id to a record that people typed in
	ids   []string // whom it is about
}

var (
	soapID     = regexp.MustCompile(`CustomerId>(\d+)<`)
	lastName   = regexp.MustCompile(`"lname":"` + family + `(\d+)"`)
	linkedID   = regexp.MustCompile(`"(?:isp_customer_id|external_id)":"(\d+)"`)
	filterTerm = regexp.MustCompile(`'(?:` + family + `|rep)?(\d{3,6})'`)
)

// what says what a request is.
func what(end string, r *http.Request, body []byte) *call {
	c := &call{end: end, on: opCheck}
	if end == alarm {
		action := strings.Trim(r.Header.Get("Soapaction"), `"`)
		switch action[strings.LastIndex(action, "/")+1:] {
		case "GetCustomerList_V2", "GetCustomerListByBranchId":
			c.on, c.kind = opList, adcimport.KindCustomer
		case "GetRepList":
			c.on, c.kind = opList, adcimport.KindUser
		case "GetCustomerInfo_V2":
			c.on, c.kind, c.ids = opDetail, adcimport.KindCustomer, found(soapID, string(body))
		}
		return c
	}
	path := strings.Split(strings.TrimPrefix(r.URL.Path, "/sandbox/user/v1/"), "/")
	filter, _ := url.QueryUnescape(r.URL.RawQuery)
	switch {
	case path[0] == "authenticate":
		c.login = true
	case path[0] == "customers" || path[0] == "isp_connections":
		c.kind = adcimport.KindCustomer
	case path[0] == "users" && (r.Method != http.MethodGet || strings.Contains(filter, "external_id")):
		c.kind = adcimport.KindUser
	}
	switch {
	case c.kind == "":
	case r.Method == http.MethodPost:
		c.on, c.ids = opCreate, found(lastName, string(body))
	case r.Method == http.MethodPatch && !lastName.Match(body) && linkedID.Match(body):
		c.on, c.links, c.ids = opCreate, true, found(linkedID, string(body))
	case r.Method == http.MethodPatch:
		c.on, c.ids = opUpdate, found(lastName, string(body))
	case strings.Contains(filter, "filter="):
		c.on, c.ids = opFind, found(filterTerm, filter)
	}
	return c
}

func found(re *regexp.Regexp, text string) []string {
	var ids []string
	for _, m := range re.FindAllStringSubmatch(text, -1) {
		ids = append(ids, m[1])
	}
	return ids
}

// wire is a host's way to a service: what is out of order on it is told by the
// world, and it is cut when the host dies.
type wire struct {
	host *host
	end  string
	base http.RoundTripper
}

// RoundTrip implements http.RoundTripper.
func (n *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		defer r.Body.Close() //nolint:errcheck // it was read
		var err error
		if body, err = io.ReadAll(r.Body); err != nil {
			return nil, err
		}
	}
	c := what(n.end, r, body)
	if err := n.host.step(); err != nil {
		return nil, err
	}
	w := n.host.world
	if !wait(r, w.latency(c)) {
		return nil, r.Context().Err()
	}
	met := w.meets(c)
	resp, err := n.deal(met, c, r, body)
	if derr := n.host.step(); derr != nil {
		resp, err = nil, derr
	}
	w.seen(c, resp, err)
	if *calls {
		w.tell("  %s", c.line(resp, err))
	}
	return resp, err
}

// line tells of a call.
func (c *call) line(resp *http.Response, err error) string {
	end := fmt.Sprint(err)
	if err == nil {
		end = resp.Status
	}
	return fmt.Sprint(c.end, " ", c.on, " ", c.kind, " ", c.ids, ": ", end)
}

// wait lets time pass; false: the caller left.
func wait(r *http.Request, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

// latency is different for each call, so that concurrent ones have an order.
func (w *world) latency(c *call) time.Duration {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.calls++
	h := fnv.New64a()
	_, _ = fmt.Fprint(h, w.seed, c.end, c.on, c.kind, c.ids, len(w.nights))
	return 10*time.Millisecond + time.Duration(h.Sum64()%40_000)*time.Microsecond
}

func (n *wire) serve(r *http.Request, body []byte) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
	return n.base.RoundTrip(r)
}

// deal does to a request what the trouble does; nil: the service answers.
func (n *wire) deal(t *trouble, c *call, r *http.Request, body []byte) (*http.Response, error) {
	if t == nil {
		return n.serve(r, body)
	}
	switch t.how {
	case "made 500", "lost":
		if _, err := n.serve(r, body); err != nil {
			return nil, err
		}
		if t.how == "lost" {
			return nil, syscall.ECONNRESET
		}
		return n.reply(r, http.StatusInternalServerError, ""), nil
	case "half-made":
		half, err := halfOf(body)
		if err != nil {
			return nil, err
		}
		if _, err := n.serve(r, half); err != nil {
			return nil, err
		}
		n.host.world.halved(c)
		return n.reply(r, http.StatusInternalServerError, ""), nil
	case "reset":
		return nil, syscall.ECONNRESET
	case "hang":
		<-r.Context().Done()
		return nil, r.Context().Err()
	case "html":
		return n.reply(r, http.StatusOK, page), nil
	case "fault":
		return n.reply(r, http.StatusInternalServerError, soapFault), nil
	case "503 hint":
		resp := n.reply(r, http.StatusServiceUnavailable, page)
		resp.Header.Set("Retry-After", strconv.Itoa(int(max(30*time.Second, min(time.Until(t.over), time.Hour)).Seconds())))
		return resp, nil
	case "limit":
		return n.reply(r, http.StatusTooManyRequests, ""), nil
	}
	status, err := strconv.Atoi(t.how)
	if err != nil {
		return nil, fmt.Errorf("no such reply: %s", t.how)
	}
	if status == http.StatusUnprocessableEntity {
		return n.reply(r, status, refusal), nil
	}
	return n.reply(r, status, page), nil
}

const (
	page      = "<!DOCTYPE html>\n<html><head><title>Error</title></head><body><h1>Error</h1></body></html>\n"
	refusal   = `{"errors":[{"status":"422","code":"inclusion","source":{"pointer":"/data/attributes/city"}}]}`
	soapFault = `<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><soap:Fault>` +
		`<faultcode>soap:Server</faultcode><faultstring>Server was unable to process request.</faultstring>` +
		`</soap:Fault></soap:Body></soap:Envelope>`
)

func (n *wire) reply(r *http.Request, status int, text string) *http.Response {
	kind := "application/vnd.api+json"
	switch text {
	case page:
		kind = "text/html; charset=utf-8"
	case soapFault:
		kind = "text/xml; charset=utf-8"
	case "":
		text = fmt.Sprintf(`{"errors":[{"status":"%d"}]}`, status)
	}
	return &http.Response{
		Status: fmt.Sprint(status, " ", http.StatusText(status)), StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {kind}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: -1, Request: r,
	}
}

var errDead = errors.New("the host is dead")
