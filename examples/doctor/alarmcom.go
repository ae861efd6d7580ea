package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
)

// unknownID is an id that no customer has, as far as one can tell: the greatest
// there can be (WSDL: int).
const unknownID = "2147483647"

// alarmExam looks at the Alarm.com account.
type alarmExam struct {
	*report
	settings settings
	source   *alarmcom.Source
	other    *alarmcom.Source // in the other version of SOAP
	watch    *watch

	subDealers []adcimport.Choice
	roles      []adcimport.Choice
	users      []adcimport.User
	ids        []string        // of all customers, as the source delivers them
	known      map[string]bool // the same
	customer   adcimport.Customer
	repLogins  []string
}

// run reports whether the login works.
func (e *alarmExam) run(ctx context.Context) bool {
	e.title("Alarm.com")
	// A login that is refused is not tried again: it might be locked.
	if !e.check("login, and a dealer that it belongs to", "", quickly(ctx, e.source, nil)) {
		return false
	}
	err := e.lists(ctx)
	e.choose(ctx)
	e.title("What adcimport takes for granted at Alarm.com")
	e.callerVersion()
	e.customerIDs()
	e.branches(ctx)
	if err == nil {
		e.reps()
	}
	e.forms()
	e.unknown(ctx)
	e.otherSOAP(ctx)
	e.limits(e.watch)
	e.explain()
	return true
}

// lists asks for every list that an import offers or reads.
func (e *alarmExam) lists(ctx context.Context) error {
	var err, all error
	e.subDealers, err = e.source.SubDealers(ctx)
	e.check("sub-dealers", count(e.subDealers), err)
	all = errors.Join(all, err)
	e.roles, err = e.source.Roles(ctx)
	e.check("roles", count(e.roles), err)
	all = errors.Join(all, err)
	e.users, err = gather(e.source.Users(ctx, adcimport.UserFilter{}, ""))
	e.check("users (reps)", count(e.users), err)
	all = errors.Join(all, err)
	customers, err := gather(e.source.Customers(ctx, adcimport.CustomerFilter{Include: everybody()}, ""))
	e.check("customers", count(customers), err)
	e.known = make(map[string]bool, len(customers))
	for _, c := range customers {
		e.ids = append(e.ids, c.ID)
		e.known[c.ID] = true
	}
	for _, u := range e.users[:min(e.settings.samples, len(e.users))] {
		if u.LoginName != "" {
			e.repLogins = append(e.repLogins, u.LoginName)
		}
	}
	return all
}

func count[T any](list []T) string { return strconv.Itoa(len(list)) }

// gather reads a listing to its end.
func gather[T any](pages iter.Seq2[adcimport.Page[T], error]) ([]T, error) {
	var all []T
	for p, err := range pages {
		if err != nil {
			return all, err
		}
		all = append(all, p.Items...)
	}
	return all, nil
}

// choose reads the customer to explain: the one that was asked for, or the first
// that can be read.
func (e *alarmExam) choose(ctx context.Context) {
	candidates := e.ids[:min(e.settings.samples, len(e.ids))]
	if e.settings.customer != "" {
		candidates = []string{e.settings.customer}
	}
	if len(candidates) == 0 {
		e.unseen("details of a customer", "there is none")
		return
	}
	var err error
	for _, id := range candidates {
		if e.customer, err = e.source.CustomerDetail(ctx, id); err == nil {
			break
		}
	}
	e.check("details of a customer", e.customer.ID, err)
}

func (e *alarmExam) callerVersion() {
	if v := shapeOf(e.watch.of("GetLatestCallerVersion").last).version; v != "" {
		e.seen("latest caller version", v)
		return
	}
	e.unseen("latest caller version", "it was not asked for or not answered")
}

func (e *alarmExam) customerIDs() {
	raw := shapeOf(e.watch.of("GetCustomerList_V2").last).ids
	if len(raw) < 2 {
		e.unseen("the list of customers is sorted", "there are fewer than two")
		return
	}
	e.seen("the list of customers is sorted", yes(slices.IsSortedFunc(raw, byNumber)))
	e.seen("the list of customers names each once", yes(len(slices.Compact(slices.Sorted(slices.Values(raw)))) == len(raw)))
}

// byNumber compares numbers that are written without leading zeros.
func byNumber(a, b string) int {
	if len(a) != len(b) {
		return len(a) - len(b)
	}
	return strings.Compare(a, b)
}

func yes(ok bool) string {
	if ok {
		return "yes"
	}
	return "no"
}

// branches compares what the service says of branches and sub-dealers in
// different places.
func (e *alarmExam) branches(ctx context.Context) {
	dealers, list := shapeOf(e.watch.of("GetDealerId").last).branches, shapeOf(e.watch.of("GetBranches").last).branches
	e.seen("GetBranches is the same as the sub-dealers of GetDealerId", yes(slices.Equal(dealers, list)))
	const what, whole = "GetCustomerListByBranchId goes by SubDealerId", "the list of all customers has those of sub-dealers"
	ids, branch, err := e.firstBranch(ctx)
	switch {
	case err != nil:
		e.check(what, "", err)
		return
	case len(ids) == 0:
		e.unseen(what, "no sub-dealer that was asked for has customers")
		return
	}
	e.holds(whole, !slices.ContainsFunc(ids, func(id string) bool { return !e.known[id] }),
		fmt.Sprintf("%d of branch %s", len(ids), branch))
	same, read := 0, 0
	for _, id := range ids[:min(e.settings.samples, len(ids))] {
		c, err := e.source.CustomerDetail(ctx, id)
		if err != nil {
			e.check("details of customer "+id, "", err)
			continue
		}
		read++
		if c.SubDealerID == branch {
			same++
		}
	}
	e.holds(what, same == read && read > 0, fmt.Sprintf("%d of %d customers of branch %s", same, read, branch))
}

// everybody includes all accounts: to look at is no harm, and one list has them.
func everybody() adcimport.Include {
	return adcimport.Include{Terminated: true, Demo: true, Commitment: true}
}

// maxBranches is how many branches are asked for one with customers.
const maxBranches = 5

func (e *alarmExam) firstBranch(ctx context.Context) (ids []string, branch string, err error) {
	for _, b := range e.subDealers[:min(maxBranches, len(e.subDealers))] {
		customers, err := gather(e.source.Customers(ctx, adcimport.CustomerFilter{SubDealerIDs: []string{b.ID}, Include: everybody()}, ""))
		if err != nil || len(customers) > 0 {
			for _, c := range customers {
				ids = append(ids, c.ID)
			}
			return ids, b.ID, err
		}
	}
	return nil, "", nil
}

func (e *alarmExam) reps() {
	const subDealers = "the list of reps has those of sub-dealers"
	if slices.ContainsFunc(e.users, func(u adcimport.User) bool { return u.SubDealerID != "" }) {
		e.holds(subDealers, true, "")
	} else {
		e.unseen(subDealers, "no rep has a branch")
	}
	support, roles := map[string]bool{}, map[string]bool{}
	for _, r := range e.roles {
		roles[r.ID] = true
	}
	none, strange := 0, 0
	for _, u := range e.users {
		if u.ID == "" {
			none++
		}
		support[u.ID] = true
		strange += len(slices.DeleteFunc(slices.Clone(u.RoleIDs), func(id string) bool { return roles[id] }))
	}
	e.holds("every rep has a support id of its own", none == 0 && len(support) == len(e.users),
		fmt.Sprintf("%d reps, %d ids, %d without", len(e.users), len(support), none))
	e.holds("the roles of reps are in the list of roles", strange == 0, fmt.Sprintf("%d are not", strange))
}

// forms are how values are written.
func (e *alarmExam) forms() {
	for _, op := range []string{"GetCustomerInfo_V2", "GetRepList"} {
		s := shapeOf(e.watch.of(op).last)
		if len(s.dates) == 0 {
			e.unseen("form of dates in "+op, "no date was there")
		} else {
			e.seen("form of dates in "+op, strings.Join(s.dates, "; "))
		}
		if len(e.watch.of(op).last) > 0 {
			e.seen("texts written though empty in "+op, some(s.empty))
		}
	}
}

// unknown asks for a customer that there is not.
func (e *alarmExam) unknown(ctx context.Context) {
	const what = "answer to an unknown customer id"
	_, err := e.source.CustomerDetail(ctx, unknownID)
	failed, ok := errors.AsType[*alarmcom.Error](err)
	switch {
	case err == nil:
		e.holds(what, false, "details")
	case ok && failed.Fault != nil:
		e.seen(what, "a fault, "+failed.Fault.Code)
	case errors.Is(err, adcimport.ErrNotFound):
		e.seen(what, "no result")
	default:
		e.check(what, "", err)
	}
}

func (e *alarmExam) otherSOAP(ctx context.Context) {
	e.seen("the other version of SOAP answers, too", yes(e.other.Check(ctx) == nil))
}

// explain shows what the mapping makes of the customer (SPEC C1 to C16).
func (e *alarmExam) explain() {
	if e.customer.ID == "" {
		return
	}
	e.title("What the default mapping makes of a customer")
	x, err := adcimport.Mapping{}.ExplainCustomer(nil, e.customer, adcimport.ExplainOptions{ShowValues: e.settings.values})
	if err != nil {
		e.check("mapping", "", err)
		return
	}
	e.print("%s", x)
}
