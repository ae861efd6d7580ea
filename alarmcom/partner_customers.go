package alarmcom

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
)

// maxPasses is how often the customers are listed, at most, in search of a pass
// that finds nobody new.
const maxPasses = 3

// maxSamePages is how many equal pages in a row are taken for a service that
// does not page.
const maxSamePages = 3

var errNoPaging = errors.New("page after page is the same, so the list cannot be read to its end")

func itoa(n int) string { return strconv.Itoa(n) }

// listPartnerCustomers answers the ids of all customers, sorted. The PartnerApi
// states no order and no total, and pages slip when customers come and go in
// between: so the list is read again until a pass finds no new id. Ids are
// collected as numbers, since an account may have a million.
func (s *Source) listPartnerCustomers(ctx context.Context) ([]int64, error) {
	var all []int64
	for range maxPasses {
		pass, err := s.listPartnerPass(ctx)
		if err != nil {
			return nil, err
		}
		before := len(all)
		all = append(all, pass...)
		slices.Sort(all)
		all = slices.Compact(all)
		if len(all) == before {
			return all, nil
		}
	}
	s.partner.notes.say(adcimport.KindCustomer, fmt.Sprintf("the list of customers changed while it was read: "+
		"the last of %d passes still found new ones; a later run brings what came too late", maxPasses))
	return all, nil
}

// listPartnerPass reads page after page, to the first empty one. A short page is
// not the end: the service may allow fewer a page than it is asked for.
func (s *Source) listPartnerPass(ctx context.Context) ([]int64, error) {
	var pass, last []int64
	for number, same := 1, 0; ; number++ {
		page, err := s.partnerCustomerPage(ctx, number)
		switch {
		case err != nil:
			return nil, err
		case len(page) == 0:
			return pass, nil
		}
		if same++; !slices.Equal(page, last) {
			same = 1
		}
		if same == maxSamePages {
			return nil, &Error{Op: opPartnerCustomers.name, Err: errNoPaging}
		}
		pass, last = append(pass, page...), page
	}
}

// partnerCustomerPage answers the ids of one page, sorted.
func (s *Source) partnerCustomerPage(ctx context.Context, number int) ([]int64, error) {
	var ids []int64
	address := s.partner.address("/customers", pageQuery(number, s.partner.PageSize))
	_, err := s.partnerGet(ctx, opPartnerCustomers, "", address, func() { ids = ids[:0] }, func(v map[string]any) error {
		if v == nil {
			return nil // an item that is null is nobody
		}
		f := s.partnerFields(v)
		id := f.id("customerId")
		if id <= 0 || len(f.broken) > 0 {
			return errJSONOther
		}
		ids = append(ids, id)
		return nil
	})
	slices.Sort(ids)
	return ids, err
}
