package securitytrax_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// Fault 60: what the path of an id leads to is not the option: `..` is the account,
// and a database that compares text with numbers takes 5abc for 5.
func TestFault60_optionIDs(t *testing.T) {
	t.Parallel()
	for _, id := range []string{".", "..", "5abc", "05", "5 ", "5.0", "5\u200b", "%2e%2e"} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			office, group := idOf(t, srv, "locations", "Headquarters"), idOf(t, srv, "permission_groups", "Sales")
			srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
				part := r.URL.EscapedPath()[strings.LastIndex(r.URL.EscapedPath(), "/")+1:]
				if r.Method != http.MethodGet || part == office || part == group {
					return nil
				}
				return &securitytraxtest.Reply{Status: 200, Body: fmt.Appendf(nil, `{"data":{"type":"x","id":%q}}`, "5")}
			})
			sink := newSink(t, srv)
			checkField(t, sink.CheckCustomerOptions(t.Context(), adcimport.CustomerOptions{OfficeID: id}), "OfficeID")
			checkField(t, sink.CheckCustomerOptions(t.Context(), adcimport.CustomerOptions{OfficeID: office, DefaultRepID: id}), "DefaultRepID")
			checkField(t, sink.CheckCustomerOptions(t.Context(), adcimport.CustomerOptions{OfficeID: office, TagIDs: []string{id}}), "TagIDs")
			checkField(t, sink.CheckUserOptions(t.Context(), adcimport.UserOptions{PermissionGroupID: id}), "PermissionGroupID")
		})
	}
}

// Fault 60: nor is a dot, or two, a customer that a person links.
func TestFault60_linkToADot(t *testing.T) {
	t.Parallel()
	for _, id := range []string{".", "..", ""} {
		srv := securitytraxtest.New()
		results, err := newSink(t, srv).LinkCustomers(t.Context(), []adcimport.CustomerLink{{ID: id, AlarmComID: "7"}})
		if err != nil || len(results) != 1 || results[0].Status != adcimport.WriteRejected {
			t.Errorf("%q: %+v, %v", id, results, err)
		}
		if n := len(srv.Requests()); n > 1 {
			t.Errorf("%q: %d requests", id, n)
		}
	}
}
