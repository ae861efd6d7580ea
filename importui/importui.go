// Package importui is the import in the browser: the steps from the first look at a
// link to the summary of a run, what may be in SecurityTrax already, single records,
// the history and the nightly imports of many links, as one [http.Handler].
//
// A host makes it over its [links.Set], says who may do what with Config.Authorize,
// and mounts it:
//
//	ui, err := importui.New(importui.Config{Links: set, Authorize: who, Prefix: "/imports", Key: key})
//	if err != nil {
//		return err
//	}
//	defer ui.Close()
//	mux.Handle("/imports/", ui)
//
// Every page works without JavaScript; with it progress comes by itself, long lists
// are searched at once, and doubtful records are decided by keys.
//
// What a page asks of the services is bounded and shared between those who look at the
// same time. Names, addresses and the like are read when a page shows them, and are
// neither stored nor logged.
package importui

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// ErrNoSession is what Config.Authorize returns, or wraps, for somebody who is not
// logged in. They are told so, and what they had entered is kept on the page.
var ErrNoSession = errors.New("not logged in")

// Link is a link that an identity may use.
type Link struct {
	ID    string // as the set knows it
	Title string // as people call it, such as the dealer's name; empty: the id
}

// Identity is who asks, and what they may do. The zero value may do nothing, and is
// refused.
type Identity struct {
	// ID is opaque: it is stored with the runs that they start, as the label started_by,
	// and shown through Config.NameOf. Required, at most 64 bytes.
	ID string
	// Links are those that they may use, in the order in which they are listed. To anybody
	// else a link does not exist. Empty: none.
	Links []Link
	// MayRun is the right to change something: to start, cancel, resume and retry runs, to
	// decide, to forget, and to switch nightly imports on and off. Without it they look.
	MayRun bool
	// MaySeeRecords is the right to see what is in records: names, addresses, phone numbers
	// and e-mail addresses. Without it they see ids, codes and counts.
	MaySeeRecords bool
	// Zone is where times are shown in; nil: UTC.
	Zone *time.Location
}

// End is where a record is.
type End string

// The ends.
const (
	AlarmCom     End = "alarmcom"
	SecurityTrax End = "securitytrax"
)

// Config describes a Handler. Links, Authorize and Key are required.
type Config struct {
	Links *links.Set

	// Authorize says who asks. An error that is not [ErrNoSession] is logged, and shown as
	// a page that says no more than "not now". It is called once for each request.
	Authorize func(r *http.Request) (Identity, error)

	// Prefix is the path that the handler is mounted at, as in /imports; empty: the root.
	Prefix string

	// Key signs what a page carries from step to step: 32 bytes at least, secret, and the
	// same on every host that serves these pages.
	Key []byte

	// Schedules keeps nightly imports; nil: there are none, and no page of them.
	Schedules links.Schedules

	// NameOf is the name to show for the id of an identity; nil, or an empty name: "somebody".
	NameOf func(ctx context.Context, identityID string) string

	// RecordURL is the address of a record at one of its ends, by the id that it has there;
	// nil, or an empty address: there is no link to it.
	RecordURL func(link string, k adcimport.Kind, at End, id string) string

	// LogInURL is where people log in whose session is over; empty: they are only told.
	LogInURL string

	// Kept is how long the host keeps ended runs before it prunes them, which the page says
	// that is not there; 0: it says nothing of that.
	Kept time.Duration

	// Texts replaces texts of the pages, by the keys of [Texts].
	Texts map[string]string

	Logger *slog.Logger // nil: silent
}

// Handler serves the pages. It is safe for concurrent use. Make it with [New] and end
// it with [Handler.Close].
type Handler struct {
	cfg      Config
	mux      http.Handler
	views    *views
	signer   signer
	jobs     *jobs
	checks   *asker[error]
	counts   *asker[counted]
	choices  *asker[choices]
	mails    *asker[mails]
	previews *previews
	streams  *streams
}

// New checks cfg and makes a Handler. What is missing or out of range is an
// [*adcimport.InvalidOptionsError] that names the field.
func New(cfg Config) (*Handler, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	if cfg.Logger == nil {
		cfg.Logger = slog.New(slog.DiscardHandler)
	}
	cfg.Prefix = strings.TrimRight(cfg.Prefix, "/")
	texts, err := textsWith(cfg.Texts)
	if err != nil {
		return nil, err
	}
	sign := newSigner(cfg.Key)
	cfg.Key = nil // it is in the signer's closure
	h := &Handler{cfg: cfg, signer: sign, jobs: newJobs(), streams: newStreams()}
	if h.views, err = newViews(texts, cfg.Prefix); err != nil {
		return nil, err
	}
	h.checks = newAsker[error](h.jobs, 15*time.Second)
	h.counts = newAsker[counted](h.jobs, time.Minute)
	h.choices = newAsker[choices](h.jobs, time.Minute)
	h.mails = newAsker[mails](h.jobs, time.Minute)
	h.previews = newPreviews(h.jobs)
	h.mux = h.routes()
	return h, nil
}

func (c Config) check() error {
	var wrong []error
	refuse := func(is bool, field, rule string) {
		if is {
			wrong = append(wrong, &adcimport.InvalidOptionsError{Field: "Config." + field, Rule: rule})
		}
	}
	refuse(c.Links == nil, "Links", "is required")
	refuse(c.Authorize == nil, "Authorize", "is required")
	refuse(len(c.Key) < minKey, "Key", "must have 32 bytes at least")
	refuse(c.Prefix != "" && (!strings.HasPrefix(c.Prefix, "/") || strings.ContainsAny(c.Prefix, "{}?#%")), "Prefix",
		"must begin with / and have nothing to escape")
	refuse(c.Kept < 0, "Kept", "must not be negative")
	return errors.Join(wrong...)
}

// ServeHTTP implements [http.Handler].
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// Close ends what the pages have at work in the background, such as previews, ends
// streams of progress, and waits for both. Runs are the set's, and go on. Pages that are
// asked for afterwards are not served.
func (h *Handler) Close() { h.jobs.close() }
