// Package service has what the clients of both services share.
package service

import (
	"crypto/tls"
	"net"
	"net/http"
	"time"
)

// maxHeader bounds the head of a reply, in bytes.
const maxHeader = 64 << 10

// idleConns is how many connections are kept, at least.
const idleConns = 16

// NewTransport makes the transport of a client that was given none. It verifies
// TLS, as the zero tls.Config does, reads no proxy from the environment, and
// keeps connections for some time: as many as there are requests in flight, so
// that none is closed only because it rests.
func NewTransport(idle time.Duration, inFlight int) *http.Transport {
	return &http.Transport{
		DialContext:            (&net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}).DialContext,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    10 * time.Second,
		ForceAttemptHTTP2:      true,
		MaxIdleConnsPerHost:    max(idleConns, inFlight),
		IdleConnTimeout:        idle,
		MaxResponseHeaderBytes: maxHeader,
	}
}
