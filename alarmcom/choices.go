package alarmcom

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/partnerapi"
)

// SubDealers are those of GetDealerId together with GetBranches. Whether the two
// agree is not known: customers and reps may belong to an entry that only one of
// them has, and what is not offered cannot be chosen. A login that may not call
// GetBranches gets the others. Sorted by name; an entry without a name has its code
// or its id for one. The PartnerApi alone has no such list, as far as known:
// [errors.ErrUnsupported].
func (s *Source) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	if s.soap == nil {
		return nil, public(partnerapi.Unsupported("SubDealers", "has no list of sub-dealers"))
	}
	return told(s.branches.SubDealers(ctx))
}

// Roles are those of GetRepRoles, sorted by name, by the rules of [Source.SubDealers]. With the PartnerApi alone they
// are the roles that its reps have.
func (s *Source) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	if s.soap == nil {
		return told(s.partner.Roles(ctx))
	}
	return told(s.soap.Roles(ctx))
}
