package alarmcom

import (
	"context"
	"errors"
	"fmt"

	"github.com/securitytrax/adcimport"
)

// Check asks GetDealerId whether the login is good for a dealer's account (SPEC
// A1). A service that refuses it is [adcimport.ErrAuth] and
// [adcimport.ErrNotLinked], unless ClassifyFault knows better; an answer without
// a dealer is ErrNotLinked. The PartnerApi, where it is used, is asked in the same
// way for the shortest list of customers.
func (s *Source) Check(ctx context.Context) error {
	var err error
	if s.partner != nil {
		err = s.askPartner(ctx)
	}
	if err == nil && s.soap() {
		_, err = s.dealer(ctx)
	}
	var e *Error
	if errors.As(err, &e) && e.Fault != nil || errors.Is(err, adcimport.ErrAuth) || errors.Is(err, adcimport.ErrDenied) {
		return fmt.Errorf("%w: %w", adcimport.ErrNotLinked, err)
	}
	return err
}

// dealer calls GetDealerId. It needs nothing but a login that works, so a
// failure that the service reports is one of the login, as far as can be told.
func (s *Source) dealer(ctx context.Context) (*dealerInfo, error) {
	info, err := result[dealerInfo](ctx, s, opGetDealerID, "", noArgs(opGetDealerID))
	switch {
	case err != nil:
		return nil, loginFailure(err)
	case info == nil:
		return nil, &Error{Op: opGetDealerID.name, Err: fmt.Errorf("%w: %w", errNoResult, adcimport.ErrNotLinked)}
	case !info.Success:
		f := Fault{Op: opGetDealerID.name, Code: FailureCode, Text: info.ErrorMessage}
		return nil, loginFailure(s.failure(f, 0))
	case info.DealerID == 0:
		return nil, &Error{Op: opGetDealerID.name, Err: fmt.Errorf("the login has no dealer: %w", adcimport.ErrNotLinked)}
	}
	return info, nil
}

// loginFailure makes ErrAuth of a reported failure that nobody classified.
func loginFailure(err error) error {
	var e *Error
	if errors.As(err, &e) && e.Fault != nil && e.Err == nil {
		e.Err = fmt.Errorf("login is wrong, locked or lacks rights, or the service is out of order: %w", adcimport.ErrAuth)
	}
	return err
}

// probe tells whether the service answers this login at all. Its answer holds
// for a while, and for all who ask at the same time.
func (s *Source) probe(ctx context.Context) error {
	_, err := s.probed.get(ctx, func(ctx context.Context) (struct{}, error) {
		_, err := s.dealer(ctx)
		return struct{}{}, err
	})
	if err != nil {
		return fmt.Errorf("alarmcom: probe after a failed detail: %w", err)
	}
	return nil
}
