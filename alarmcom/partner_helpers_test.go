package alarmcom_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// partner turns the PartnerApi on, beside SOAP or alone.
func partner(srv *alarmcomtest.Server, only bool) func(*alarmcom.Config) {
	return func(c *alarmcom.Config) {
		c.Partner = srv.PartnerConfig()
		c.Partner.Only = only
	}
}

// inMemoryPartner is the same without a network.
func inMemoryPartner(only bool) func(*alarmcom.Config) {
	return func(c *alarmcom.Config) {
		c.Partner = &alarmcom.PartnerConfig{
			Only:    only,
			BaseURL: "http://127.0.0.1/PartnerApi/v1", TokenURL: "http://127.0.0.1/AdminApiAccess/token",
		}
	}
}

// transports are the ways to one account: each test over them holds for all.
func transports(srv *alarmcomtest.Server) map[string]func(*alarmcom.Config) {
	return map[string]func(*alarmcom.Config){
		"SOAP":          func(*alarmcom.Config) {},
		"REST and SOAP": partner(srv, false),
		"REST":          partner(srv, true),
	}
}

// told answers what a source warns of at the end of a run.
func told(t *testing.T, src *alarmcom.Source, k adcimport.Kind) string {
	t.Helper()
	var run adcimport.RunInfo
	run.Kind = k
	return strings.Join(src.Warnings(t.Context(), run), "\n")
}

// soapCalls counts the requests that went to the SOAP services.
func soapCalls(srv *alarmcomtest.Server) int {
	n := 0
	for _, r := range srv.Requests() {
		if !strings.HasPrefix(r.Op, "PartnerApi/") {
			n++
		}
	}
	return n
}

// jsonReply answers a text as it is.
func jsonReply(body string) alarmcomtest.Reply {
	return alarmcomtest.Reply{Body: []byte(body), Header: http.Header{"Content-Type": {"application/json"}}}
}

func isUnsupported(err error) bool { return errors.Is(err, errors.ErrUnsupported) }
