package conformance

import (
	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest/internal/ability"
)

func sinkListRules() []rule[SinkCase] {
	return []rule[SinkCase]{
		{
			"lists_customers", "Offices, Reps and CustomerTags have what the options name, each id once, and return an error when canceled",
			sinkCustomerLists,
		},
		{
			"lists_users", "PermissionGroups and UserTags have what the options name, each id once, and return an error when canceled",
			sinkUserLists,
		},
		{"reps", "FindReps returns ids of the logins that are reps, and nothing for others", sinkReps},
		{"check", "Check takes an account that can be used, and returns an error when canceled", sinkCheck},
	}
}

func sinkCustomerLists(t *trial, c SinkCase) {
	l, ok := ability.Find[adcimport.CustomerSinkLister](c.Sink)
	if !ok {
		t.leaveOut("the sink has no lists for customers")
		return
	}
	t.lists("Offices", l.Offices, some(c.CustomerOptions.OfficeID))
	t.lists("Reps", l.Reps, some(c.CustomerOptions.DefaultRepID))
	t.lists("CustomerTags", l.CustomerTags, c.CustomerOptions.TagIDs)
}

func sinkUserLists(t *trial, c SinkCase) {
	l, ok := ability.Find[adcimport.UserSinkLister](c.Sink)
	if !ok {
		t.leaveOut("the sink has no lists for users")
		return
	}
	t.lists("PermissionGroups", l.PermissionGroups, some(c.UserOptions.PermissionGroupID))
	t.lists("UserTags", l.UserTags, nil)
}

func sinkReps(t *trial, c SinkCase) {
	f, ok := ability.Find[adcimport.RepFinder](c.Sink)
	if !ok {
		t.leaveOut("the sink has no FindReps")
		return
	}
	const nobody = "adcimport.suite.nobody"
	logins := []string{nobody}
	if c.RepLogin != "" {
		logins = append(logins, c.RepLogin, c.RepLogin)
	}
	found, err := f.FindReps(t.ctx, logins)
	t.noError("FindReps", err)
	for login, id := range found {
		if login != c.RepLogin || id == "" {
			t.failf("it returns %q for a login that is no rep, or without id", id)
		}
	}
	if c.RepLogin != "" && found[c.RepLogin] == "" {
		t.failf("it does not find the rep")
	}
	found, err = f.FindReps(t.ctx, nil)
	t.noError("FindReps of no logins", err)
	t.equal("reps of no logins", len(found), 0)
	if found, err := f.FindReps(canceledContext(t), logins); err == nil && len(found) == 0 {
		t.failf("under a canceled context it returned, without an error, that there are none")
	}
}

func sinkCheck(t *trial, c SinkCase) {
	l, ok := ability.Find[adcimport.Checker](c.Sink)
	if !ok {
		t.leaveOut("the sink has no Check")
		return
	}
	t.checker("Check", l.Check)
}
