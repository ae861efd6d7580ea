package conformance

import (
	"context"
	"testing"

	"github.com/securitytrax/adcimport"
)

// SinkCase is a sink under test, over a destination that does not hold the
// suite's records yet (Alarm.com ids from 7000000 on).
//
// The half that a sink does not have returns [errors.ErrUnsupported], as
// [adcimport.CustomersOnlySink] and [adcimport.UsersOnlySink] do, and is left
// out. Optional abilities are tested where the sink has them. A sink that is no
// [adcimport.AbsenceProver], or reports true, must find what it created.
type SinkCase struct {
	Sink adcimport.Sink
	// Destination says what the sink wrote and makes it fail: whatever it
	// implements of [CustomerHolder], [UserHolder], [CustomerReader],
	// [UserReader], [CustomerTypist], [UserTypist], [LoginMailer], [ReplyLoser], [Staller]
	// and [KeyHonourer] is used, found along a chain of Unwrap() any; nil: the sink
	// itself is asked. Rules that need more than it implements are left out, or go by
	// what Find returns.
	Destination any
	// Options that the destination takes. Records of the suite have them, and
	// each field that is not zero is also tried with something unknown, where the
	// sink checks options.
	CustomerOptions adcimport.CustomerOptions
	UserOptions     adcimport.UserOptions
	// Customer and User make a record that the destination takes, for an Alarm.com
	// id; nil: one of an invented person with all fields. The suite sets
	// AlarmComID and IdempotencyKey itself, and of users the Username.
	Customer func(id string) adcimport.CustomerRecord
	User     func(id string) adcimport.UserRecord
	// BadCustomer and BadUser make a record that the destination refuses for good;
	// nil: one of nothing but ids, if the sink's validator refuses that.
	BadCustomer func(id string) adcimport.CustomerRecord
	BadUser     func(id string) adcimport.UserRecord
	// Away is such a sink whose destination cannot be reached; nil: the rules on that
	// are left out. It may be one sink for all rules.
	Away adcimport.Sink
	// RepLogin is the login of a rep whom the destination has; empty: only unknown
	// logins are looked up.
	RepLogin string
}

// What a destination of a sink under test may be able to tell or do; see
// [SinkCase].
type (
	// CustomerHolder tells what a destination holds: the Alarm.com id of every
	// customer, one entry for each record.
	CustomerHolder interface {
		HeldCustomers(ctx context.Context) ([]string, error)
	}
	// UserHolder tells the support id of every user, one entry for each record.
	UserHolder interface {
		HeldUsers(ctx context.Context) ([]string, error)
	}
	// CustomerReader reads back a customer by the destination's id. What the
	// destination does not keep stays empty.
	CustomerReader interface {
		ReadCustomer(ctx context.Context, sinkID string) (adcimport.CustomerRecord, error)
	}
	// UserReader reads back a user by the destination's id.
	UserReader interface {
		ReadUser(ctx context.Context, sinkID string) (adcimport.UserRecord, error)
	}
	// CustomerTypist adds a customer as somebody does by hand, without an Alarm.com
	// id, and returns the destination's id.
	CustomerTypist interface {
		TypeCustomer(ctx context.Context, rec adcimport.CustomerRecord) (string, error)
	}
	// UserTypist adds a user in the same way, and mails nobody.
	UserTypist interface {
		TypeUser(ctx context.Context, rec adcimport.UserRecord) (string, error)
	}
	// LoginMailer tells the support id of every user to whom a login was mailed,
	// one entry for each mail.
	LoginMailer interface {
		LoginEmails(ctx context.Context) ([]string, error)
	}
	// ReplyLoser makes the next create take effect at the destination and its
	// reply get lost, once.
	ReplyLoser interface {
		LoseReply()
	}
	// Staller makes the destination keep silent: it answers no call from Stall on,
	// until release is called, which every rule does once. Calls that wait then may fail.
	Staller interface {
		Stall() (release func())
	}
	// KeyHonourer says that the destination takes a create under an idempotency
	// key that it knows for the one before.
	KeyHonourer interface {
		HonoursKeys() bool
	}
)

// TestSink checks a [adcimport.Sink] by every rule of its contract. newCase is
// called for each rule. The error names each rule that is broken, with the rule
// itself and what was seen. A panic of the sink is a failure of that rule. It works in a testing/synctest bubble.
func TestSink(newCase func() (SinkCase, error)) error {
	return tryAll(sinkRules(), newCase)
}

// RunSink is [TestSink] with a subtest for each rule, which run in parallel, after one
// that logs the [SinkCase.Abilities]. A
// rule that the sink cannot be checked by is skipped by name. newCase cleans up
// with t.Cleanup.
func RunSink(t *testing.T, newCase func(t *testing.T) SinkCase) {
	t.Helper()
	runAll(t, sinkRules(), newCase)
}

func sinkRules() []rule[SinkCase] {
	var all []rule[SinkCase]
	for _, part := range [][]rule[SinkCase]{
		findRules("customers", customerSinkSide), createRules("customers", customerSinkSide),
		stopRules("customers", customerSinkSide), deadlineRules("customers", customerSinkSide), updateRules("customers", customerSinkSide),
		findRules("users", userSinkSide), createRules("users", userSinkSide),
		stopRules("users", userSinkSide), deadlineRules("users", userSinkSide), updateRules("users", userSinkSide),
		ownRules("customers", customerSinkSide), ownRules("users", userSinkSide),
		matchRules("customers", customerSinkSide), linkRules("customers", customerSinkSide),
		matchRules("users", userSinkSide), linkRules("users", userSinkSide), linkRulesOfOne(),
		sinkAwayRules("customers", customerSinkSide), sinkAwayRules("users", userSinkSide),
		personalRules("customers", customerSinkSide), personalRules("users", userSinkSide),
		userRules(), optionRules(), sinkListRules(), traceRules(),
	} {
		all = append(all, part...)
	}
	return all
}
