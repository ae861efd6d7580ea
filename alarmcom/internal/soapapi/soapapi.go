// Package soapapi reads an account over Alarm.com's dealer web services (SOAP).
package soapapi

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/soap"
)

// OpCustomer is the operation that reads a customer, as failures have it.
const OpCustomer = "GetCustomerInfo_V2"

// Config is what a host says of the services.
type Config struct {
	BaseURL       string // where the .asmx files are
	SOAP12        bool
	CallerVersion int32         // 0: asked for, once
	Business      string        // the PropertyType of commercial accounts
	ErrorHolds    time.Duration // how long a failure to read the caller version holds
}

// API is the transport. Make it with [New].
type API struct {
	cfg     Config
	client  *call.Client
	version account.Remembered[int32]
}

// New makes an API over the calls of a client.
func New(cfg Config, client *call.Client) *API {
	a := &API{cfg: cfg, client: client}
	a.version.Init(0, cfg.ErrorHolds)
	return a
}

func (a *API) soapVersion() soap.Version {
	if a.cfg.SOAP12 {
		return soap.V12
	}
	return soap.V11
}

// Check calls GetDealerId: it needs nothing but a login that works.
func (a *API) Check(ctx context.Context) error {
	_, err := a.dealer(ctx)
	return err
}

// ofLogin says whether a call that needs nothing but a login failed of the login: of
// a failure that nobody classified, GetDealerId tells.
func (a *API) ofLogin(ctx context.Context, err error) error {
	e, ok := errors.AsType[*call.Failure](err)
	if !ok || e.Fault == nil || e.Err != nil {
		return err
	}
	if refused := a.Check(ctx); errors.Is(refused, adcimport.ErrAuth) {
		return refused
	}
	return err
}

// dealer calls GetDealerId. A failure that the service reports is one of the
// login, as far as can be told.
func (a *API) dealer(ctx context.Context) (*dealerInfo, error) {
	info, err := result[dealerInfo](ctx, a, opGetDealerID, "", noArgs(opGetDealerID))
	switch {
	case err != nil:
		return nil, call.LoginFailure(err)
	case info == nil:
		return nil, &call.Failure{Op: opGetDealerID.name, Err: fmt.Errorf("%w: %w", account.ErrNoResult, adcimport.ErrNotLinked)}
	case !info.Success:
		f := call.Fault{Op: opGetDealerID.name, Code: call.FailureCode, Text: info.ErrorMessage}
		return nil, call.LoginFailure(a.client.Reported(f, 0))
	case info.DealerID == 0:
		return nil, &call.Failure{Op: opGetDealerID.name, Err: fmt.Errorf("the login has no dealer: %w", adcimport.ErrNotLinked)}
	}
	return info, nil
}

// CustomerIDs returns the ids of all customers that in includes, sorted, as far as the
// list call can tell: it has the demo accounts in any case.
func (a *API) CustomerIDs(ctx context.Context, in account.Include) ([]int64, error) {
	return a.listIDs(ctx, opGetCustomerList, "", newCustomerListRequest(in))
}

// BranchIDs returns the ids of the customers of one sub-dealer, sorted; the terminated
// ones are among them where that is said.
func (a *API) BranchIDs(ctx context.Context, branch int64, terminated bool) ([]int64, error) {
	args := branchListRequest{BranchID: branch, IncludeTermed: terminated}
	return a.listIDs(ctx, opGetCustomerListByBranchID, strconv.FormatInt(branch, 10), args)
}

// Customer reads one customer with GetCustomerInfo_V2.
func (a *API) Customer(ctx context.Context, number int64) (account.Detail, error) {
	id := strconv.FormatInt(number, 10)
	version, err := a.callerVersion(ctx)
	if err != nil {
		return account.Detail{}, call.OfTheAccount(err)
	}
	var args customerInfoRequest
	args.Input.CallerVersion, args.Input.CustomerID = version, number
	info, err := result[customerInfo](ctx, a, opGetCustomerInfo, id, args)
	switch {
	case err != nil:
		return account.Detail{}, err
	case info == nil:
		none := fmt.Errorf("%w: %w", account.ErrNoResult, adcimport.ErrNotFound)
		return account.Detail{Refused: &call.Failure{Op: OpCustomer, ID: id, Err: none}}, nil
	case info.CustomerID.Value != number:
		return account.Detail{Refused: account.RecordFailed(id, account.ErrOtherID)}, nil
	}
	c, err := info.customer(a.cfg.Business)
	return account.Detail{Customer: c, Certain: c, Refused: err}, nil
}

// callerVersion is asked once; it tells the service which enum values are known
// here, and all are, since unknown text is accepted.
func (a *API) callerVersion(ctx context.Context) (int32, error) {
	if v := a.cfg.CallerVersion; v != 0 {
		return v, nil
	}
	return a.version.Get(ctx, func(ctx context.Context) (int32, error) {
		v, err := result[int32](ctx, a, opGetLatestCallerVersion, "", noArgs(opGetLatestCallerVersion))
		if err != nil {
			return 0, a.ofLogin(ctx, err)
		}
		if v == nil {
			return 0, &call.Failure{Op: opGetLatestCallerVersion.name, Err: account.ErrNoResult}
		}
		return *v, nil
	})
}

// Reps returns the reps of GetRepList that match a filter, in no order.
func (a *API) Reps(ctx context.Context, f adcimport.UserFilter) ([]account.Rep, error) {
	l := repReader{match: f.Match}
	if err := a.invoke(ctx, opGetRepList, "", noArgs(opGetRepList), l.read); err != nil {
		return nil, a.ofLogin(ctx, err)
	}
	return l.reps, nil
}
