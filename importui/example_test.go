package importui_test

import (
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/importui"
	"github.com/securitytrax/adcimport/links"
)

// session is what a host knows of who is logged in.
type session struct {
	User, Dealer, DealerName string
	Admin, Privacy           bool
	Zone                     *time.Location
}

// sessionOf is the host's own.
func sessionOf(*http.Request) *session { return nil }

func ExampleNew() {
	set, err := links.New(links.Config{Open: func(context.Context, string) (adcimport.Config, error) {
		return adcimport.Config{Source: new(adcimporttest.Source), Sink: new(adcimporttest.Sink), Store: new(adcimport.MemoryStore)}, nil
	}})
	if err != nil {
		return
	}
	key := []byte(strings.Repeat("k", 32)) // a host has 32 random bytes where it keeps secrets
	mux := http.NewServeMux()

	ui, err := importui.New(importui.Config{
		Links: set, Authorize: authorize, Key: key, Prefix: "/imports",
		Schedules: new(links.LocalSchedules), LogInURL: "/login",
	})
	if err != nil {
		return
	}
	defer ui.Close()
	mux.Handle("/imports/", ui)
	// Output:
}

// authorize says who asks, by the host's own session.
func authorize(r *http.Request) (importui.Identity, error) {
	s := sessionOf(r)
	if s == nil {
		return importui.Identity{}, importui.ErrNoSession
	}
	return importui.Identity{
		ID: s.User, Links: []importui.Link{{ID: s.Dealer, Title: s.DealerName}},
		MayRun: s.Admin, MaySeeRecords: s.Privacy, Zone: s.Zone,
	}, nil
}
