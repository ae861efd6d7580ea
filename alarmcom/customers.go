package alarmcom

import (
	"context"
	"iter"
	"slices"
	"strconv"

	"github.com/securitytrax/adcimport"
)

// Customers lists customer ids, ascending, as Partial pages. A
// filter by ids delivers those ids without asking the service; a filter by
// sub-dealers lists one after another; without a filter there is one list call.
// Over SOAP, the accounts that the filter does not include are told apart by the lists:
// one more for terminated ones, of each sub-dealer, and one for commitments, of the
// whole account; they come with the field that says so. Where such a list cannot be
// had, a warning says that they are not counted. Of demo accounts, and of what only
// the PartnerApi lists, the details tell.
// The PartnerApi has no list by sub-dealer: where it is used alone, a filter by
// sub-dealers costs the details of every new customer. A list of one sub-dealer that
// cannot be had, while those of others can, does not hold these up: they come first,
// and the listing ends with the error.
// An id that is no number is an [*adcimport.InvalidFilterError], a cursor of
// another listing a [*CursorError].
func (s *Source) Customers(
	ctx context.Context, f adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	f.CustomerIDs, f.SubDealerIDs = slices.Clone(f.CustomerIDs), slices.Clone(f.SubDealerIDs)
	return func(yield func(adcimport.Page[adcimport.Customer], error) bool) {
		l, err := s.newCustomerListing(f, from)
		if err != nil {
			yield(adcimport.Page[adcimport.Customer]{}, err)
			return
		}
		l.run(ctx, yield)
	}
}

// CheckCustomerFilter refuses ids that are no numbers, and so can never match: a
// sub-dealer is chosen by its id, not by its name.
func (*Source) CheckCustomerFilter(f adcimport.CustomerFilter) error {
	if _, err := parseIDs("CustomerFilter.CustomerIDs", f.CustomerIDs); err != nil {
		return err
	}
	_, err := parseIDs("CustomerFilter.SubDealerIDs", f.SubDealerIDs)
	return err
}

// parseIDs reads the ids of a filter, sorted. They are numbers at Alarm.com,
// and must be written as the service's own are, or nothing would match.
func parseIDs(field string, texts []string) ([]int64, error) {
	ids := make([]int64, 0, len(texts))
	for _, text := range texts {
		id, err := strconv.ParseInt(text, 10, 64)
		if err != nil || id <= 0 || strconv.FormatInt(id, 10) != text {
			return nil, &adcimport.InvalidFilterError{
				Field: field, Part: text, Rule: "must be a positive whole number without leading zeros",
			}
		}
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return slices.Compact(ids), nil
}
