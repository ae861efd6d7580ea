package faults_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

// A cut breaks the first reply to one kind of request off after so many bytes.
// Its answer tells, after the run, whether the reply was longer.
type cut func(w *world, at int) (came func() bool)

// cuts are the replies that break off, by what they answer.
func cuts() map[string]cut {
	alarm := func(op string) cut {
		return func(w *world, at int) func() bool {
			s := &shorten{to: at}
			w.toAlarm.base = s.of(w.toAlarm.base, func(r *http.Request) bool { return actionOf(r) == op })
			return func() bool { return s.came }
		}
	}
	crm := func(method, suffix string) cut {
		return func(w *world, at int) func() bool {
			w.sink = oneAtOnce
			s := &shorten{to: at}
			w.toCRM.base = s.of(w.toCRM.base, func(r *http.Request) bool {
				return r.Method == method && strings.HasSuffix(r.URL.Path, suffix)
			})
			return func() bool { return s.came }
		}
	}
	return map[string]cut{
		opList:      alarm(opList),
		opDetail:    alarm(opDetail),
		routeCreate: crm("POST", "/customers"),
		routeFind:   crm("GET", "/isp_connections"),
		routeLogin:  crm("POST", "/authenticate"),
	}
}

// TestFaults_everyByte breaks the connection after every byte of the first reply
// to an operation: nothing is lost, nothing is there twice, and whatever was
// created is known.
func TestFaults_everyByte(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("the short run, with the race detector in CI, leaves it to the whole one")
	}
	for op, c := range cuts() {
		t.Run(op, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				at := 0
				for cutAt(t, c, at) {
					at += everyNth
				}
				t.Logf("broke off after every byte in %d of %d bytes", everyNth, at)
				if at < 11 {
					t.Errorf("a reply of %d bytes", at)
				}
			})
		})
	}
}

// cutAt reports whether the reply was long enough to break off.
func cutAt(t *testing.T, c cut, at int) bool {
	t.Helper()
	w := newWorld(2)
	came := c(w, at)
	imp := w.importer(t)
	s, err := w.run(t, imp)
	if err != nil || s.Status != adcimport.StatusCompleted || s.Counts.Created+s.Counts.Linked != w.people {
		t.Fatalf("after %d bytes: %v, %v", at, s, err)
	}
	w.verify(t, fault{})
	if t.Failed() {
		t.Fatalf("after %d bytes", at)
	}
	return came()
}

// TestFaults_tricklingOverTCP shows the time limit of a reply over a real
// connection, where no clock can be turned.
func TestFaults_tricklingOverTCP(t *testing.T) {
	t.Parallel()
	w := newWorld(people)
	w.alarm.Fail(func(op string, _, n int) *alarmReply {
		if op != opList || n > 1 {
			return nil
		}
		return &alarmReply{Slowly: 100 * time.Millisecond}
	})
	t.Cleanup(w.alarm.Close)
	w.overTCP(500 * time.Millisecond)
	imp := w.importer(t)
	s, err := w.run(t, imp)
	if err != nil || textOf(s) != allCreated || w.alarm.Count(opList) != 4 { // one that is given up, and three
		t.Errorf("%v, %v after %d lists", s, err, w.alarm.Count(opList))
	}
	w.verify(t, fault{})
}
