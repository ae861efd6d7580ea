package alarmcom

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/internal/inclusion"
)

// completed adds from SOAP what the PartnerApi did not give of a customer. One that the
// run's filter does not include stays as it is.
func (s *Source) completed(ctx context.Context, number int64, d account.Detail) (adcimport.Customer, error) {
	in, run := inclusion.From(ctx)
	if run && adcimport.Include(in).Excludes(d.Certain) != "" {
		return d.Certain, nil // whatever the rest may be
	}
	if s.soap == nil {
		s.notes.NoteGiven(d.Given)
		if err := s.statusKnown(in, d.Customer, d.LacksStatus); err != nil {
			return adcimport.Customer{}, err
		}
		return d.Customer, nil
	}
	if len(d.LacksStatus) > 0 || d.LacksStation {
		more, err := s.detail(ctx, s.soap, number)
		if err != nil {
			return adcimport.Customer{}, err
		}
		d.Fill(&d.Customer, more.Customer)
	}
	return d.Customer, nil
}

// statusKnown refuses a customer that may be one of those that the filter does not
// include. What is created wrongly cannot be taken back.
func (s *Source) statusKnown(in account.Include, c adcimport.Customer, missing []string) error {
	const rule = "must be told by the PartnerApi, or the account may be one that is to be left out; see Assumptions.PartnerActiveOnly"
	if adcimport.Include(in).Excludes(c) != "" {
		return nil // what is known of it is enough
	}
	var broken []adcimport.FieldError
	for _, path := range missing {
		included := in.Demo && path == "isDemo" || in.Terminated && path == "isTerminated" ||
			in.Demo && in.Commitment && path == "customerType"
		if !included && !s.cfg.assumptions.PartnerActiveOnly {
			broken = append(broken, adcimport.FieldError{Field: path, Rule: rule})
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return &adcimport.RecordError{ID: c.ID, Reason: adcimport.ReasonInvalidRecord, Fields: broken}
}
