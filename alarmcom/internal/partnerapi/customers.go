package partnerapi

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// maxPasses is how often the customers are listed, at most, in search of a pass
// that finds nobody new.
const maxPasses = 3

// maxIdlePages is how many pages in a row may bring nobody new. One may, when
// customers were added before it meanwhile.
const maxIdlePages = 2

var (
	errNothingNew = errors.New("page after page brings nobody new, so the list cannot be read to its end")
	errTooMany    = errors.New("the list has more entries than an account can have")
)

func itoa(n int) string { return strconv.Itoa(n) }

// CustomerIDs returns the ids of all customers, sorted, whatever is included: its list
// tells none apart. The PartnerApi
// states no order and no total, and pages slip when customers come and go in
// between: so the list is read again until a pass finds no new id. Ids are
// collected as numbers, since an account may have a million.
func (a *API) CustomerIDs(ctx context.Context, _ account.Include) ([]int64, error) {
	var all []int64
	for range maxPasses {
		pass, err := a.listPass(ctx)
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
	a.Say(adcimport.KindCustomer, fmt.Sprintf("the list of customers changed while it was read: "+
		"the last of %d passes still found new ones; a later run brings what came too late", maxPasses))
	return all, nil
}

// listPass reads page after page, to the first empty one. A short page is
// not the end: the service may allow fewer a page than it is asked for.
func (a *API) listPass(ctx context.Context) ([]int64, error) {
	known := make(map[int64]struct{})
	for number, idle := 1, 0; idle <= maxIdlePages; number++ {
		page, items, err := a.customerPage(ctx, number)
		switch {
		case err != nil:
			return nil, err
		case items == 0:
			return slices.Collect(maps.Keys(known)), nil
		}
		before := len(known)
		for _, id := range page {
			known[id] = struct{}{}
		}
		if idle++; len(known) > before {
			idle = 0
		}
		if len(known) > account.MaxListIDs {
			return nil, &call.Failure{Op: opCustomers, Err: errTooMany}
		}
	}
	return nil, &call.Failure{Op: opCustomers, Err: errNothingNew}
}

// customerPage returns the ids of one page, and how many items it has:
// one that is null is nobody.
func (a *API) customerPage(ctx context.Context, number int) (ids []int64, items int, err error) {
	address := a.address("/customers", pageQuery(number, a.cfg.PageSize))
	some := false // one of the ids at least can be read
	begin := func() { ids, items, some = ids[:0], 0, false }
	err = a.page(ctx, opCustomers, number, address, begin, func(v map[string]any) error {
		if items++; v == nil {
			return nil
		}
		f := a.reader(v)
		id := f.id("customerId")
		if id <= 0 || len(f.broken) > 0 {
			id = account.Unreadable
		} else {
			some = true
		}
		ids = append(ids, id)
		return nil
	})
	if err == nil && len(ids) > 0 && !some {
		err = &call.Failure{Op: opCustomers, Status: http.StatusOK, Err: errJSONOther}
	}
	return ids, items, err
}

// page reads a page of a list. A service without content may say so
// (status 204) behind the last page: in place of the first one, it has not
// given its list.
func (a *API) page(ctx context.Context, op string, number int, address string, begin func(), item func(map[string]any) error) error {
	object, err := a.get(ctx, op, "", address, begin, item)
	if err == nil && object == nil && number == 1 {
		return &call.Failure{Op: op, Status: http.StatusNoContent, Err: errJSONNoList}
	}
	return err
}
