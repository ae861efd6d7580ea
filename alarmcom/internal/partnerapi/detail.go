package partnerapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// seen are the fields of a customer that were seen; assumed
// those that are asked for by the camelCase of their SOAP names
// (WSDL CustomerInfo).
var (
	seen = []string{
		"customerId", "firstName", "lastName", "companyName", "email", "phoneNumber", "installAddress", "joinDate",
	}
	assumed = []string{
		"salesRepLogin", "subDealerId", "isTerminated", "isDemo", "customerType", "propertyType", "centralStationInfo",
	}
)

// What is known of the fields that a service takes: nothing, that it takes all,
// or that it refuses the assumed ones.
const (
	fieldsUnknown int32 = iota
	fieldsAll
	fieldsSeenOnly
)

// Customer reads one customer.
func (a *API) Customer(ctx context.Context, number int64) (account.Detail, error) {
	id := strconv.FormatInt(number, 10)
	object, err := a.customer(ctx, id)
	if err != nil {
		return account.Detail{}, err
	}
	f := a.reader(object)
	switch got := f.id("customerId"); {
	case len(object) == 0:
		none := fmt.Errorf("%w: %w", account.ErrNoResult, adcimport.ErrNotFound)
		return account.Detail{Refused: &call.Failure{Op: OpCustomer, ID: id, Err: none}}, nil
	case got != number:
		return account.Detail{Refused: account.RecordFailed(id, account.ErrOtherID)}, nil
	}
	c, err := f.customer(id, a.cfg)
	if err != nil {
		return account.Detail{Refused: err}, nil //nolint:nilerr // it concerns the customer, not the call
	}
	return account.Detail{
		Customer: c, Certain: f.certain(c), LacksStatus: f.missing(statusPaths), LacksStation: !f.given[centralStation],
		Fill: f.fill, Given: f.given,
	}, nil
}

// customer asks for a customer's fields. As long as it is not known that
// the service takes the assumed ones, a refusal is tried again without them.
func (a *API) customer(ctx context.Context, id string) (map[string]any, error) {
	state := a.fields.Load()
	if state == fieldsSeenOnly {
		return a.customerFields(ctx, id, seen)
	}
	object, err := a.customerFields(ctx, id, slices.Concat(seen, assumed))
	if err == nil {
		a.fields.CompareAndSwap(fieldsUnknown, fieldsAll)
		return object, nil
	}
	var e *call.Failure
	if state != fieldsUnknown || !errors.As(err, &e) || !mayBeOfTheFields(e) {
		return nil, err
	}
	object, again := a.customerFields(ctx, id, seen)
	if again != nil || len(object) == 0 {
		return nil, err
	}
	if a.fields.CompareAndSwap(fieldsUnknown, fieldsSeenOnly) {
		a.Say(adcimport.KindCustomer, "the PartnerApi refuses to be asked for "+strings.Join(assumed, ", ")+": they are not asked for")
	}
	return object, nil
}

// mayBeOfTheFields reports whether a call may have failed for what it asked for.
func mayBeOfTheFields(e *call.Failure) bool {
	if errors.Is(e, adcimport.ErrAuth) {
		return false
	}
	return e.Status == http.StatusBadRequest || e.Status == http.StatusInternalServerError || e.Fault != nil && e.Err == nil
}

func (a *API) customerFields(ctx context.Context, id string, paths []string) (map[string]any, error) {
	var fields []string
	for _, path := range paths {
		name, _, _ := strings.Cut(a.name(path), ".")
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	address := a.address("/customers/"+id, url.Values{"fields": {strings.Join(fields, ",")}})
	return a.get(ctx, OpCustomer, id, address, func() {}, nil)
}

func (a *API) name(path string) string {
	return cmp.Or(a.cfg.Names[path], path)
}
