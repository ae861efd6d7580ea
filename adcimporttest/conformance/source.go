package conformance

import (
	"testing"

	"github.com/securitytrax/adcimport"
)

// SourceCase is a source under test and what it must deliver. Nobody else
// changes the account while it is tested. To be worth its while it has some
// records of each kind on several pages, in several sub-dealers, users in
// several roles: [adcimporttest.NewDealer] makes them.
//
// The half that a source does not have returns [errors.ErrUnsupported], as
// [adcimport.CustomersOnly] and [adcimport.UsersOnly] do, and is left out.
// Optional abilities ([adcimport.CustomerDetailer], [adcimport.SubDealerLister],
// [adcimport.RoleLister], [adcimport.Checker]) are tested where the source has
// them.
type SourceCase struct {
	Source adcimport.Source
	// Customers and Users are what a listing without filter delivers, in any
	// order, whole: as full pages or details have it. Terminated, demo and commitment
	// accounts are among the customers. A field that the source cannot know stays
	// empty here, too; Extra counts where it is given.
	Customers []adcimport.Customer
	Users     []adcimport.User
	// LeftOut are ids of customers that the source has and leaves out by settings of
	// its own. It may be empty.
	LeftOut []string
	// UnknownID is an id that no customer and no user has; empty: one that is
	// above all others, as a number.
	UnknownID string
	// Empty is such a source over an account that has nothing; nil: the rules on
	// empty accounts are left out.
	Empty adcimport.Source
	// Account takes records out of the source's account while it is listed: whatever it
	// implements of [CustomerRemover] and [UserRemover] is used, found along a chain of
	// Unwrap() any; nil: the rules on accounts that move are left out. A case with one is
	// made anew for each rule.
	Account any
	// Away is such a source whose service cannot be reached; nil: the rules on that
	// are left out.
	Away adcimport.Source
}

// TestSource checks a [adcimport.Source] by every rule of its contract. newCase
// is called for each rule; it may return the same case each time. The error
// names each rule that is broken, with the rule itself and what was seen: ids
// and names of fields, never their values. A panic of the source is a failure of that
// rule. It works in a testing/synctest bubble.
func TestSource(newCase func() (SourceCase, error)) error {
	return tryAll(sourceRules(), newCase)
}

// RunSource is [TestSource] with a subtest for each rule, which run in
// parallel, after one that logs the [SourceCase.Abilities]. A rule that the source cannot be checked by is skipped by name.
// newCase cleans up with t.Cleanup.
func RunSource(t *testing.T, newCase func(t *testing.T) SourceCase) {
	t.Helper()
	runAll(t, sourceRules(), newCase)
}

func sourceRules() []rule[SourceCase] {
	rules := listingRules("customers", customerSide)
	rules = append(rules, listingRules("users", userSide)...)
	rules = append(rules, filterRules("customers", customerSide)...)
	rules = append(rules, filterRules("users", userSide)...)
	rules = append(rules, movingRules()...)
	rules = append(rules, sourcePersonalRules()...)
	rules = append(rules, sourceAwayRules()...)
	return append(rules, sourceAbilityRules()...)
}
