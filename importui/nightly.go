package importui

import (
	"errors"
	"net/http"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// nightlyBody is the page of nightly imports.
type nightlyBody struct {
	Kinds   []nightlyKind
	Problem string
}

// nightlyKind is the schedule of one kind.
type nightlyKind struct {
	Kind     adcimport.Kind
	Set      bool // there is one, on or off
	On       bool
	At, Zone string
	Next     string // in its zone
	Settings []setting
	Newer    bool // there is an import whose settings it could take
}

const (
	nightAt     = "02:30"
	nightlyZone = "UTC"
)

func (v *visit) nightly() error { return v.showNightly(http.StatusOK, "") }

func (v *visit) showNightly(status int, problem string) error {
	if v.cfg.Schedules == nil {
		return adcimport.ErrNotFound
	}
	newest, err := v.newest()
	if err != nil {
		return err
	}
	body := nightlyBody{Problem: problem}
	for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		n := nightlyKind{Kind: k, At: nightAt, Zone: v.zone(), Newer: newest.last(k) != nil}
		s, err := v.cfg.Schedules.Get(v.ctx(), v.link.ID, k)
		switch {
		case err == nil:
			n.Set, n.On, n.At, n.Zone = true, !s.Off, s.At, s.Zone
			n.Settings = v.settings(asRun(&s))
			if n.On {
				n.Next = nextOf(&s)
			}
		case !errors.Is(err, adcimport.ErrNotFound):
			return err
		}
		body.Kinds = append(body.Kinds, n)
	}
	return v.show(status, "nightly", page{Title: v.views.text("nightly"), Body: body})
}

// nextOf is when a schedule is due next, as clocks show it there.
func nextOf(s *links.Schedule) string {
	zone, err := time.LoadLocation(s.Zone)
	if err != nil { // Check knows it
		zone = time.UTC
	}
	now := time.Now().In(zone)
	return shortTime(s.Next(now).In(zone), now) + " (" + s.Zone + ")"
}

// zone is the reader's, where it has a name that a schedule can keep.
func (v *visit) zone() string {
	if name := v.who.Zone.String(); name != "Local" {
		return name
	}
	return nightlyZone
}

// asRun has a schedule's settings as a run's, to be told alike.
func asRun(s *links.Schedule) *adcimport.RunInfo {
	info := new(adcimport.RunInfo)
	if s.Kind == adcimport.KindUser {
		info.UserFilter, info.UserOptions = &s.UserFilter, &s.UserOptions
	} else {
		info.CustomerFilter, info.CustomerOptions = &s.CustomerFilter, &s.CustomerOptions
	}
	return info
}

// setNightly switches a nightly import on or off. A new one takes the settings of the
// last import of its kind; so does an old one where that is asked for.
func (v *visit) setNightly() error {
	if err := v.mayRun(); err != nil {
		return err
	}
	if v.cfg.Schedules == nil {
		return adcimport.ErrNotFound
	}
	form := v.form
	s, err := v.cfg.Schedules.Get(v.ctx(), v.link.ID, v.kind)
	if err != nil && !errors.Is(err, adcimport.ErrNotFound) {
		return err
	}
	if err != nil || form.Has("newer") {
		newest, nerr := v.newest()
		if nerr != nil {
			return nerr
		}
		last := newest.last(v.kind)
		if last == nil {
			return v.showNightly(http.StatusConflict, v.views.text("nightly_first"))
		}
		d, ok := again(v.who.ID, last)
		if !ok {
			return v.showNightly(http.StatusConflict, v.views.text("nightly_first"))
		}
		s = d.schedule(form.Get("at"), form.Get("zone"))
	}
	s.Off, s.At, s.Zone = !form.Has("on"), form.Get("at"), form.Get("zone")
	if err := s.Check(); err != nil {
		return v.showNightly(http.StatusUnprocessableEntity, v.views.text("nightly_wrong"))
	}
	if err := v.cfg.Schedules.Set(v.ctx(), s); err != nil {
		return err
	}
	return v.see(v.path("nightly"))
}
