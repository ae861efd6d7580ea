package conformance

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

// abilityLine is an optional interface, and what having it or not means.
type abilityLine struct {
	name          string
	found         bool
	with, without string
}

// has says whether v is a T, or unwraps to one.
func has[T any](v any) bool {
	_, ok := ability.Find[T](v)
	return ok
}

// table has a line for each ability.
func table(title string, lines []abilityLine) string {
	var b strings.Builder
	b.WriteString(title + "\n")
	for _, l := range lines {
		found, means := "found", l.with
		if !l.found {
			found, means = "not found", l.without
		}
		fmt.Fprintf(&b, "  %-22s  %-9s  %s\n", l.name, found, means)
	}
	return b.String()
}

// Abilities is a table of what the suite found on the source and in the case, and what
// that means: what is spelled wrong, or hidden by a wrapper, is not found.
func (c SourceCase) Abilities() string {
	s, a := c.Source, c.Account
	return table(fmt.Sprintf("abilities of %T", s), []abilityLine{
		{"customers", hasCustomers(c), "listed", "the source has none: rules on them are left out"},
		{"users", hasUsers(c), "listed", "the source has none: rules on them are left out"},
		{"CustomerDetailer", has[adcimport.CustomerDetailer](s), "pages may be Partial", "pages hold whole customers"},
		{"FilterChecker", has[adcimport.FilterChecker](s), "bad filters are refused before a run", "a run with a bad filter begins and fails"},
		{"SubDealerLister", has[adcimport.SubDealerLister](s), "sub-dealers are offered", "ids of sub-dealers are typed"},
		{"RoleLister", has[adcimport.RoleLister](s), "roles are offered", "ids of roles are typed"},
		{"Checker", has[adcimport.Checker](s), "a link is checked before a run", "the first call fails"},
		{"Warner", has[adcimport.Warner](s), "its warnings are in the summary", "nobody tells"},
		{"CustomerRemover", has[CustomerRemover](a), "cursors are tried while customers go", "customers_moving is left out"},
		{"UserRemover", has[UserRemover](a), "cursors are tried while users go", "users_moving is left out"},
		{"Empty", c.Empty != nil, "an empty account is tried", "rules on empty accounts are left out"},
		{"Away", c.Away != nil, "a service that is away is tried", "rules on services that are away are left out"},
	})
}

func hasCustomers(c SourceCase) bool {
	t := &trial{ctx: context.Background()}
	return customerSide(c).supported(t)
}

func hasUsers(c SourceCase) bool {
	t := &trial{ctx: context.Background()}
	return userSide(c).supported(t)
}

// Abilities is a table of what the suite found on the sink and its destination, and
// what that means.
func (c SinkCase) Abilities() string {
	s := c.Sink
	ctx := context.Background()
	_, noCustomers := s.FindCustomers(ctx, nil)
	_, noUsers := s.FindUsers(ctx, nil)
	return table(fmt.Sprintf("abilities of %T", s), append([]abilityLine{
		{"customers", !errors.Is(noCustomers, errors.ErrUnsupported), "written", "the sink has none: rules on them are left out"},
		{"users", !errors.Is(noUsers, errors.ErrUnsupported), "written", "the sink has none: rules on them are left out"},
		{"CustomerUpdater", has[adcimport.CustomerUpdater](s), "Upsert updates customers", "Upsert counts customers as unchanged"},
		{"UserUpdater", has[adcimport.UserUpdater](s), "Upsert updates users", "Upsert counts users as unchanged"},
		{"CustomerReader", has[adcimport.CustomerReader](s), "if_empty keeps what people chose", "if_empty is refused for customers"},
		{"UserReader", has[adcimport.UserReader](s), "if_empty keeps what people chose", "if_empty is refused for users"},
		{"CustomerMatcher", has[adcimport.CustomerMatcher](s), "customers typed in are recognised", "they are created again"},
		{"UserMatcher", has[adcimport.UserMatcher](s), "users typed in are recognised", "they are created again"},
		{"RepFinder", has[adcimport.RepFinder](s), "customers have their rep", "they have the default rep, or none"},
		{"CustomerOptionsChecker", has[adcimport.CustomerOptionsChecker](s), "wrong options end a run at once", "each record is rejected"},
		{"UserOptionsChecker", has[adcimport.UserOptionsChecker](s), "wrong options end a run at once", "nothing is checked"},
		{"UserTagMaker", has[adcimport.UserTagMaker](s), "missing tags are made once", "the create makes tags, or nobody"},
		{"CustomerValidator", has[adcimport.CustomerValidator](s), "every broken rule is named", "the destination's first complaint is"},
		{"UserValidator", has[adcimport.UserValidator](s), "every broken rule is named", "the destination's first complaint is"},
		{"AbsenceProver", has[adcimport.AbsenceProver](s), "it says whether Find proves absence", "an empty Find is taken for proof"},
		{"CustomerTracer", has[adcimport.CustomerTracer](s), "a copy without its id is found", "it is created once more, up to three times"},
		{"CustomerSinkLister", has[adcimport.CustomerSinkLister](s), "offices, reps and tags are offered", "their ids are typed"},
		{"UserSinkLister", has[adcimport.UserSinkLister](s), "groups and tags are offered", "their ids are typed"},
		{"Checker", has[adcimport.Checker](s), "a link is checked before a run", "the first call fails"},
		{"Warner", has[adcimport.Warner](s), "its warnings are in the summary", "nobody tells"},
	}, c.tells()...))
}

// tells is what the destination may be able to tell or do.
func (c SinkCase) tells() []abilityLine {
	d := c.destination()
	const byFind, leftOut = "Find is believed", "rules that need it are left out"
	return []abilityLine{
		{"CustomerHolder", has[CustomerHolder](d), "customers are counted", byFind},
		{"UserHolder", has[UserHolder](d), "users are counted", byFind},
		{"CustomerReader (dest.)", has[CustomerReader](d), "customers are read back", leftOut},
		{"UserReader (dest.)", has[UserReader](d), "users are read back", leftOut},
		{"CustomerTypist", has[CustomerTypist](d), "customers are typed in by hand", leftOut},
		{"UserTypist", has[UserTypist](d), "users are typed in by hand", leftOut},
		{"LoginMailer", has[LoginMailer](d), "login mails are counted", leftOut},
		{"ReplyLoser", has[ReplyLoser](d), "a reply is lost", leftOut},
		{"Staller", has[Staller](d), "deadlines are tried under silence", "deadlines are tried only when they have passed"},
		{"KeyHonourer", has[KeyHonourer](d), "it says whether keys are honoured", "keys are taken to be ignored"},
		{"Away", c.Away != nil, "a destination that is away is tried", "rules on destinations that are away are left out"},
	}
}
