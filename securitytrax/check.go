package securitytrax

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/service"
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
		return service.NotLinked(misled(err))
	}
	if err != nil || s.cfg.ispID == "" {
		return misled(err)
	}
	if len(doc.Data) != 1 || !isActive(doc.Data[0], s.schema.Active) {
		return fmt.Errorf("securitytrax: %s %s: %w: activate it under Company Settings, Interactive Services Providers",
			op, s.cfg.ispID, adcimport.ErrNotLinked)
	}
	return nil
}

// isActive reads a link's attribute. It is not known in which form the service
// writes it: whatever it has and does not say yes is taken for no.
func isActive(link jsonapi.Resource, attribute string) bool {
	if _, given := link.Attributes[attribute]; !given {
		return true // the schema names another one, or the service has none
	}
	switch strings.ToLower(strings.TrimSpace(link.Text(attribute))) {
	case "true", "1", "yes", "y", "on", "active", "enabled":
		return true
	}
	return false
}

// misled says why there is no service at an address, if that is why a request
// failed.
func misled(err error) error {
	e, ok := errors.AsType[*APIError](err)
	if !ok {
		return err
	}
	code := service.Cause(e.Status, e.Err, errors.Is(e.Err, errRedirect))
	if code == "" && e.Status < http.StatusBadRequest && errors.Is(e.Err, errBrokenReply) {
		code = "not_the_service"
	}
	if code == "" {
		return err
	}
	return &service.CheckError{Call: adcimport.CallError{End: "sink", Operation: e.Op, Code: code, Status: e.Status, Err: e.Err}, Err: err}
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

// Warnings says when the Alarm.com ids of a run's records are not kept, when
// replies to look-ups are cut, and which customers could not be looked for.
func (s *Sink) Warnings(_ context.Context, run adcimport.RunInfo) []string {
	var list []string
	if !s.ProvesAbsence(run.Kind) {
		list = append(list, fmt.Sprintf("SecurityTrax keeps no Alarm.com id of a %s (securitytrax.Schema): "+
			"one whose creation is in doubt ends as failed and must be looked at by a person", run.Kind))
	}
	if run.Kind == adcimport.KindCustomer {
		if text := s.unasked.said(); text != "" {
			list = append(list, text)
		}
	}
	if n := s.client.sizes.cutAt(); n > 0 {
		list = append(list, fmt.Sprintf("SecurityTrax cuts its replies to look-ups, and does not say where they go on: "+
			"it is asked for %d records at a time (securitytrax.Schema.FindChunk)", n))
	}
	return list
}
