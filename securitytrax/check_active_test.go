package securitytrax_test

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
)

// answer is a transport that gives the same reply to everything.
type answer string

func (a answer) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{"Content-Type": {"application/vnd.api+json"}},
		Body: io.NopCloser(strings.NewReader(string(a))), Request: r,
	}, nil
}

// fault 40: a link is active when it says so, in whatever form; everything else that
// it says is no.
func TestFault40_activeInWhateverForm(t *testing.T) {
	t.Parallel()
	for attributes, active := range map[string]bool{
		`"active":true`: true, `"active":1`: true, `"active":"1"`: true, `"active":"true"`: true, `"active":"TRUE"`: true,
		`"active":"active"`: true, `"active":" Yes "`: true, `"name":"acme"`: true,
		`"active":false`: false, `"active":0`: false, `"active":"0"`: false, `"active":"false"`: false, `"active":"inactive"`: false,
		`"active":null`: false, `"active":""`: false, `"active":"no"`: false, `"active":"pending"`: false, `"active":2`: false,
		`"active":{"is":true}`: false, `"active":[true]`: false, `"active":0.0`: false, `"active":"Disabled"`: false,
	} {
		t.Run(attributes, func(t *testing.T) {
			t.Parallel()
			sink, err := securitytrax.New(securitytrax.Config{
				BaseURL: "https://api.invalid", Profile: "acme", ISPID: "1", Credentials: accessToken("token"),
				Transport: answer(`{"data":{"type":"isps","id":"1","attributes":{` + attributes + `}}}`),
			})
			if err != nil {
				t.Fatal(err)
			}
			if err := sink.Check(t.Context()); (err == nil) != active || err != nil && !errors.Is(err, adcimport.ErrNotLinked) {
				t.Errorf("Check = %v", err)
			}
		})
	}
}
