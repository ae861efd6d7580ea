package alarmcom

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/securitytrax/adcimport"
)

// partnerSeen are the fields of a customer that were seen (FACTS 4);
// partnerAssumed those that are asked for by the camelCase of their SOAP names
// (WSDL CustomerInfo).
var (
	partnerSeen = []string{
		"customerId", "firstName", "lastName", "companyName", "email", "phoneNumber", "installAddress", "joinDate",
	}
	partnerAssumed = []string{
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

// partnerDetail reads one customer with the PartnerApi, and from SOAP what it
// does not give.
func (s *Source) partnerDetail(ctx context.Context, id string, number int64) (adcimport.Customer, error) {
	object, err := s.partnerCustomer(ctx, id)
	if err != nil {
		return adcimport.Customer{}, s.partnerDetailError(ctx, id, err)
	}
	s.gone.Store(0)
	f := s.partnerFields(object)
	switch got := f.id("customerId"); {
	case len(object) == 0:
		return adcimport.Customer{}, &Error{Op: opPartnerCustomer.name, ID: id, Err: fmt.Errorf("%w: %w", errNoResult, adcimport.ErrNotFound)}
	case got != number:
		return adcimport.Customer{}, recordFailed(id, errOtherID)
	}
	customer, err := f.customer(id, s.cfg.Assumptions)
	if err != nil {
		return adcimport.Customer{}, err
	}
	return s.completed(ctx, number, customer, f)
}

// completed adds what the PartnerApi did not give of a customer.
func (s *Source) completed(ctx context.Context, number int64, c adcimport.Customer, f *partnerFields) (adcimport.Customer, error) {
	status := f.missing(partnerStatus)
	if certain := f.certain(c); s.cfg.Include.check(certain) != nil {
		return c, s.cfg.Include.check(certain) // whatever the rest may be
	}
	if !s.soap() {
		s.partner.notes.read(adcimport.KindCustomer, f.given)
		if err := s.statusKnown(c.ID, status); err != nil {
			return adcimport.Customer{}, err
		}
		return c, s.cfg.Include.check(c)
	}
	if len(status) > 0 || !f.given[centralStation] {
		more, err := s.soapDetail(ctx, c.ID, number)
		if err != nil {
			return adcimport.Customer{}, err
		}
		f.fill(&c, &more)
	}
	return c, s.cfg.Include.check(c)
}

// statusKnown refuses a customer that may be one of those that [Include] leaves
// out. What is created wrongly cannot be taken back.
func (s *Source) statusKnown(id string, missing []string) error {
	in, f := s.cfg.Include, partnerFields{}
	for _, path := range missing {
		included := in.Demo && path == "isDemo" || in.Terminated && path == "isTerminated" ||
			in.Demo && in.Commitments && path == "customerType"
		if !included && !s.cfg.Assumptions.PartnerActiveOnly {
			f.breaks(path, "must be told by the PartnerApi, or the account may be one that is to be left out; see Assumptions.PartnerActiveOnly")
		}
	}
	return f.err(id)
}

// partnerCustomer asks for a customer's fields. As long as it is not known that
// the service takes the assumed ones, a refusal is tried again without them.
func (s *Source) partnerCustomer(ctx context.Context, id string) (map[string]any, error) {
	state := s.partner.fields.Load()
	if state == fieldsSeenOnly {
		return s.partnerCustomerFields(ctx, id, partnerSeen)
	}
	object, err := s.partnerCustomerFields(ctx, id, slices.Concat(partnerSeen, partnerAssumed))
	if err == nil {
		s.partner.fields.CompareAndSwap(fieldsUnknown, fieldsAll)
		return object, nil
	}
	var e *Error
	if state != fieldsUnknown || !errors.As(err, &e) || !mayBeOfTheFields(e) {
		return nil, err
	}
	object, again := s.partnerCustomerFields(ctx, id, partnerSeen)
	if again != nil || len(object) == 0 {
		return nil, err
	}
	if s.partner.fields.CompareAndSwap(fieldsUnknown, fieldsSeenOnly) {
		s.partner.notes.say(adcimport.KindCustomer, "the PartnerApi refuses to be asked for "+strings.Join(partnerAssumed, ", ")+": they are not asked for")
	}
	return object, nil
}

// mayBeOfTheFields reports whether a call may have failed for what it asked for.
func mayBeOfTheFields(e *Error) bool {
	if errors.Is(e, adcimport.ErrAuth) {
		return false
	}
	return e.Status == http.StatusBadRequest || e.Status == http.StatusInternalServerError || e.Fault != nil && e.Err == nil
}

func (s *Source) partnerCustomerFields(ctx context.Context, id string, paths []string) (map[string]any, error) {
	var fields []string
	for _, path := range paths {
		name, _, _ := strings.Cut(s.partnerName(path), ".")
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	}
	address := s.partner.address("/customers/"+id, url.Values{"fields": {strings.Join(fields, ",")}})
	return s.partnerGet(ctx, opPartnerCustomer, id, address, func() {}, nil)
}

func (s *Source) partnerName(path string) string {
	return orDefault(s.cfg.Assumptions.PartnerNames[path], path)
}

// partnerDetailError says whom the failure of a detail concerns: this customer
// or the account.
func (s *Source) partnerDetailError(ctx context.Context, id string, err error) error {
	var e *Error
	if !errors.As(err, &e) || e.Op == opPartnerToken.name {
		return err // the token's failures are of the account already
	}
	classified := errors.Is(err, adcimport.ErrNotFound) || errors.Is(err, adcimport.ErrDenied)
	_, unreadable := errors.AsType[jsonError](err)
	switch {
	case e.Fault != nil && e.Err != nil:
		return err // the host knows, or the status says it
	case away(e) || isPaused(err):
		return s.awayForOne(id, e, err, s.askPartner(ctx))
	case e.Fault == nil && !classified && !unreadable && e.Status != http.StatusInternalServerError:
		return ofTheAccount(err)
	}
	if probe := s.probePartner(ctx); probe != nil {
		return ofTheAccount(fmt.Errorf("alarmcom: probe after a failed detail: %w", probe))
	}
	switch {
	case classified:
		return err
	case e.Fault != nil:
		return fmt.Errorf("%w: %w", adcimport.ErrNotFound, err) // see Assumptions
	}
	return recordFailed(id, err)
}
