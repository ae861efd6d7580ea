package alarmcom

import (
	"context"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/alarmcom/internal/partnerapi"
	"github.com/securitytrax/adcimport/alarmcom/internal/soapapi"
)

// transport is one way to read an account. A failed call is a [*call.Failure].
type transport interface {
	// Check makes a call that needs nothing but a login that works.
	Check(ctx context.Context) error
	// CustomerIDs lists the customers, sorted: those that in includes, as far as a
	// list can tell.
	CustomerIDs(ctx context.Context, in account.Include) ([]int64, error)
	// Customer reads one customer.
	Customer(ctx context.Context, id int64) (account.Detail, error)
	// Reps lists the users that match a filter, in no order.
	Reps(ctx context.Context, f adcimport.UserFilter) ([]account.Rep, error)
	// Roles lists the roles that users can have, by name.
	Roles(ctx context.Context) ([]adcimport.Choice, error)
}

var (
	_ transport = (*soapapi.API)(nil)
	_ transport = (*partnerapi.API)(nil)
)

// way is a transport with what is remembered of it.
type way struct {
	transport

	opCustomer  string                       // the operation that reads a customer, as failures have it
	statusTells bool                         // a status of 403 or 404 may be of one customer
	probed      account.Remembered[struct{}] // whether it serves this login at all
}

// ways are those to an account.
type ways struct {
	soap     *way            // nil: not to be called
	branches *soapapi.API    // the same, for what only SOAP has
	partner  *way            // nil: all over SOAP
	notes    *partnerapi.API // the same, for what it has to say at the end of a run
}

func newWays(cfg settings, client *call.Client) ways {
	var w ways
	business := cfg.assumptions.business()
	p := cfg.partner
	if p == nil || !p.Only {
		w.branches = soapapi.New(soapapi.Config{
			BaseURL: cfg.BaseURL, SOAP12: cfg.soap12,
			CallerVersion: cfg.assumptions.CallerVersion, Business: business, ErrorHolds: cfg.probeTTL,
		}, client)
		w.soap = &way{transport: w.branches, opCustomer: soapapi.OpCustomer}
		w.soap.probed.Init(cfg.probeTTL, cfg.probeTTL)
	}
	if p != nil {
		w.notes = partnerapi.New(partnerapi.Config{
			BaseURL: p.BaseURL, TokenURL: p.TokenURL, PageSize: p.PageSize, Alone: p.Only, Business: business,
			Names: cfg.assumptions.PartnerNames, CustomerTypes: cfg.assumptions.PartnerCustomerTypes,
			PropertyTypes: cfg.assumptions.PartnerPropertyTypes, ErrorHolds: cfg.probeTTL,
		}, client)
		w.partner = &way{transport: w.notes, opCustomer: partnerapi.OpCustomer, statusTells: true}
		w.partner.probed.Init(cfg.probeTTL, cfg.probeTTL)
	}
	return w
}

// first is the way that lists and details are read.
func (w *ways) first() *way {
	if w.partner != nil {
		return w.partner
	}
	return w.soap
}

// told returns what a transport gave, with its failure as an [*Error].
func told[T any](v T, err error) (T, error) { return v, public(err) }

// public makes an [*Error] of a transport's failure.
func public(err error) error {
	if f, ok := err.(*call.Failure); ok { //nolint:errorlint // a failure that is wrapped in anything else is hidden on purpose
		return newError(f)
	}
	return err
}
