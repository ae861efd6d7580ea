package month_test

import (
	"errors"
	"time"

	"github.com/securitytrax/adcimport"
)

// errDatabase is what the driver says while the database is away.
var errDatabase = errors.New("dial tcp 127.0.0.1:5432: connect: connection refused")

// database is what is out of order with the store tonight: it goes away in the middle
// of a call, whose effect it may have had, and comes back.
type database struct {
	fuse  int // calls until it goes away; 0: it does not
	after bool
	lasts time.Duration
	over  time.Time
	met   bool // a host found it away
}

// takeDatabase says when it goes away tonight.
func (w *world) takeDatabase() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.db = database{}
	if len(w.nights) > quiet || w.rnd.IntN(5) > 0 {
		return
	}
	w.db.fuse, w.db.after = 1+w.rnd.IntN(80), w.rnd.IntN(2) == 0
	w.db.lasts = between(w.rnd, 5*time.Second, 8*time.Minute)
	if w.rnd.IntN(4) == 0 {
		w.db.lasts = between(w.rnd, 10*time.Minute, 2*time.Hour)
	}
}

// gone is the database's answer to a call that has not been there yet; cut says that
// the call is answered by nobody once it was there.
func (w *world) gone() (cut bool, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	db := &w.db
	if time.Now().Before(db.over) {
		db.met = true
		return false, errDatabase
	}
	if db.fuse == 0 {
		return false, nil
	}
	if db.fuse--; db.fuse > 0 {
		return false, nil
	}
	db.over, db.met = time.Now().Add(db.lasts), true
	w.outages++
	w.note("the database is away for %v", db.lasts.Round(time.Second))
	w.aboutToSend()
	if db.after {
		return true, nil
	}
	return false, errDatabase
}

// aboutToSend notes who may have an intent that nobody closed, as where a host is
// killed or loses its store.
func (w *world) aboutToSend() {
	for _, k := range []adcimport.Kind{adcimport.KindUser, adcimport.KindCustomer} {
		whole, _, _ := w.inSink(k)
		for _, p := range w.people {
			if p.kind == k && whole[p.id] == 0 {
				p.intended = time.Now()
			}
		}
	}
}

// awayTonight reports whether a host met the database away.
func (w *world) awayTonight() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.db.met
}
