package securitytrax_test

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// frontTransport is a service behind something that speaks TLS for it: it answers to
// the address that a host was given, and to no other.
type frontTransport struct {
	asked []string
	next  string
}

func (f *frontTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	f.asked = append(f.asked, r.URL.Scheme+"://"+r.URL.Host)
	next := ""
	if len(f.asked) == 1 {
		next = f.next
	}
	body := fmt.Sprintf(`{"data":[{"type":"locations","id":"%d","attributes":{"name":"x"}}],"links":{"next":%q}}`, len(f.asked), next)
	return replyOf(r, http.StatusOK, body), nil
}

// Fault 62: links.next as a service writes it that does not know how it is called.
func TestFault62_nextPage(t *testing.T) {
	t.Parallel()
	const own = "https://api.securitytrax.com"
	for next, pages := range map[string]int{
		"http://api.securitytrax.com/p/user/v1/locations?page=2":      2,
		"http://api.securitytrax.com:80/p/user/v1/locations?page=2":   2,
		"https://api.securitytrax.com:443/p/user/v1/locations?page=2": 2,
		"HTTPS://API.SecurityTrax.com/p/user/v1/locations?page=2":     2,
		"//api.securitytrax.com/p/user/v1/locations?page=2":           2,
		"/p/user/v1/locations?page=2#top":                             2,
		"https://api.securitytrax.com.evil.test/locations?page=2":     1,
		"https://api.securitytrax.com:8443/locations?page=2":          1,
		"https://user@api.securitytrax.com/locations?page=2":          1,
		"file:///etc/passwd": 1,
	} {
		t.Run(next, func(t *testing.T) {
			t.Parallel()
			front := &frontTransport{next: next}
			sink := newSink(t, securitytraxtest.New(securitytraxtest.WithAccessToken("pat")), func(c *securitytrax.Config) {
				c.BaseURL, c.Credentials, c.Transport, c.MaxRetries = own+"/p/user/v1", accessToken("pat"), front, -1
			})
			list, err := sink.Offices(t.Context())
			if (err == nil) != (pages == 2) || err == nil && len(list) != pages {
				t.Errorf("%d offices, %v", len(list), err)
			}
			want := []string{own, own}[:pages]
			if diff := cmp.Diff(want, front.asked); diff != "" {
				t.Errorf("asked (-want +got):\n%s", diff)
			}
		})
	}
}

func replyOf(r *http.Request, status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Header: http.Header{"Content-Type": {"application/vnd.api+json"}}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}
