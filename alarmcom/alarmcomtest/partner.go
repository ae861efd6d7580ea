package alarmcomtest

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
)

// The operations of the PartnerApi, as [Request.Op] has them.
const (
	OpPartnerToken     = "PartnerApi/token"
	OpPartnerCustomers = "PartnerApi/customers"
	OpPartnerCustomer  = "PartnerApi/customers/{id}"
	OpPartnerReps      = "PartnerApi/reps"
)

// DefaultClientID is the client id that the token address accepts unless
// [WithPartnerClient] says otherwise.
const DefaultClientID = "6f1c0d3e-8f2b-4a57-9d65-2d7b0c1e4a90"

// The addresses of the PartnerApi.
const (
	partnerPath = "/PartnerApi/v1"
	tokenPath   = "/AdminApiAccess/token"
)

// Partner says how the PartnerApi side of a server behaves. The zero value is
// what the facts say of it, with the fields that nobody has seen under the
// camelCase of their SOAP names, and without central-station data.
type Partner struct {
	TokenLife      time.Duration // told as expires_in, and kept to; 0: not told, and without end
	MaxPageSize    int           // of /customers and paged /reps; 0: as asked for
	PageReps       bool          // /reps has pages; else it has all in one
	CentralStation bool          // /customers/{id} has centralStationInfo
	Hidden         []string      // fields of customers and reps that the login may not see: null
	Absent         []string      // fields of customers and reps that are not there at all
	RefuseUnseen   bool          // a field that nobody has seen is refused when it is asked for
	// Drift is called before each page of /customers is made, with how many were
	// asked for, from 1: what it does to the dealer makes pages slip.
	Drift func(n int, d *adcimporttest.Dealer)
}

// WithPartner changes how the PartnerApi behaves. Without it the zero [Partner]
// is served.
func WithPartner(p Partner) Option {
	return func(o *options) { o.partner = p }
}

// PartnerConfig is the configuration of the PartnerApi over this server, for
// [alarmcom.Config.Partner].
func (s *Server) PartnerConfig() *alarmcom.PartnerConfig {
	root := strings.TrimSuffix(s.URL(), basePath)
	return &alarmcom.PartnerConfig{BaseURL: root + partnerPath, TokenURL: root + tokenPath}
}

// ExpireTokens ends all access tokens: the next call with one gets a 401.
func (s *Server) ExpireTokens() { s.tokens.clear() }

// tokens are the access tokens that are good.
type tokens struct {
	mu    sync.Mutex
	made  int
	until func() map[string]time.Time // zero: without end; a closure, which no printer looks into
}

func (t *tokens) init() {
	until := make(map[string]time.Time)
	t.until = func() map[string]time.Time { return until }
}

func (t *tokens) issue(life time.Duration) string {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.made++
	token := fmt.Sprintf("token-%d", t.made)
	t.until()[token] = time.Time{}
	if life > 0 {
		t.until()[token] = time.Now().Add(life)
	}
	return token
}

func (t *tokens) good(token string) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	until, ok := t.until()[token]
	return ok && (until.IsZero() || time.Now().Before(until))
}

func (t *tokens) clear() {
	t.mu.Lock()
	defer t.mu.Unlock()
	clear(t.until())
}

// partnerExchange is one request of the PartnerApi.
type partnerExchange struct {
	w     http.ResponseWriter
	r     *http.Request
	op    string
	id    int
	reply *Reply // never nil
}

// partnerOperation finds the operation of a request.
func partnerOperation(r *http.Request) (op string, id int) {
	path := strings.ToLower(r.URL.Path)
	rest, under := strings.CutPrefix(path, strings.ToLower(partnerPath)+"/")
	number, ofCustomer := strings.CutPrefix(rest, "customers/")
	id, err := strconv.Atoi(number)
	switch {
	case path == strings.ToLower(tokenPath) && r.Method == http.MethodPost:
		return OpPartnerToken, 0
	case !under || r.Method != http.MethodGet:
		return "", 0
	case rest == "customers":
		return OpPartnerCustomers, 0
	case rest == "reps":
		return OpPartnerReps, 0
	case ofCustomer && err == nil:
		return OpPartnerCustomer, id
	}
	return "", 0
}

// servePartner serves a request of the PartnerApi, and says whether it is one.
func (s *Server) servePartner(w http.ResponseWriter, r *http.Request) bool {
	op, id := partnerOperation(r)
	if op == "" {
		return false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		html(w, http.StatusRequestEntityTooLarge, "The request is too large.")
		return true
	}
	if op != OpPartnerToken {
		body = []byte(r.URL.RequestURI())
	}
	x := &partnerExchange{w: w, r: r, op: op, id: id, reply: &Reply{}}
	n := s.log.add(Request{Op: op, ID: id, Body: body})
	if reply := s.hook.decide(op, id, n); reply != nil {
		x.reply = reply
	}
	x.reply.wait(r)
	if x.early() {
		return true
	}
	token, _ := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	switch {
	case op == OpPartnerToken:
		s.serveToken(x, string(body))
	case !s.tokens.good(token):
		x.message(http.StatusUnauthorized, "Authorization has been denied for this request.")
	case op == OpPartnerCustomers:
		s.servePartnerCustomers(x, n)
	case op == OpPartnerCustomer:
		s.servePartnerCustomer(x)
	default:
		s.servePartnerReps(x)
	}
	return true
}

// early sends what does not depend on the resource.
func (x *partnerExchange) early() bool {
	switch {
	case x.reply.Reset:
		reset(x.w)
	case x.reply.raw():
		x.reply.send(x.w, x.r, cmp.Or(x.reply.Status, http.StatusOK), x.reply.Body)
	case x.reply.Fault != nil:
		x.failure(http.StatusInternalServerError, x.reply.Fault.Text)
	case x.reply.Failure != "":
		x.failure(http.StatusOK, x.reply.Failure)
	case x.reply.Empty:
		x.json(http.StatusOK, nil)
	default:
		return false
	}
	return true
}

// failure is a message, or what OAuth has for it.
func (x *partnerExchange) failure(status int, text string) {
	if x.op == OpPartnerToken {
		x.json(http.StatusBadRequest, map[string]any{"error": "invalid_grant", "error_description": text})
		return
	}
	x.message(status, text)
}

func (x *partnerExchange) message(status int, text string) {
	x.json(status, map[string]any{"message": text})
}

func (x *partnerExchange) json(status int, v any) {
	body, err := json.Marshal(v)
	if err != nil { // maps, lists and texts only
		panic(err)
	}
	x.w.Header().Set("Content-Type", "application/json; charset=utf-8")
	x.reply.send(x.w, x.r, status, body)
}
