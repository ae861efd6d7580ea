package securitytrax

import (
	"context"
	"errors"
	"fmt"

	"github.com/securitytrax/adcimport"
)

// Check authenticates and reads one thing: the link, or the first
// page of offices where Config.ISPID is not set. Credentials that are refused
// are adcimport.ErrAuth. A link, profile or base URL that is not there, is not
// active or must not be read is adcimport.ErrNotLinked.
func (s *Sink) Check(ctx context.Context) error {
	const op = "check link"
	address := s.client.address(lookup{path: s.schema.Locations.Path}, nil)
	if s.cfg.ispID != "" {
		address = s.client.urlOf(s.schema.ISPs.Path, s.cfg.ispID)
	}
	doc, err := s.client.read(ctx, op, s.cfg.ispID, address)
	if errors.Is(err, adcimport.ErrNotFound) || errors.Is(err, adcimport.ErrDenied) {
		return fmt.Errorf("%w: %w", adcimport.ErrNotLinked, err)
	}
	if err != nil || s.cfg.ispID == "" {
		return err
	}
	if len(doc.Data) != 1 || doc.Data[0].Text(s.schema.Active) == "false" {
		return fmt.Errorf("securitytrax: %s %s: %w", op, s.cfg.ispID, adcimport.ErrNotLinked)
	}
	return nil
}

// ProvesAbsence returns false for a kind whose Alarm.com id SecurityTrax does
// not keep, by [Schema].
func (s *Sink) ProvesAbsence(k adcimport.Kind) bool {
	switch k {
	case adcimport.KindCustomer:
		return s.schema.CustomerID != IDNowhere
	case adcimport.KindUser:
		return s.schema.User.AlarmComID != ""
	}
	return false
}

// Warnings says when the Alarm.com ids of a run's records are not kept.
func (s *Sink) Warnings(_ context.Context, run adcimport.RunInfo) []string {
	if s.ProvesAbsence(run.Kind) {
		return nil
	}
	return []string{fmt.Sprintf("SecurityTrax keeps no Alarm.com id of a %s (securitytrax.Schema): "+
		"one whose creation is in doubt ends as failed and must be looked at by a person", run.Kind)}
}
