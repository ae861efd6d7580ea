package securitytraxtest

import (
	"context"
	"net/http"
	"time"
)

// Option changes a [Server].
type Option func(*settings)

type settings struct {
	profile                string
	secrets                func() *secrets // a closure, which no printer looks into
	now                    func() time.Time
	tokenLife              time.Duration
	pageSize               int
	paging                 pagingForm
	monitoring             *relation  // nil: the data are the customer's
	invalidStatus          int        // of what breaks rules
	errorForm              *errorForm // nil: errors have pointers
	cutPages               bool
	collates               bool
	collation              func(string) string
	uniqueUsernames        bool
	honourKeys             bool
	delay                  time.Duration
	emailAttribute         string
	offices, groups        []string
	customerTags, userTags []string
}

type secrets struct{ integratorKey, username, password, access string }

func defaultSettings() settings {
	kept := secrets{integratorKey: DefaultIntegratorKey, username: DefaultUsername, password: DefaultPassword}
	return settings{
		profile:       DefaultProfile,
		secrets:       func() *secrets { return &kept },
		now:           time.Now,
		tokenLife:     10 * time.Minute,
		pageSize:      100,
		paging:        pagingForm{page: "page[number]", size: "page[size]", first: 1, links: true},
		invalidStatus: http.StatusUnprocessableEntity,
		collation:     func(text string) string { return text },
		offices:       []string{"Headquarters", "North Office"},
		groups:        []string{"Technician", "Sales", "Administrator"},
		customerTags:  []string{"Alarm.com", "Imported"},
		userTags:      []string{"Field"},
	}
}

// noContext is for what has no caller that could cancel it.
func noContext() context.Context { return context.Background() }

// WithProfile sets the dealer's slug in the base URL.
func WithProfile(profile string) Option { return func(s *settings) { s.profile = profile } }

// WithIntegratorKey sets the integrator key.
func WithIntegratorKey(key string) Option {
	return func(s *settings) { s.secrets().integratorKey = key }
}

// WithLogin sets the user name and password that authenticate takes.
func WithLogin(username, password string) Option {
	return func(s *settings) { s.secrets().username, s.secrets().password = username, password }
}

// WithAccessToken makes a personal access token valid.
func WithAccessToken(token string) Option { return func(s *settings) { s.secrets().access = token } }

// WithClock sets the time by which tokens end and records become visible.
func WithClock(now func() time.Time) Option { return func(s *settings) { s.now = now } }

// WithPageSize sets how many resources a page holds at most.
func WithPageSize(n int) Option { return func(s *settings) { s.pageSize = max(n, 1) } }

// WithCutPages leaves the links of pages out: what does not fit on the first one is
// not told of.
func WithCutPages() Option { return func(s *settings) { s.cutPages = true } }

// WithCollation makes filters, and the rule of unique user names, take texts for
// equal that have one key, as databases do with a collation.
func WithCollation(key func(text string) string) Option {
	return func(s *settings) { s.collates, s.collation = true, key }
}

// WithUniqueUsernames makes the server refuse a user name that is taken, with
// 409.
func WithUniqueUsernames() Option { return func(s *settings) { s.uniqueUsernames = true } }

// WithIdempotencyKeys makes the server answer a repeated Idempotency-Key with
// the first reply and without effect.
func WithIdempotencyKeys() Option { return func(s *settings) { s.honourKeys = true } }

// WithDelayedVisibility hides what was created from every GET for so long.
func WithDelayedVisibility(d time.Duration) Option { return func(s *settings) { s.delay = d } }

// WithEmailAttribute makes the server mail a login only when this attribute of
// a user is true.
func WithEmailAttribute(name string) Option { return func(s *settings) { s.emailAttribute = name } }

// WithOffices sets the office locations, by name.
func WithOffices(names ...string) Option { return func(s *settings) { s.offices = names } }

// WithPermissionGroups sets the permission groups, by name.
func WithPermissionGroups(names ...string) Option { return func(s *settings) { s.groups = names } }

// WithCustomerTags sets the customer tags, by name.
func WithCustomerTags(names ...string) Option { return func(s *settings) { s.customerTags = names } }

// WithUserTags sets the user tags, by name.
func WithUserTags(names ...string) Option { return func(s *settings) { s.userTags = names } }
