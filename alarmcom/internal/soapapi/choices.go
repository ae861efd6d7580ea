package soapapi

import (
	"context"
	"errors"
	"log/slog"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom/internal/account"
	"github.com/securitytrax/adcimport/alarmcom/internal/call"
	"github.com/securitytrax/adcimport/internal/soap"
)

// SubDealers are those of GetDealerId together with GetBranches. A login that may
// not call GetBranches gets the others.
func (a *API) SubDealers(ctx context.Context) ([]adcimport.Choice, error) {
	dealer, err := a.dealer(ctx)
	if err != nil {
		return nil, err
	}
	var found []branchInfo
	if dealer.SubDealers.listed() { // a dealer that has none may leave the list out: its result is there all the same
		found = dealer.SubDealers.Branches
	}
	branches, err := result[branchList](ctx, a, opGetBranches, "", noArgs(opGetBranches))
	var e *call.Failure
	switch {
	case err == nil && !branches.listed():
		return nil, &call.Failure{Op: opGetBranches.name, Err: &soap.FormatError{Problem: soap.NoList}}
	case err == nil:
		found = append(found, branches.Branches...)
	case errors.As(err, &e) && e.Fault != nil && !errors.Is(err, adcimport.ErrAuth):
		a.client.Log.LogAttrs(ctx, slog.LevelWarn, "alarmcom: sub-dealers without branches", slog.String("error", err.Error()))
	default:
		return nil, err
	}
	var list account.Choices
	for _, b := range found {
		if b.BranchID != 0 { // an entry written as null
			list.Add(b.BranchID, b.BranchName, b.BranchCode)
		}
	}
	return list.Sorted(), nil
}

// Roles are those of GetRepRoles.
func (a *API) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	roles, err := result[roleList](ctx, a, opGetRepRoles, "", noArgs(opGetRepRoles))
	if err != nil {
		return nil, err
	}
	if roles == nil {
		return nil, &call.Failure{Op: opGetRepRoles.name, Err: &soap.FormatError{Problem: soap.NoList}}
	}
	var list account.Choices
	for _, r := range roles.Roles {
		if r.Nil == "" {
			list.Add(r.RoleID, r.RoleName)
		}
	}
	return list.Sorted(), nil
}
