package adcimport

import (
	"errors"
	"fmt"
)

// checkedCustomers plans a run that a caller starts: the source refuses a filter
// that it cannot mean before the run begins. Runs that go on, and retries, have
// begun with theirs.
func (imp *Importer) checkedCustomers(f CustomerFilter, o CustomerOptions) (*plan, error) {
	p, err := imp.planCustomers(f, o, "")
	if err != nil {
		return nil, err
	}
	f, _ = f.normalized() // a copy: the source may do with it what it likes
	err = imp.checkFilter("Source.CheckCustomerFilter", func(c FilterChecker) error { return c.CheckCustomerFilter(f) })
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (imp *Importer) checkedUsers(f UserFilter, o UserOptions) (*plan, error) {
	p, err := imp.planUsers(f, o, "")
	if err != nil {
		return nil, err
	}
	f, _ = f.normalized()
	err = imp.checkFilter("Source.CheckUserFilter", func(c FilterChecker) error { return c.CheckUserFilter(f) })
	if err != nil {
		return nil, err
	}
	return p, nil
}

func (imp *Importer) checkFilter(call string, check func(FilterChecker) error) error {
	checker, ok := ability[FilterChecker](imp.cfg.Source)
	if !ok {
		return nil
	}
	if err := imp.host.do(call, func() error { return check(checker) }); err != nil {
		return fmt.Errorf("check the filter: %w", err)
	}
	return nil
}

// half is an end that has one kind only.
type half interface{ lacks() Kind }

// hasKind refuses a kind that source or sink was made without.
func (imp *Importer) hasKind(k Kind) error {
	for _, e := range []struct {
		name string
		end  any
	}{{"source", imp.cfg.Source}, {"sink", imp.cfg.Sink}} {
		for end := e.end; end != nil; end = unwrapped(end) {
			if h, ok := end.(half); ok && h.lacks() == k {
				return fmt.Errorf("import %ss: the %s is of one kind and has none: %w", k, e.name, errors.ErrUnsupported)
			}
		}
	}
	return nil
}
