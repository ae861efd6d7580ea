package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
)

// Config describes a [Sink]. Endpoint and Secret are required.
type Config struct {
	Endpoint string           // https, or http on this machine; no user, no query
	Secret   []byte           // shared with the endpoint; 32 bytes or more
	Client   *http.Client     // nil: one of its own. Its CheckRedirect is not used: nothing is sent elsewhere
	Timeout  time.Duration    // of one request; 0: half a minute
	Now      func() time.Time // for signatures; nil: time.Now
}

// Sink is an [adcimport.Sink] over an HTTP endpoint. It is safe for concurrent
// use.
type Sink struct {
	cfg    Config
	client *http.Client
}

var (
	_ adcimport.Sink    = (*Sink)(nil)
	_ adcimport.Checker = (*Sink)(nil)
)

const minSecret = 32

// New checks cfg and makes a sink. Nothing is sent.
func New(cfg Config) (*Sink, error) {
	refuse := func(field, rule string) (*Sink, error) {
		return nil, &adcimport.InvalidOptionsError{Field: "webhooksink.Config." + field, Rule: rule}
	}
	u, err := url.Parse(cfg.Endpoint)
	switch {
	case err != nil || u.Host == "":
		return refuse("Endpoint", "must be a URL")
	case u.Scheme != "https" && (u.Scheme != "http" || !thisMachine(u.Hostname())):
		return refuse("Endpoint", "must be https, or http on this machine")
	case u.User != nil || u.RawQuery != "" || u.Fragment != "":
		return refuse("Endpoint", "must have no user, query or fragment")
	case len(cfg.Secret) < minSecret:
		return refuse("Secret", fmt.Sprintf("must have %d bytes or more", minSecret))
	case cfg.Timeout < 0:
		return refuse("Timeout", "must not be negative")
	case cfg.Timeout == 0:
		cfg.Timeout = 30 * time.Second
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	cfg.Endpoint = strings.TrimRight(u.String(), "/")
	cfg.Secret = slices.Clone(cfg.Secret)
	client := new(http.Client)
	if cfg.Client != nil {
		*client = *cfg.Client
	}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return &Sink{cfg: cfg, client: client}, nil
}

func thisMachine(host string) bool {
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && net.IP(ip.AsSlice()).IsLoopback()
}

// Check implements [adcimport.Checker]: the endpoint takes our signature.
func (s *Sink) Check(ctx context.Context) error {
	_, err := s.find(ctx, "customers", []string{})
	return err
}

// FindCustomers implements [adcimport.CustomerSink].
func (s *Sink) FindCustomers(ctx context.Context, keys []adcimport.CustomerKey) (map[string][]string, error) {
	if len(keys) == 0 {
		return nil, context.Cause(ctx)
	}
	ids := make([]string, len(keys))
	for i := range keys {
		ids[i] = keys[i].ID
	}
	return s.find(ctx, "customers", ids)
}

// FindUsers implements [adcimport.UserSink]. That a user name is taken, the
// create says.
func (s *Sink) FindUsers(ctx context.Context, keys []adcimport.UserKey) (map[string][]string, error) {
	if len(keys) == 0 {
		return nil, context.Cause(ctx)
	}
	ids := make([]string, len(keys))
	for i := range keys {
		ids[i] = keys[i].ID
	}
	return s.find(ctx, "users", ids)
}

// CreateCustomers implements [adcimport.CustomerSink].
func (s *Sink) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	return s.createAll(ctx, "customers", len(recs), func(i int) create {
		return create{id: recs[i].AlarmComID, key: recs[i].IdempotencyKey, body: customerBody(&recs[i])}
	})
}

// CreateUsers implements [adcimport.UserSink].
func (s *Sink) CreateUsers(ctx context.Context, recs []adcimport.UserRecord) ([]adcimport.WriteResult, error) {
	return s.createAll(ctx, "users", len(recs), func(i int) create {
		return create{id: recs[i].AlarmComID, key: recs[i].IdempotencyKey, body: userBody(&recs[i])}
	})
}
