package main

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
)

// crmExam looks at the SecurityTrax account.
type crmExam struct {
	*report
	settings  settings
	sink      *securitytrax.Sink
	watch     *watch
	customer  string   // Alarm.com id; may be empty
	repLogins []string // of some Alarm.com reps
}

func (e *crmExam) run(ctx context.Context) {
	e.title("SecurityTrax")
	if !e.check("login, and an active link", "", quickly(ctx, nil, e.sink)) {
		return
	}
	for _, l := range []struct {
		what string
		list func(context.Context) ([]adcimport.Choice, error)
	}{
		{"office locations", e.sink.Offices},
		{"reps", e.sink.Reps},
		{"customer tags", e.sink.CustomerTags},
		{"permission groups", e.sink.PermissionGroups},
		{"user tags", e.sink.UserTags},
	} {
		choices, err := l.list(ctx)
		e.check(l.what, count(choices), err)
	}
	e.title("What adcimport takes for granted in SecurityTrax")
	e.customers(ctx)
	e.users(ctx)
	e.replies()
}

// customers looks one up that there is not, and the one of before.
func (e *crmExam) customers(ctx context.Context) {
	e.holds("customers keep their Alarm.com id", e.sink.ProvesAbsence(adcimport.KindCustomer), "by the schema that is set")
	e.lookUp("a filter on the Alarm.com id of customers", func() (int, error) {
		found, err := e.sink.FindCustomers(ctx, []adcimport.CustomerKey{{ID: unknownID}})
		return len(found), err
	})
	if e.customer == "" {
		return
	}
	found, err := e.sink.FindCustomers(ctx, []adcimport.CustomerKey{{ID: e.customer}})
	if err == nil {
		e.seen("customer "+e.customer+" is in SecurityTrax", times(len(found[e.customer])))
	}
}

func (e *crmExam) users(ctx context.Context) {
	e.holds("users keep their support id", e.sink.ProvesAbsence(adcimport.KindUser), "by the schema that is set")
	e.lookUp("a filter on the support id of users", func() (int, error) {
		found, err := e.sink.FindUsers(ctx, []adcimport.UserKey{{ID: unknownID}})
		return len(found), err
	})
	found, err := e.sink.FindReps(ctx, e.repLogins)
	if err != nil {
		e.holds("a filter on the user name of reps", false, err.Error())
		return
	}
	e.seen("Alarm.com reps that are reps in SecurityTrax", fmt.Sprintf("%d of %d", len(found), len(e.repLogins)))
}

// lookUp prints whether a filter works: what is not there is not found.
func (e *crmExam) lookUp(what string, find func() (int, error)) {
	switch n, err := find(); {
	case err != nil:
		e.holds(what, false, err.Error())
	default:
		e.holds(what, n == 0, "what is not there is found "+times(n))
	}
}

func times(n int) string { return fmt.Sprintf("%d times", n) }

// replies are how SecurityTrax answers.
func (e *crmExam) replies() {
	other, paged, empty, read := 0, 0, 0, 0
	for _, name := range e.watch.names {
		c := e.watch.of(name)
		if name == "POST authenticate" || len(c.last) == 0 {
			continue
		}
		read++
		if c.media != "application/vnd.api+json" {
			other++
		}
		p, ok := pageOf(c.last)
		switch {
		case !ok:
			empty++
		case p.Links["first"] != nil || p.Links["next"] != nil || p.Links["prev"] != nil:
			paged++
		}
	}
	of := func(n int) string { return fmt.Sprintf("%d of %d calls", n, read) }
	e.holds("replies are documents of JSON:API", empty == 0 && read > 0, of(read-empty))
	e.seen("replies of the media type of JSON:API", of(read-other))
	e.seen("replies with links to pages", of(paged))
	e.limits(e.watch)
}
