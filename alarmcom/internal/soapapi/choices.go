package soapapi

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

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
	list := offered{api: a, op: opGetBranches}
	for _, b := range found {
		if b.BranchID.Broken || b.BranchID.Value != 0 { // else it is an entry written as null
			list.add(b.BranchID, b.BranchName, b.BranchCode)
		}
	}
	return list.sorted(ctx)
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
	list := offered{api: a, op: opGetRepRoles}
	for _, r := range roles.Roles {
		if !r.Nil {
			list.add(r.RoleID, r.RoleName)
		}
	}
	return list.sorted(ctx)
}

// offered is a list to choose from. What of it cannot be read keeps nothing else out.
type offered struct {
	api     *API
	op      operation
	list    account.Choices
	broken  int      // entries whose ids are no numbers
	unread  int      // others whose names are no UTF-8
	unnamed []string // ids of the first of those
}

func (l *offered) add(id account.Number, names ...account.Text) {
	if id.Broken {
		l.broken++
		return
	}
	texts := make([]string, len(names))
	for i, name := range names {
		texts[i] = string(name)
	}
	if !l.list.Add(id.Value, texts...) {
		return
	}
	if l.unread++; len(l.unnamed) < mostNamed {
		l.unnamed = append(l.unnamed, strconv.FormatInt(id.Value, 10))
	}
}

// mostNamed is how many entries the log names.
const mostNamed = 20

// sorted is the list by name. One of which nothing can be read is none.
func (l *offered) sorted(ctx context.Context) ([]adcimport.Choice, error) {
	if read := len(l.list) - l.unread; read == 0 && l.broken+l.unread > 0 {
		problem := soap.NotAList
		if l.unread > 0 {
			problem = soap.Encoding
		}
		return nil, &call.Failure{Op: l.op.name, Status: http.StatusOK, Err: &soap.FormatError{Problem: problem}}
	}
	if l.broken > 0 || l.unread > 0 {
		l.api.client.Log.LogAttrs(ctx, slog.LevelWarn, "alarmcom: entries of a list to choose from cannot be read", slog.String("op", l.op.name),
			slog.Int("without_id", l.broken), slog.String("without_name", strings.Join(l.unnamed, ",")))
	}
	return l.list.Sorted(), nil
}
