package match

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// RuleError is a mistake in [Rules].
type RuleError struct {
	Field string // of Rules, as in LinkCustomers
	Index int    // in that field, from 0; -1: the field as a whole
	Rule  string // what it breaks, as in "a link needs at least name, phone and address"
}

func (e *RuleError) Error() string {
	if e.Index < 0 {
		return fmt.Sprintf("match: Rules.%s: %s", e.Field, e.Rule)
	}
	return fmt.Sprintf("match: Rules.%s[%d]: %s", e.Field, e.Index, e.Rule)
}

// Check reports everything that is wrong with r, as [*RuleError]s joined by
// [errors.Join]; nil: nothing. Evidence must be known and of the kind, a link must
// demand at least what the default does, and whatever the default proposes must be
// proposed.
func (r Rules) Check() error {
	own, std := r.WithDefaults(), Rules{}.WithDefaults()
	customers := []Evidence{EvidenceAccount, EvidencePhone, EvidenceEmail, EvidenceAddress, EvidenceName, EvidenceSurname}
	users := []Evidence{EvidenceUsername, EvidenceEmail, EvidenceName}
	return errors.Join(
		checkKind("LinkCustomers", "ProposeCustomers", customers,
			kindRules{own.LinkCustomers, own.ProposeCustomers}, kindRules{std.LinkCustomers, std.ProposeCustomers}),
		checkKind("LinkUsers", "ProposeUsers", users,
			kindRules{own.LinkUsers, own.ProposeUsers}, kindRules{std.LinkUsers, std.ProposeUsers}),
		checkWords("OwnNames", r.OwnNames, ""),
		checkWords("OwnDomains", r.OwnDomains, "@/ "),
		checkWords("Placeholders", r.Placeholders, ""),
	)
}

// kindRules are the demands of one kind of record.
type kindRules struct{ link, propose []Demand }

func checkKind(linkField, proposeField string, known []Evidence, own, std kindRules) error {
	errs := []error{checkDemands(linkField, known, own.link), checkDemands(proposeField, known, own.propose)}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	for i, d := range own.link {
		if set := firstSet(known, func(set []Evidence) bool { return d.MetBy(set) && !anyMet(std.link, set) }); set != nil {
			errs = append(errs, &RuleError{linkField, i, "would link by " + names(set) + ", which is not enough to link"})
		}
	}
	for i, d := range own.propose {
		if d.MetBy([]Evidence{EvidenceName, EvidenceSurname}) {
			errs = append(errs, &RuleError{proposeField, i, "would propose by the name alone, by which nobody is looked up"})
		}
	}
	if set := firstSet(known, func(set []Evidence) bool {
		return anyMet(std.propose, set) && !anyMet(own.propose, set)
	}); set != nil {
		errs = append(errs, &RuleError{proposeField, -1, "does not propose by " + names(set) + ": a record may be there twice then"})
	}
	return errors.Join(errs...)
}

// checkDemands checks the form of demands.
func checkDemands(field string, known []Evidence, list []Demand) error {
	var errs []error
	for i, d := range list {
		wrong := func(format string, args ...any) {
			errs = append(errs, &RuleError{field, i, fmt.Sprintf(format, args...)})
		}
		seen := make(map[Evidence]bool)
		for _, e := range slices.Concat(d.All, d.Any) {
			switch {
			case !slices.Contains(known, e):
				wrong("evidence %q is none of %s", e, names(known))
			case seen[e]:
				wrong("evidence %q is there twice", e)
			}
			seen[e] = true
		}
		switch {
		case len(seen) == 0:
			wrong("demands nothing")
		case len(d.Any) == 0 && d.Of != 0:
			wrong("Of is %d and Any is empty", d.Of)
		case len(d.Any) > 0 && (d.Of < 1 || d.Of > len(d.Any)):
			wrong("Of is %d, must be 1 to %d", d.Of, len(d.Any))
		}
	}
	return errors.Join(errs...)
}

// checkWords checks a list of texts of which none may be empty or hold one of some
// characters.
func checkWords(field string, list []string, without string) error {
	var errs []error
	for i, s := range list {
		switch {
		case strings.TrimSpace(s) == "":
			errs = append(errs, &RuleError{field, i, "is empty"})
		case strings.ContainsAny(s, without):
			errs = append(errs, &RuleError{field, i, "must be a domain, as in example.com"})
		}
	}
	return errors.Join(errs...)
}

func anyMet(list []Demand, set []Evidence) bool {
	return slices.ContainsFunc(list, func(d Demand) bool { return d.MetBy(set) })
}

// firstSet returns the first set of evidence for which f holds, small ones first;
// nil: none.
func firstSet(known []Evidence, f func([]Evidence) bool) []Evidence {
	for size := 1; size <= len(known); size++ {
		for bits := 1; bits < 1<<len(known); bits++ {
			set := make([]Evidence, 0, size)
			for i, e := range known {
				if bits&(1<<i) != 0 {
					set = append(set, e)
				}
			}
			if len(set) == size && f(set) {
				return set
			}
		}
	}
	return nil
}

func names(set []Evidence) string {
	list := make([]string, len(set))
	for i, e := range set {
		list[i] = string(e)
	}
	return strings.Join(list, ", ")
}
