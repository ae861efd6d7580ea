package month_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/securitytrax/adcimport"
)

// owner is whose fault a trouble is.
type owner string

const (
	ofRecord    owner = "record"
	ofOperation owner = "operation"
	ofService   owner = "service"
	ofLogin     owner = "login"
)

// operation is what a request does.
type operation string

const (
	opCheck  operation = "check" // whatever is none of the others: logins, probes, options
	opList   operation = "list"
	opDetail operation = "detail"
	opFind   operation = "find"
	opCreate operation = "create"
	opUpdate operation = "update"
)

// The services.
const (
	alarm = "source" // as ledger.Failure calls them
	crm   = "sink"
)

// trouble is a fault that lasts: of one record, one operation, one service or one
// login. One of a record begins with its night; any other one at the nth call of
// its operation in that night.
type trouble struct {
	owner owner
	end   string
	on    operation
	kind  adcimport.Kind
	who   *person // of a record
	how   string  // what the service does: see replies
	night int
	nth   int
	lasts time.Duration
	limit *bucket // of a service that takes no more than so many requests

	began, over time.Time // zero: not yet
	met         []meeting
}

// meeting is that a trouble was met.
type meeting struct {
	on   operation
	kind adcimport.Kind
	run  string // empty: before a run began
	at   time.Time
}

func (t *trouble) String() string {
	what := fmt.Sprintf("%s %s of %s %s", t.how, t.on, t.end, t.owner)
	if t.who != nil {
		what += " " + t.who.String()
	}
	return what
}

// key is the trouble without its time and its record, for rules.
func (t *trouble) key() string { return fmt.Sprintf(" (%s %s of a %s)", t.how, t.on, t.owner) }

// keyOf is that of the last that began.
func keyOf(list []*trouble) string {
	var last *trouble
	for _, t := range list {
		if last == nil || t.began.After(last.began) {
			last = t
		}
	}
	if last == nil {
		return ""
	}
	return last.key()
}

// active reports whether the trouble lasts at a time.
func (t *trouble) active(now time.Time) bool { return !t.began.IsZero() && now.Before(t.over) }

// within reports whether it lasted at any time between two.
func (t *trouble) within(from, to time.Time) bool {
	return !t.began.IsZero() && t.began.Before(to) && t.over.After(from)
}

func (t *trouble) begin(now time.Time) { t.began, t.over = now, now.Add(t.lasts) }

// limited: a service that is merely slow is nobody's excuse.
func (t *trouble) limited() bool { return t.limit != nil }

// fits reports whether a call is one that the trouble is about.
func (t *trouble) fits(c *call) bool {
	if c.end != t.end {
		return false
	}
	switch t.owner {
	case ofService, ofLogin:
		return true
	case ofOperation:
		if t.on == opCheck {
			return c.login
		}
		return c.on == t.on && c.kind == t.kind
	case ofRecord:
		return c.on == t.on && c.kind == t.kind && slices.Contains(c.ids, t.who.id)
	}
	return false
}

// concerns reports whether runs of a kind may suffer from it.
func (t *trouble) concerns(k adcimport.Kind) bool {
	return t.owner == ofService || t.owner == ofLogin || t.on == opCheck || t.kind == k
}

// bucket is a steady limit.
type bucket struct {
	perSecond, burst, has float64
	at                    time.Time
}

func (b *bucket) takes(now time.Time) bool {
	if b.at.IsZero() {
		b.has = b.burst
	} else {
		b.has = min(b.burst, b.has+now.Sub(b.at).Seconds()*b.perSecond)
	}
	b.at = now
	if b.has < 1 {
		return false
	}
	b.has--
	return true
}
