package alarmcom

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/service"
)

// Check asks GetDealerId whether the login is good for a dealer's account. A
// service that refuses it is [adcimport.ErrAuth] and [adcimport.ErrNotLinked],
// unless ClassifyFault knows better; a reply without a dealer is ErrNotLinked. The
// PartnerApi, where it is used, is asked in the same way for the shortest list of
// customers.
func (s *Source) Check(ctx context.Context) error {
	var err error
	for _, w := range []*way{s.partner, s.soap} {
		if w != nil && err == nil {
			err = public(w.Check(ctx))
		}
	}
	var e *Error
	if errors.As(err, &e) && e.Fault != nil || errors.Is(err, adcimport.ErrAuth) || errors.Is(err, adcimport.ErrDenied) {
		return service.NotLinked(err)
	}
	return misled(err)
}

// misled says why there is no service at an address, if that is why a call failed.
func misled(err error) error {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	code := service.Cause(e.Status, e.Err, call.Redirected(e.Err))
	if code == "" && e.Status < http.StatusBadRequest && call.Foreign(e.Err) {
		code = "not_the_service"
	}
	if code == "" {
		return err
	}
	return &service.CheckError{Call: adcimport.CallError{End: "source", Operation: e.Op, Code: code, Status: e.Status, Err: e.Err}, Err: err}
}

// probe tells whether the service serves this login at all. What it finds holds
// for a while, and for all who ask at the same time.
func (w *way) probe(ctx context.Context) error {
	_, err := w.probed.Get(ctx, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, public(w.Check(ctx))
	})
	if err != nil {
		return fmt.Errorf("alarmcom: probe after a failed detail: %w", err)
	}
	return nil
}
