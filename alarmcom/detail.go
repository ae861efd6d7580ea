package alarmcom

import (
	"context"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/soap"
)

// CustomerDetail reads one customer with GetCustomerInfo_V2, or over the
// PartnerApi; there, too, from GetCustomerInfo_V2 what the PartnerApi does not
// give.
//
// [adcimport.ErrNotFound] is a customer that the service has no result for,
// [adcimport.ErrFilteredOut] one that [Include] leaves out, and an
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
	if s.partner != nil {
		return s.partnerDetail(ctx, id, number)
	}
	customer, err := s.soapDetail(ctx, id, number)
	if err != nil {
		return adcimport.Customer{}, err
	}
	return customer, s.cfg.Include.check(customer)
}

// soapDetail reads one customer with GetCustomerInfo_V2.
func (s *Source) soapDetail(ctx context.Context, id string, number int64) (adcimport.Customer, error) {
	version, err := s.callerVersion(ctx)
	if err != nil {
		return adcimport.Customer{}, ofTheAccount(err)
	}
	var args customerInfoRequest
	args.Input.CallerVersion, args.Input.CustomerID = version, number
	info, err := result[customerInfo](ctx, s, opGetCustomerInfo, id, args)
	if err == nil {
		s.gone.Store(0)
	}
	switch {
	case err != nil:
		return adcimport.Customer{}, s.detailError(ctx, id, err)
	case info == nil:
		return adcimport.Customer{}, &Error{Op: opGetCustomerInfo.name, ID: id, Err: fmt.Errorf("%w: %w", errNoResult, adcimport.ErrNotFound)}
	case info.CustomerID != number:
		return adcimport.Customer{}, recordFailed(id, errOtherID)
	}
	return info.customer(s.cfg.Assumptions)
}

func recordFailed(id string, err error) error {
	return &adcimport.RecordError{ID: id, Reason: adcimport.ReasonSourceFailed, Err: err}
}

// check says whether a customer is left out, and why.
func (in Include) check(c adcimport.Customer) error {
	var why string
	switch {
	case c.Terminated && !in.Terminated:
		why = "terminated"
	case c.Demo && !in.Demo:
		why = "a demo account"
	case c.Commitment && !in.Commitments:
		why = "a commitment"
	default:
		return nil
	}
	return fmt.Errorf("alarmcom: customer %s is %s: %w", c.ID, why, adcimport.ErrFilteredOut)
}

// detailError says whom the failure of a detail concerns: this customer or the
// account.
func (s *Source) detailError(ctx context.Context, id string, err error) error {
	var e *Error
	if !errors.As(err, &e) {
		return err
	}
	var format *soap.FormatError
	unreadable := errors.As(err, &format)
	switch {
	case e.Fault != nil && e.Err != nil:
		return err // the host knows
	case away(e) || isPaused(err):
		_, probe := s.dealer(ctx)
		return s.awayForOne(id, e, err, probe)
	case e.Fault == nil && !unreadable && e.Status != http.StatusInternalServerError:
		return ofTheAccount(err)
	}
	if probe := s.probe(ctx); probe != nil {
		return ofTheAccount(probe)
	}
	if e.Fault != nil {
		return fmt.Errorf("%w: %w", adcimport.ErrNotFound, err) // see Assumptions
	}
	return recordFailed(id, err)
}

// maxGone is how many customers in a row may be given up because their details
// bring no reply. It is the operation that is out of order then.
const maxGone = 2

// awayForOne tells a customer whose detail brings no reply, however often it is
// asked for, from a service that is away: that answers nothing else either. The
// probe has just been made: what was remembered of one does not count.
func (s *Source) awayForOne(id string, e *Error, err, probe error) error {
	switch {
	case probe == nil && s.gone.Add(1) <= maxGone:
		return recordFailed(id, e) // and not a pause
	case probe == nil && s.cfg.MaxPause >= 0:
		return &adcimport.PausedError{Until: s.pace.RetryAt(), Err: e}
	case probe == nil || isPaused(err):
		return err
	}
	return ofTheAccount(probe)
}

// ofTheAccount keeps an error of the account from being taken for one of a
// single customer: a login that is denied everything is not to be tried with
// every customer.
func ofTheAccount(err error) error {
	var record *adcimport.RecordError
	if errors.Is(err, adcimport.ErrDenied) || errors.Is(err, adcimport.ErrNotFound) ||
		errors.Is(err, adcimport.ErrFilteredOut) || errors.As(err, &record) {
		return fmt.Errorf("%w: %v", adcimport.ErrAuth, err) //nolint:errorlint // hidden from errors.Is on purpose
	}
	return err
}

// callerVersion is asked once; it tells the service which enum values are known
// here, and all are, since unknown text is accepted (FACTS 2.2).
func (s *Source) callerVersion(ctx context.Context) (int32, error) {
	if v := s.cfg.Assumptions.CallerVersion; v != 0 {
		return v, nil
	}
	return s.version.get(ctx, func(ctx context.Context) (int32, error) {
		v, err := result[int32](ctx, s, opGetLatestCallerVersion, "", noArgs(opGetLatestCallerVersion))
		if err != nil {
			return 0, err
		}
		if v == nil {
			return 0, &Error{Op: opGetLatestCallerVersion.name, Err: errNoResult}
		}
		return *v, nil
	})
}
