package soapapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"unicode/utf8"

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
		if err := readable(opGetBranches, b.BranchName, b.BranchCode); err != nil {
			return nil, err
		}
		if b.BranchID.Value != 0 { // an entry written as null
			list.Add(b.BranchID.Value, string(b.BranchName), string(b.BranchCode))
		}
	}
	return list.Sorted(), nil
}

// Roles are those of GetRepRoles.
func (a *API) Roles(ctx context.Context) ([]adcimport.Choice, error) {
	roles, err := result[roleList](ctx, a, opGetRepRoles, "", noArgs(opGetRepRoles))
	if err != nil {
		return nil, a.ofLogin(ctx, err)
	}
	if roles == nil {
		return nil, &call.Failure{Op: opGetRepRoles.name, Err: &soap.FormatError{Problem: soap.NoList}}
	}
	var list account.Choices
	for _, r := range roles.Roles {
		if err := readable(opGetRepRoles, r.RoleName); err != nil {
			return nil, err
		}
		if !bool(r.Nil) && !r.RoleID.Broken {
			list.Add(r.RoleID.Value, string(r.RoleName))
		}
	}
	return list.Sorted(), nil
}

// readable refuses names that are no UTF-8: a person would choose by a guess.
func readable(op operation, names ...account.Text) error {
	for _, name := range names {
		if !utf8.ValidString(string(name)) {
			return &call.Failure{Op: op.name, Status: http.StatusOK, Err: &soap.FormatError{Problem: soap.Encoding}}
		}
	}
	return nil
}
