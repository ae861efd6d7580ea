package month_test

import (
	"math/rand/v2"
	"time"

	"github.com/securitytrax/adcimport"
)

// The month.
const (
	nights  = 30
	healed  = 21 // from this night on nothing is out of order
	quiet   = 18 // from this night on nothing gets out of order
	day     = 24 * time.Hour
	restMax = 7 * day // how long a record rests at most
)

// How the services fail, by owner and operation. An entry that is there several
// times comes more often.
var (
	recordFaults = []struct { //nolint:gochecknoglobals // a table
		end  string
		on   operation
		kind adcimport.Kind
		hows []string
	}{
		{alarm, opDetail, adcimport.KindCustomer, []string{"500", "502", "reset", "hang", "html", "fault"}},
		{crm, opCreate, adcimport.KindCustomer, []string{"500", "500", "made 500", "half-made", "lost", "reset", "403", "422", "422"}},
		{crm, opCreate, adcimport.KindUser, []string{"500", "made 500", "lost", "reset", "403", "422"}},
		{crm, opFind, adcimport.KindCustomer, []string{"400", "403", "414", "422", "500"}},
		{crm, opFind, adcimport.KindUser, []string{"400", "403", "414", "422", "500"}},
		{crm, opUpdate, adcimport.KindCustomer, []string{"500", "422", "reset"}},
	}
	operationFaults = []struct { //nolint:gochecknoglobals // a table
		end  string
		on   operation
		kind adcimport.Kind
	}{
		{alarm, opList, adcimport.KindCustomer},
		{alarm, opList, adcimport.KindUser},
		{alarm, opDetail, adcimport.KindCustomer},
		{crm, opFind, adcimport.KindCustomer},
		{crm, opFind, adcimport.KindUser},
		{crm, opCreate, adcimport.KindCustomer},
		{crm, opCreate, adcimport.KindUser},
		{crm, opUpdate, adcimport.KindCustomer},
		{crm, opCheck, adcimport.KindCustomer},
	}
	outOfOrder  = []string{"500", "502", "503", "reset", "html", "520"}                                                        //nolint:gochecknoglobals // a table
	away        = []string{"reset", "503", "503", "503 hint", "503 hint", "520", "522", "524", "525", "502", "limit", "limit"} //nolint:gochecknoglobals // a table
	everything  = []operation{opCheck, opList, opDetail, opFind, opCreate, opUpdate}                                           //nolint:gochecknoglobals // a table
	everyNumber = []int{1, 1, 2, 3}                                                                                            //nolint:gochecknoglobals // a table
)

func oneOf[T any](rnd *rand.Rand, list []T) T { return list[rnd.IntN(len(list))] }

func between(rnd *rand.Rand, from, to time.Duration) time.Duration {
	return from + time.Duration(rnd.Int64N(int64(to-from)))
}

// draw makes the troubles of a month. Which ones, and for how long they last, goes
// round with the seeds, so that a few dozen months have them all; the rest is drawn.
func (w *world) draw() {
	for i := range 4 + w.rnd.IntN(7) {
		w.troubles = append(w.troubles, w.drawRecord(int(w.seed)*5+i))
	}
	if w.rnd.IntN(10) < 3 {
		return // a month in which only records are out of order
	}
	for i := range 1 + w.rnd.IntN(4) {
		w.troubles = append(w.troubles, w.drawCommon(int(w.seed)*3+i))
	}
}

// durations of troubles.
const durations = 3

func (w *world) drawRecord(turn int) *trouble {
	rnd := w.rnd
	f := recordFaults[turn/durations%len(recordFaults)]
	t := &trouble{owner: ofRecord, end: f.end, on: f.on, kind: f.kind, how: oneOf(rnd, f.hows), night: rnd.IntN(quiet)}
	switch turn % durations {
	case 0:
		t.lasts = between(rnd, 5*time.Second, 3*time.Minute)
	case 1:
		t.lasts = between(rnd, day/2, 4*day)
	default:
		t.lasts = between(rnd, 6*day, 16*day)
	}
	w.upsert = w.upsert || t.on == opUpdate
	t.lasts = min(t.lasts, time.Duration(healed-t.night)*day)
	return t
}

func (w *world) drawCommon(turn int) *trouble {
	rnd := w.rnd
	t := &trouble{night: rnd.IntN(quiet), nth: oneOf(rnd, everyNumber)}
	duration := turn % durations
	turn = turn / durations % (len(operationFaults) + 2*len(everything))
	switch at := turn - len(operationFaults); {
	case at < 0:
		f := operationFaults[turn]
		t.owner, t.end, t.on, t.kind, t.how = ofOperation, f.end, f.on, f.kind, oneOf(rnd, outOfOrder)
	case at < len(everything):
		t.owner, t.how = ofService, oneOf(rnd, away)
		t.anywhere(rnd, everything[at])
		if t.how == "limit" {
			t.limit = &bucket{perSecond: 0.3 + 2*rnd.Float64(), burst: float64(1 + rnd.IntN(5))}
		}
	default:
		t.owner, t.how = ofLogin, "401"
		t.anywhere(rnd, everything[at-len(everything)])
	}
	switch duration {
	case 0:
		t.lasts = between(rnd, 10*time.Second, 4*time.Minute)
	case 1:
		t.lasts = between(rnd, 10*time.Minute, 6*time.Hour)
	default:
		t.lasts = between(rnd, day/2, 3*day)
	}
	w.upsert = w.upsert || t.on == opUpdate
	return t
}

// anywhere makes it begin at an operation, of whatever kind.
func (t *trouble) anywhere(rnd *rand.Rand, on operation) {
	t.on = on
	t.kind = oneOf(rnd, []adcimport.Kind{adcimport.KindCustomer, adcimport.KindCustomer, adcimport.KindUser})
	switch t.on {
	case opList:
		t.end = alarm
	case opDetail, opUpdate:
		t.end, t.kind = alarm, adcimport.KindCustomer
		if t.on == opUpdate {
			t.end = crm
		}
	case opFind, opCreate:
		t.end = crm
	case opCheck:
		t.end = oneOf(rnd, []string{alarm, crm})
	}
}
