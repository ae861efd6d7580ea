package securitytrax_test

import (
	"errors"
	"net/http"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// fault 38: an update of what was deleted says so; one that is refused because of what
// it relates to does not.
func TestFault38_updatesOfWhatIsGone(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		before func(srv *securitytraxtest.Server, id string, rec *adcimport.CustomerRecord)
		want   adcimport.Reason
	}{
		"deleted": {func(srv *securitytraxtest.Server, id string, _ *adcimport.CustomerRecord) {
			srv.Delete("customers", id)
		}, adcimport.ReasonGoneInSink},
		"410": {func(srv *securitytraxtest.Server, _ string, _ *adcimport.CustomerRecord) {
			srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
				if r.Method != http.MethodPatch {
					return nil
				}
				return &securitytraxtest.Reply{Status: http.StatusGone, Body: []byte(`{"errors": [{"status": "410"}]}`)}
			})
		}, adcimport.ReasonGoneInSink},
		"404 without a word": {func(srv *securitytraxtest.Server, _ string, _ *adcimport.CustomerRecord) {
			srv.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
				if r.Method != http.MethodPatch {
					return nil
				}
				return &securitytraxtest.Reply{Status: http.StatusNotFound, Body: []byte(`{}`)}
			})
		}, adcimport.ReasonGoneInSink},
		"its rep was deleted": {func(_ *securitytraxtest.Server, _ string, rec *adcimport.CustomerRecord) {
			rec.RepID = "404"
		}, adcimport.ReasonRejectedBySink},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := securitytraxtest.New()
			sink := newSink(t, srv)
			rec := customer(t, srv, "1")
			id := createCustomer(t, sink, rec).ID
			tt.before(srv, id, &rec)
			results, err := sink.UpdateCustomers(t.Context(), []string{id}, []adcimport.CustomerRecord{rec})
			if err != nil || len(results) != 1 {
				t.Fatal(results, err)
			}
			re, ok := errors.AsType[*adcimport.RecordError](results[0].Err)
			if !ok || re.Reason != tt.want || results[0].Status != adcimport.WriteRejected {
				t.Errorf("%+v, want %s", results[0], tt.want)
			}
		})
	}
}
