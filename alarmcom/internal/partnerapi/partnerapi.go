// Package partnerapi reads an account over Alarm.com's PartnerApi (REST).
package partnerapi

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"sync/atomic"
	"time"

	"github.com/securitytrax/adcimport/alarmcom/internal/call"
)

// The operations that are used, as failures have them.
const (
	OpCustomer  = "PartnerApi/customers/{id}"
	opToken     = "PartnerApi/token"
	opCustomers = "PartnerApi/customers"
	opReps      = "PartnerApi/reps"
)

// Config is what a host says of the PartnerApi, and takes for granted of it.
type Config struct {
	BaseURL, TokenURL string
	PageSize          int
	Alone             bool              // nobody completes what it does not give
	Names             map[string]string // real names of assumed fields, by path
	CustomerTypes     []string          // empty: the order of the WSDL
	PropertyTypes     []string          // empty: the order of the WSDL
	Business          string            // the PropertyType of commercial accounts
	ErrorHolds        time.Duration     // for how long a token that was not given is not asked for again
}

// API is the transport. Make it with [New].
type API struct {
	cfg    Config
	client *call.Client
	token  token
	fields atomic.Int32 // fieldsUnknown, fieldsAll or fieldsSeenOnly
	notes  notes
}

// New makes an API over the calls of a client.
func New(cfg Config, client *call.Client) *API {
	a := &API{cfg: cfg, client: client}
	a.token.init(cfg.ErrorHolds)
	return a
}

// Check asks for the shortest list there is: it needs nothing but a login that
// works.
func (a *API) Check(ctx context.Context) error {
	_, err := a.get(ctx, opCustomers, "", a.address("/customers", pageQuery(1, 1)), func() {}, func(map[string]any) error { return nil })
	return call.LoginFailure(err)
}

// Unsupported is what the PartnerApi alone cannot do.
func Unsupported(op, why string) error {
	return &call.Failure{Op: op, Err: fmt.Errorf("the PartnerApi alone %s: %w", why, errors.ErrUnsupported)}
}

// address makes the address of a resource.
func (a *API) address(path string, query url.Values) string {
	if len(query) == 0 {
		return a.cfg.BaseURL + path
	}
	return a.cfg.BaseURL + path + "?" + query.Encode()
}

// Assumed reports whether a path is of a field that nobody has seen.
func Assumed(path string) bool { return slices.Contains(assumedPaths, path) }

// assumedPaths are the fields that nobody has seen, by their assumed paths.
var assumedPaths = []string{
	"salesRepLogin", "subDealerId", "isTerminated", "isDemo", "customerType", "propertyType", "installAddress.countryId",
	centralStation, centralStation + ".twoWayVoiceEnabled", centralStation + ".accountNumber", centralStation + ".receiverPhoneNumber",
	repSupportID, "repId", "repLoginName", "repEmail", "repPhoneNumber", repBranch, repRoles, roleID, roleName,
	"repAddress.firstName", "repAddress.lastName", "repAddress.street1", "repAddress.street2",
	"repAddress.city", "repAddress.state", "repAddress.zip", "repAddress.countryId",
}
