// Quickstart shows the main job on this machine alone: it starts fakes of both
// services on 127.0.0.1, imports users and customers with filters and options,
// links those whom somebody had typed in by hand, runs again, and brings what is
// new. Its exit status tells whether every count
// is the expected one.
//
//	go run ./examples/quickstart
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/securitytrax/adcimport"
)

func main() {
	state := flag.String("state", "", "SQLite file for the state; empty: a temporary one")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, *state, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run is the whole tour. Every step says what it shows, and fails when the
// servers counted something else.
func run(ctx context.Context, state string, out io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "adcimport-quickstart-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if state == "" {
		state = filepath.Join(dir, "state.sqlite")
	}
	s := newServices() //nolint:contextcheck // the fakes end with close, not with a context
	defer s.close()
	t := &tour{services: s, out: out}

	imp, done, err := s.importer(ctx, state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	t.imp = imp
	steps := []func(context.Context) error{t.look, t.first, t.typedIn, t.again, t.whatIsNew}
	for _, step := range steps {
		if err := step(ctx); err != nil {
			return err
		}
	}
	return t.withoutState(ctx, filepath.Join(dir, "lost.sqlite"))
}

// tour goes through the import step by step (SPEC A8).
type tour struct {
	*services
	imp *adcimport.Importer
	out io.Writer

	users     adcimport.UserFilter
	customers adcimport.CustomerFilter
	userOpts  adcimport.UserOptions
	custOpts  adcimport.CustomerOptions
	created   int // customers that the first run created
}

// look checks the link and makes filters and options of the lists (SPEC A1, F6, O8).
func (t *tour) look(ctx context.Context) error {
	if err := t.imp.Check(ctx); err != nil {
		return err
	}
	t.say("The link is active: 1,000 customers and 40 users at Alarm.com.")
	customers, err := t.imp.CustomerChoices(ctx)
	if err != nil {
		return err
	}
	users, err := t.imp.UserChoices(ctx)
	if err != nil {
		return err
	}
	t.choices("sub-dealers", customers.SubDealers)
	t.choices("offices", customers.Offices)
	t.choices("customer tags", customers.CustomerTags)
	t.choices("roles", users.Roles)
	t.choices("permission groups", users.PermissionGroups)

	t.customers.SubDealerIDs = ids(customers.SubDealers[:3])
	t.custOpts = adcimport.CustomerOptions{OfficeID: customers.Offices[0].ID, TagIDs: ids(customers.CustomerTags[:1])}
	t.custOpts.OnProgress = t.progress
	t.users.RoleIDs = ids(users.Roles[:3])
	t.userOpts = adcimport.UserOptions{
		Active: true, CanLogin: true, PermissionGroupID: users.PermissionGroups[0].ID, Tags: []string{"From Alarm.com"},
	}
	return nil
}

// first imports users, then customers, whose reps are then there (SPEC O2).
func (t *tour) first(ctx context.Context) error {
	t.say("\nFirst run: users with 3 roles, then customers of 3 sub-dealers.")
	users, err := t.imp.ImportUsers(ctx, t.users, t.userOpts)
	if err != nil {
		return err
	}
	t.summary(users)
	t.say("  login emails sent: %d", len(t.crm.Emails()))
	customers, err := t.runCustomers(ctx, t.imp)
	if err != nil {
		return err
	}
	t.created = customers.Counts.Created
	return errors.Join(
		same("login emails", len(t.crm.Emails()), users.Counts.Created),
		same("to review", customers.ToReview(), len(t.typed)),
		same("customers in SecurityTrax", len(t.crm.Customers()), t.created+len(t.typed)),
		same("details", t.details(), t.created+len(t.typed)),
	)
}

// typedIn links the customers whom somebody had typed in: none of them was doubled, and
// a person says for each who it is.
func (t *tour) typedIn(ctx context.Context) error {
	t.say("\n%d of these were typed into SecurityTrax by hand before. They wait for a person, who says that they are the ones.", len(t.typed))
	var decisions []adcimport.Decision
	for r, err := range t.imp.ToReview(ctx, adcimport.KindCustomer) {
		if err != nil {
			return err
		}
		if len(decisions) == 0 {
			t.say("  customer %s may be customer %s of SecurityTrax: %v are the same", r.SourceID, r.Candidates[0].ID, r.Candidates[0].Evidence)
		}
		decisions = append(decisions, adcimport.Decision{SourceID: r.SourceID, LinkTo: t.typed[r.SourceID]})
	}
	if err := t.imp.Decide(ctx, adcimport.KindCustomer, decisions...); err != nil {
		return err
	}
	customers, err := t.runCustomers(ctx, t.imp)
	if err != nil {
		return err
	}
	return errors.Join(
		same("customers linked", customers.Counts.Linked, len(t.typed)),
		same("customers created", customers.Counts.Created, 0),
		same("customers in SecurityTrax", len(t.crm.Customers()), t.created+len(t.typed)),
	)
}

// again runs the same once more (SPEC A7).
func (t *tour) again(ctx context.Context) error {
	t.say("\nThe same again: nothing is created twice, and nothing asked about a known customer.")
	emails, before := len(t.crm.Emails()), t.created+len(t.typed)
	users, err := t.imp.ImportUsers(ctx, t.users, t.userOpts)
	if err != nil {
		return err
	}
	t.summary(users)
	customers, err := t.runCustomers(ctx, t.imp)
	if err != nil {
		return err
	}
	return errors.Join(
		same("users created", users.Counts.Created, 0),
		same("login emails", len(t.crm.Emails()), emails),
		same("customers created", customers.Counts.Created, 0),
		same("customers in SecurityTrax", len(t.crm.Customers()), before),
		same("details", t.details(), 0),
	)
}

// whatIsNew adds ten customers at Alarm.com and brings exactly those.
func (t *tour) whatIsNew(ctx context.Context) error {
	t.say("\nTen customers join at Alarm.com; the next run brings exactly those.")
	t.addCustomers(10, t.customers.SubDealerIDs[0])
	customers, err := t.runCustomers(ctx, t.imp)
	if err != nil {
		return err
	}
	return errors.Join(
		same("customers created", customers.Counts.Created, 10),
		same("details", t.details(), 10),
		same("creates", t.crm.Count("POST /customers"), 10),
		same("customers in SecurityTrax", len(t.crm.Customers()), t.created+len(t.typed)+10),
	)
}

// withoutState loses the state file: what is there already is found and linked.
func (t *tour) withoutState(ctx context.Context, state string) (err error) {
	t.say("\nThe state file is lost: customers are found in SecurityTrax, and linked.")
	imp, done, err := t.importer(ctx, state)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, done()) }()
	customers, err := t.runCustomers(ctx, imp)
	if err != nil {
		return err
	}
	return errors.Join(
		same("customers created", customers.Counts.Created, 0),
		same("customers linked", customers.Counts.Linked, t.created+len(t.typed)+10),
		same("creates", t.crm.Count("POST /customers"), 0),
	)
}

func (t *tour) runCustomers(ctx context.Context, imp *adcimport.Importer) (*adcimport.Summary, error) {
	t.resetCounts()
	s, err := imp.ImportCustomers(ctx, t.customers, t.custOpts)
	if err != nil {
		return s, err
	}
	t.summary(s)
	t.calls()
	return s, nil
}

func same(what string, got, want int) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s: %d, expected %d", what, got, want)
}
