package alarmcomtest

import (
	"strconv"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
)

func getCustomerList(s *Server, args *node, w *writer) *Reply {
	termed := args.members("includeTermed")["includeTermed"].truth()
	s.writeIDs(w, func(c *adcimport.Customer) bool { return termed || !c.Terminated })
	return nil
}

func getCustomerListV2(s *Server, args *node, w *writer) *Reply {
	in := args.members("input")["input"].members("IncludeTermed", "AlternateId", "StartDate", "EndDate",
		"ExcludeCommitments", "ExcludeCustomers", "PanelVersions")
	termed, noCommitments, noCustomers := in["IncludeTermed"].truth(), in["ExcludeCommitments"].truth(), in["ExcludeCustomers"].truth()
	w.truth("Success", true)
	w.block("CustomerIds", func() {
		s.writeIDs(w, func(c *adcimport.Customer) bool {
			excluded := noCustomers
			if c.Commitment {
				excluded = noCommitments
			}
			return (termed || !c.Terminated) && !excluded
		})
	})
	return nil
}

func getCustomerListByBranchID(s *Server, args *node, w *writer) *Reply {
	in := args.members("branchId", "includeTermed")
	branch, termed := strconv.Itoa(in["branchId"].number()), in["includeTermed"].truth()
	s.writeIDs(w, func(c *adcimport.Customer) bool { return c.SubDealerID == branch && (termed || !c.Terminated) })
	return nil
}

// writeIDs writes an ArrayOfInt, in the dealer's order: what order the service
// keeps is not known.
func (s *Server) writeIDs(w *writer, in func(*adcimport.Customer) bool) {
	s.view(func(d *adcimporttest.Dealer) {
		for i := range d.Customers {
			if c := &d.Customers[i]; in(c) {
				w.value("int", c.ID)
			}
		}
	})
}

func getCustomerInfo(s *Server, args *node, w *writer) *Reply {
	return s.writeCustomer(w, customerID(args))
}

func getCustomerInfoV2(s *Server, args *node, w *writer) *Reply {
	return s.writeCustomer(w, customerIDV2(args))
}

func (s *Server) writeCustomer(w *writer, id int) *Reply {
	c, ok := s.customer(strconv.Itoa(id))
	if !ok {
		return &s.opts.unknown
	}
	writeCustomerInfo(w, c, s.opts.dealerID)
	return nil
}

func getLatestCallerVersion(s *Server, _ *node, w *writer) *Reply {
	w.raw(strconv.Itoa(s.opts.callerVersion))
	return nil
}
