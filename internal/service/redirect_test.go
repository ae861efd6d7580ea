package service_test

import (
	"errors"
	"net/http"
	"net/url"
	"testing"

	"github.com/securitytrax/adcimport/internal/service"
)

// Fault 62: one host has many spellings, and others only look like it.
func TestSameHost(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		own, other string
		want       bool
	}{
		{"https://api.example.com/a", "https://api.example.com/b", true},
		{"https://api.example.com/a", "https://api.example.com:443/b", true},
		{"https://api.example.com/a", "https://API.Example.COM/b", true},
		{"https://api.example.com/a", "https://api.example.com./b", true},
		{"https://api.example.com/a", "http://api.example.com/b", true},
		{"https://api.example.com/a", "http://API.example.com:80/b", true},
		{"https://api.example.com/a", "http://api.example.com:443/b", true},
		{"https://api.example.com:8443/a", "http://api.example.com:8443/b", true},
		{"http://api.example.com/a", "http://api.example.com:80/b", true},
		{"http://[::1]:8080/a", "http://[::1]:8080/b", true},
		{"http://api.example.com/a", "https://api.example.com/b", false},
		{"https://api.example.com/a", "https://api.example.com:8443/b", false},
		{"https://api.example.com/a", "http://api.example.com:8080/b", false},
		{"https://api.example.com/a", "https://api.example.com.evil.test/b", false},
		{"https://api.example.com/a", "https://evil.test/api.example.com", false},
		{"https://api.example.com/a", "ftp://api.example.com/b", false},
		{"https://api.example.com/a", "https://аpi.example.com/b", false}, // a Cyrillic letter
	} {
		own, other := parsed(t, tt.own), parsed(t, tt.other)
		if got := service.SameHost(own, other); got != tt.want {
			t.Errorf("%s and %s: %t", tt.own, tt.other, got)
		}
	}
}

// Fault 62: a redirect to another spelling is followed, one to another scheme never.
func TestStayOnHost(t *testing.T) {
	t.Parallel()
	refused := errors.New("refused")
	follow := service.StayOnHost(refused)
	for _, tt := range []struct {
		from, to string
		want     error
	}{
		{"http://a.example.com/x", "http://a.example.com:80/y", nil},
		{"https://a.example.com/x", "https://A.example.com:443/y", nil},
		{"https://a.example.com/x", "https://a.example.com./y", nil},
		{"https://a.example.com/x", "http://a.example.com/y", refused},
		{"https://a.example.com/x", "http://a.example.com:443/y", refused},
		{"https://a.example.com/x", "https://b.example.com/y", refused},
	} {
		first := &http.Request{Method: http.MethodPost, URL: parsed(t, tt.from)}
		next := &http.Request{Method: http.MethodPost, URL: parsed(t, tt.to)}
		if err := follow(next, []*http.Request{first}); !errors.Is(err, tt.want) {
			t.Errorf("%s to %s: %v", tt.from, tt.to, err)
		}
	}
}

func parsed(t *testing.T, address string) *url.URL {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u
}
