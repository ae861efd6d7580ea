package alarmcom

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
)

// completed adds from SOAP what the PartnerApi did not give of a customer.
func (s *Source) completed(ctx context.Context, number int64, d account.Detail) (adcimport.Customer, error) {
	if err := s.cfg.include.check(d.Certain); err != nil {
		return d.Customer, err // whatever the rest may be
	}
	if s.soap == nil {
		s.notes.NoteGiven(d.Given)
		if err := s.statusKnown(d.Customer.ID, d.LacksStatus); err != nil {
			return adcimport.Customer{}, err
		}
		return d.Customer, s.cfg.include.check(d.Customer)
	}
	if len(d.LacksStatus) > 0 || d.LacksStation {
		more, err := s.detail(ctx, s.soap, number)
		if err != nil {
			return adcimport.Customer{}, err
		}
		d.Fill(&d.Customer, more.Customer)
	}
	return d.Customer, s.cfg.include.check(d.Customer)
}

// statusKnown refuses a customer that may be one of those that [Include] leaves
// out. What is created wrongly cannot be taken back.
func (s *Source) statusKnown(id string, missing []string) error {
	const rule = "must be told by the PartnerApi, or the account may be one that is to be left out; see Assumptions.PartnerActiveOnly"
	in := s.cfg.include
	var broken []adcimport.FieldError
	for _, path := range missing {
		included := in.Demo && path == "isDemo" || in.Terminated && path == "isTerminated" ||
			in.Demo && in.Commitments && path == "customerType"
		if !included && !s.cfg.assumptions.PartnerActiveOnly {
			broken = append(broken, adcimport.FieldError{Field: path, Rule: rule})
		}
	}
	if len(broken) == 0 {
		return nil
	}
	return &adcimport.RecordError{ID: id, Reason: adcimport.ReasonInvalidRecord, Fields: broken}
}
