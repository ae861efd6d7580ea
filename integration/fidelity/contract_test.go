package fidelity_test

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// TestContractIsServed asks for the contract in the ways of several tools.
func TestContractIsServed(t *testing.T) {
	t.Parallel()
	srv := alarmcomtest.NewServer(nil, alarmcomtest.WithWSDL(wsdlDir(t)))
	t.Cleanup(srv.Close)
	const wsdl, text, page = "</wsdl:definitions>", "text/xml; charset=utf-8", "text/html; charset=utf-8"
	for name, test := range map[string]struct {
		method, query string
		status        int
		media, want   string
	}{
		"wsdl":   {http.MethodGet, "?wsdl", http.StatusOK, text, wsdl},
		"WSDL":   {http.MethodGet, "?WSDL", http.StatusOK, text, srv.URL() + "/DealerManagement.asmx"},
		"head":   {http.MethodHead, "?wsdl", http.StatusOK, text, ""},
		"disco":  {http.MethodGet, "?disco", http.StatusOK, text, srv.URL() + "/DealerManagement.asmx?wsdl"},
		"page":   {http.MethodGet, "", http.StatusOK, page, "DealerManagement"},
		"help":   {http.MethodGet, "?op=GetRepList", http.StatusOK, page, "DealerManagement"},
		"delete": {http.MethodDelete, "", http.StatusMethodNotAllowed, page, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			req, err := http.NewRequestWithContext(t.Context(), test.method, srv.URL()+"/DealerManagement.asmx"+test.query, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			resp, err := new(http.Client).Do(req)
			if err != nil {
				t.Fatal(err)
			}
			defer resp.Body.Close() //nolint:errcheck // it was read to its end
			body, err := io.ReadAll(resp.Body)
			if err != nil {
				t.Fatal(err)
			}
			if got := resp.Header.Get("Content-Type"); resp.StatusCode != test.status || got != test.media || !strings.Contains(string(body), test.want) {
				t.Errorf("%d, %q, %.300s", resp.StatusCode, got, body)
			}
			if allowed := resp.Header.Get("Allow"); (allowed != "") != (test.status == http.StatusMethodNotAllowed) {
				t.Errorf("Allow %q with %d", allowed, test.status)
			}
		})
	}
}
