package fidelity_test

import (
	"maps"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

type args = map[string]any

// calls is the job: every operation, with lists of none, one and many, blocks
// that are missing, null values, all of Unicode, and failures of each style.
func (w *world) calls(soap12 bool) []call {
	server, client := "soap:Server", "soap:Client"
	if soap12 {
		server, client = "soap:Receiver", "soap:Sender"
	}
	calls := w.lists()
	calls = append(calls, w.details()...)
	calls = append(calls, w.dealerCalls()...)
	calls = append(calls, w.failures(server, client)...)
	auth := args{"User": login.user, "Password": login.password, "TwoFactorDeviceId": login.device}
	for i := range calls {
		if calls[i].Auth == nil {
			calls[i].Auth = auth
		}
		if len(calls[i].Auth) == 0 {
			calls[i].Auth = nil // no header at all
		}
	}
	return calls
}

func idsOf(d *adcimporttest.Dealer, in func(adcimport.Customer) bool) list[int] {
	var ids list[int]
	for _, c := range d.Customers {
		if in(c) {
			ids = append(ids, number(c.ID))
		}
	}
	return ids
}

func listInput(termed, noCommitments, noCustomers any) args {
	return args{"input": args{
		"IncludeTermed": termed, "AlternateId": nil, "StartDate": nil, "EndDate": nil,
		"ExcludeCommitments": noCommitments, "ExcludeCustomers": noCustomers, "PanelVersions": nil,
	}}
}

func (w *world) lists() []call {
	live := func(c adcimport.Customer) bool { return !c.Terminated }
	in := func(branch string) func(adcimport.Customer) bool {
		return func(c adcimport.Customer) bool { return c.SubDealerID == branch && live(c) }
	}
	list := func(name, op string, a args, check func(adcimport.Customer) bool) call {
		return call{name: name, URL: w.manyURL, Service: customers, Op: op, Args: a, check: sees(idsOf(w.many, check))}
	}
	v2 := func(name string, a args, check func(adcimport.Customer) bool) call {
		c := list(name, "GetCustomerList_V2", a, check)
		c.check = sees(seenList{Success: true, CustomerIDs: idsOf(w.many, check)})
		return c
	}
	failed := v2("failure", listInput(true, true, true), live)
	failed.check = sees(seenList{ErrorMessage: "Nöt <today>"})
	return []call{
		v2("null flags", listInput(nil, nil, nil), live),
		failed, // by the server's hook: the second call
		v2("no commitments", listInput(false, true, false), func(c adcimport.Customer) bool { return live(c) && !c.Commitment }),
		v2("none", listInput(true, true, true), func(adcimport.Customer) bool { return false }),
		list("with terminated", "GetCustomerList", args{"includeTermed": true}, func(adcimport.Customer) bool { return true }),
		list("live", "GetCustomerList", args{"includeTermed": false}, live),
		list("none", "GetCustomerListByBranchId", args{"branchId": 1, "includeTermed": true}, in("1")),
		list("one", "GetCustomerListByBranchId", args{"branchId": 2, "includeTermed": true}, in("2")),
		list("many", "GetCustomerListByBranchId", args{"branchId": 3101, "includeTermed": false}, in("3101")),
		{Op: "GetLatestCallerVersion", URL: w.manyURL, Service: customers, Args: args{}, check: sees(alarmcomtest.DefaultCallerVersion)},
	}
}

func (w *world) details() []call {
	var calls []call
	for _, c := range w.many.Customers {
		want := sees(customerOf(c, alarmcomtest.DefaultDealerID))
		if c.ID == empty {
			want = sees[*seenCustomer](nil)
		}
		calls = append(calls, call{
			name: c.ID, URL: w.manyURL, Service: customers, Op: "GetCustomerInfo_V2", check: want,
			Args: args{"input": args{"CallerVersion": 17, "CustomerId": number(c.ID)}},
		})
	}
	old := calls[0]
	old.Op, old.Args = "GetCustomerInfo", args{"customerId": number(old.name)}
	return append(calls, old)
}

func repsOf(d *adcimporttest.Dealer, in func(adcimport.User) bool) list[seenRep] {
	var reps list[seenRep]
	for _, u := range d.Users {
		if in(u) {
			reps = append(reps, repOf(u, d.Roles))
		}
	}
	return reps
}

func branchesOf(d *adcimporttest.Dealer) list[seenBranch] {
	var branches list[seenBranch]
	for _, b := range d.SubDealers {
		branches = append(branches, seenBranch{b.Name, number(b.ID)})
	}
	return branches
}

func rolesOf(d *adcimporttest.Dealer) list[seenRole] {
	var roles list[seenRole]
	for _, r := range d.Roles {
		roles = append(roles, seenRole{number(r.ID), r.Name, "Normal"})
	}
	return roles
}

// dealerCalls asks all three accounts for their lists.
func (w *world) dealerCalls() []call {
	var calls []call
	for _, account := range []struct {
		name, url string
		dealer    *adcimporttest.Dealer
	}{{"many", w.manyURL, w.many}, {"one", w.oneURL, w.one}, {"none", w.noneURL, &adcimporttest.Dealer{}}} {
		add := func(op string, a args, check func(*testing.T, answer)) {
			calls = append(calls, call{name: account.name, URL: account.url, Service: dealers, Op: op, Args: a, check: check})
		}
		d := account.dealer
		everyone := sees(repsOf(d, func(adcimport.User) bool { return true }))
		add("GetRepList", args{}, everyone)
		add("GetRepListForDealer", args{"input": args{"DealerId": alarmcomtest.DefaultDealerID, "DealerBranchId": nil}}, everyone)
		add("GetRepListForDealer", args{"input": args{"DealerId": alarmcomtest.DefaultDealerID, "DealerBranchId": 2}},
			sees(repsOf(d, func(u adcimport.User) bool { return u.SubDealerID == "2" })))
		add("GetRepRoles", args{}, sees(rolesOf(d)))
		add("GetBranches", args{}, sees(branchesOf(d)))
		add("GetDealerId", args{}, sees(seenDealer{
			DealerID: alarmcomtest.DefaultDealerID, DealerName: alarmcomtest.DealerName, SubDealers: branchesOf(d), Success: true,
		}))
	}
	at := func(op string, a args, check func(*testing.T, answer)) call {
		return call{URL: w.manyURL, Service: dealers, Op: op, Args: a, check: check}
	}
	current := args{"input": args{"RepLogin": nil, "RepPassword": nil, "RepId": nil}}
	return append(calls,
		at("GetBranch", args{"branchId": 1}, sees(seenBranch{"Empty & Co", 1})),
		at("GetCurrentRepInfo", current, sees(seenCurrentRep{
			RepID: 9, BranchID: 2, RoledIDs: list[int]{11, 13}, Success: true, RepLoginName: login.user,
		})),
		at("GetCurrentRepInfo", current, sees(seenCurrentRep{ErrorMessage: "Nöt <today>"})),
		at("GetDealerId", args{}, sees(seenDealer{ErrorMessage: "Nöt <today>"})),
	)
}

func (w *world) failures(server, client string) []call {
	const unable = "Server was unable to process request. ---> "
	detail := func(id int, check func(*testing.T, answer)) call {
		return call{
			name: "failing", URL: w.manyURL, Service: customers, Op: "GetCustomerInfo_V2", check: check,
			Args: args{"input": args{"CallerVersion": 17, "CustomerId": id}},
		}
	}
	unknown := detail(5, fails(server, unable+"Customer not found."))
	anonymous, wrong, noDevice := unknown, unknown, unknown
	anonymous.Auth = args{}
	wrong.Auth = args{"User": login.user, "Password": "wrong", "TwoFactorDeviceId": login.device}
	noDevice.Auth = maps.Clone(wrong.Auth)
	noDevice.Auth["Password"], noDevice.Auth["TwoFactorDeviceId"] = login.password, ""
	for _, c := range []*call{&anonymous, &wrong, &noDevice} {
		c.check = fails(server, unable+"Login failed.")
	}
	branch := call{
		name: "unknown", URL: w.manyURL, Service: dealers, Op: "GetBranch", Args: args{"branchId": 77},
		check: fails(server, unable+"Branch not found."),
	}
	return []call{unknown, detail(faulty, fails(client, "Größe <&> 漢字")), anonymous, wrong, noDevice, branch}
}
