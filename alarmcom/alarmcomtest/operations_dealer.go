package alarmcomtest

import (
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

func getRepList(s *Server, _ *node, w *writer) *Reply {
	s.writeReps(w, func(*adcimport.User) bool { return true })
	return nil
}

func getRepListForDealer(s *Server, args *node, w *writer) *Reply {
	in := args.members("input")["input"].members("DealerId", "DealerBranchId")
	if in["DealerId"].number() != s.opts.dealerID {
		return &Reply{Fault: &Fault{Text: "Server was unable to process request. ---> Access denied."}}
	}
	branch := in["DealerBranchId"]
	s.writeReps(w, func(u *adcimport.User) bool {
		return branch == nil || u.SubDealerID == strconv.Itoa(branch.number())
	})
	return nil
}

// writeReps writes an ArrayOfRep.
func (s *Server) writeReps(w *writer, in func(*adcimport.User) bool) {
	s.view(func(d *adcimporttest.Dealer) {
		for i := range d.Users {
			if u := &d.Users[i]; in(u) {
				w.block("Rep", func() { writeRep(w, *u, d.Roles) })
			}
		}
	})
}

// writeRep writes WSDL Rep, in its order.
func writeRep(w *writer, u adcimport.User, roles []adcimport.Choice) {
	w.number("RepId", number(u.RepID))
	w.text("RepLoginName", u.LoginName)
	w.block("RepAddress", func() { writeAddressWithName(w, u) })
	w.text("RepPhoneNumber", u.Phone)
	w.text("RepEmail", u.Email)
	w.id("RepDealerBranchId", u.SubDealerID)
	w.block("RepRoleList", func() {
		for _, id := range u.RoleIDs {
			writeRole(w, roleOf(roles, id))
		}
	})
	w.number("SupportId", number(u.ID))
	w.null("LastLoginDatetime")
}

// writeAddressWithName writes the members that the type adds to Address last.
func writeAddressWithName(w *writer, u adcimport.User) {
	writeAddressFields(w, u.Address)
	w.text("FirstName", u.FirstName)
	w.text("LastName", u.LastName)
	w.text("Phone", u.Phone)
}

// number is 0 where there is none, as a value type's default.
func number(id string) int {
	n, _ := strconv.Atoi(id) // 0 by intent
	return n
}

func roleOf(roles []adcimport.Choice, id string) adcimport.Choice {
	for _, r := range roles {
		if r.ID == id {
			return r
		}
	}
	return adcimport.Choice{ID: id}
}

func writeRole(w *writer, r adcimport.Choice) {
	w.block("RepRole", func() {
		w.number("RoleId", number(r.ID))
		w.text("RoleName", r.Name)
		w.value("RoleTypeId", "Normal")
	})
}

func getRepRoles(s *Server, _ *node, w *writer) *Reply {
	s.view(func(d *adcimporttest.Dealer) {
		for _, r := range d.Roles {
			writeRole(w, r)
		}
	})
	return nil
}

func getCurrentRepInfo(s *Server, args *node, w *writer) *Reply {
	in := args.members("input")["input"].members("RepLogin", "RepPassword", "RepId")
	login := s.login().user
	if in["RepLogin"] != nil {
		login = in["RepLogin"].chars
	}
	var rep adcimport.User
	s.view(func(d *adcimporttest.Dealer) {
		for _, u := range d.Users {
			if u.LoginName == login {
				rep = u
			}
		}
	})
	w.number("RepId", number(rep.RepID))
	w.block("RoledIds", func() { // the service's own spelling
		for _, id := range rep.RoleIDs {
			w.number("int", number(id))
		}
	})
	w.id("BranchId", rep.SubDealerID)
	w.block("LinkedBranchIds", func() {})
	w.truth("Success", true)
	w.block("RepAddress", func() { writeAddressWithName(w, rep) })
	w.text("RepPhoneNumber", rep.Phone)
	w.text("RepEmail", rep.Email)
	w.text("RepLoginName", login)
	return nil
}

func getDealerID(s *Server, _ *node, w *writer) *Reply {
	w.number("DealerID", s.opts.dealerID)
	w.text("DealerName", DealerName)
	w.block("SubDealers", func() { s.writeBranches(w) })
	w.truth("Success", true)
	return nil
}

func getBranches(s *Server, _ *node, w *writer) *Reply {
	s.writeBranches(w)
	return nil
}

func (s *Server) writeBranches(w *writer) {
	s.view(func(d *adcimporttest.Dealer) {
		for _, b := range d.SubDealers {
			w.block("BranchInfo", func() { writeBranch(w, b) })
		}
	})
}

func getBranch(s *Server, args *node, w *writer) *Reply {
	id := strconv.Itoa(branchID(args))
	reply := &Reply{Fault: &Fault{Text: "Server was unable to process request. ---> Branch not found."}}
	s.view(func(d *adcimporttest.Dealer) {
		for _, b := range d.SubDealers {
			if b.ID == id {
				writeBranch(w, b)
				reply = nil
			}
		}
	})
	return reply
}

// writeBranch writes WSDL BranchInfo, in its order.
func writeBranch(w *writer, b adcimport.Choice) {
	w.text("BranchName", b.Name)
	w.text("BranchCode", "B"+b.ID)
	w.number("BranchId", number(b.ID))
}
