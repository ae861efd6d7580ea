package alarmcom

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// CustomerDetail reads one customer with GetCustomerInfo_V2, or over the
// PartnerApi; there, too, from GetCustomerInfo_V2 what the PartnerApi does not
// give.
//
// [adcimport.ErrNotFound] is a customer that the service has no result for, and an
// [*adcimport.RecordError] one whose reply cannot be read while others can; any
// other error concerns the whole account. What a fault is says
// [Config.ClassifyFault]; one that it does not know is told apart by a probe
// with GetDealerId, or with the shortest list of the PartnerApi: when that works,
// there is no such customer.
func (s *Source) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	number, err := strconv.ParseInt(id, 10, 64)
	if err != nil || number <= 0 || number > math.MaxInt32 {
		// The service's ids are 32-bit numbers: it cannot even be asked.
		return adcimport.Customer{}, fmt.Errorf("alarmcom: customer %q: %w", id, adcimport.ErrNotFound)
	}
	detail, err := s.detail(ctx, s.first(), number)
	if err != nil {
		return adcimport.Customer{}, err
	}
	if s.partner == nil {
		return detail.Customer, nil
	}
	return s.completed(ctx, number, detail)
}

// detail reads one customer over one transport.
func (s *Source) detail(ctx context.Context, w *way, number int64) (account.Detail, error) {
	detail, err := told(w.Customer(ctx, number))
	if err != nil {
		return account.Detail{}, s.detailError(ctx, w, strconv.FormatInt(number, 10), err)
	}
	return detail, public(detail.Refused)
}

// detailError says whom the failure of a detail concerns: this customer or the
// account.
func (s *Source) detailError(ctx context.Context, w *way, id string, err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Op != w.opCustomer {
		return err // what had to be asked before is of the account already
	}
	classified := w.statusTells && (errors.Is(err, adcimport.ErrNotFound) || errors.Is(err, adcimport.ErrDenied))
	unreadable := call.Unreadable(err)
	switch {
	case e.Fault != nil && e.Err != nil:
		return err // the host knows, or the status says it
	case e.failure().Away():
		return err // of the customer or of the operation: the importer finds out
	case e.Fault == nil && !classified && !unreadable && e.Status != http.StatusInternalServerError && e.Status != http.StatusForbidden:
		return call.OfTheAccount(err)
	}
	if probe := w.probe(ctx); probe != nil {
		return call.OfTheAccount(probe)
	}
	switch {
	case classified:
		return err
	case e.Status == http.StatusForbidden && e.Fault == nil:
		return deniedOne(e)
	case e.Fault != nil:
		return fmt.Errorf("%w: %w", adcimport.ErrNotFound, err) // see Assumptions
	}
	return account.RecordFailed(id, err)
}

// deniedOne is a customer for which something in front of the service may have said
// 403, such as a firewall. It is no word about the customer: the importer finds out
// whether others are served.
func deniedOne(e *Error) error {
	doubtful := *e
	doubtful.Err = errDeniedOne
	return &doubtful
}

var errDeniedOne = errors.New("refused for this customer, though the login works")
