package alarmcomtest

// behavior is what an operation does.
type behavior struct {
	output bool // reports failures with Success=false; the others with faults
	id     func(args *node) int
	// do writes the result's inside, or returns what is to be sent instead.
	do func(s *Server, args *node, w *writer) *Reply
}

// services are the operations by service (WSDL).
var services = map[string]map[string]behavior{
	"CustomerManagement": {
		"GetCustomerList":           {false, noID, getCustomerList},
		"GetCustomerList_V2":        {true, noID, getCustomerListV2},
		"GetCustomerListByBranchId": {false, branchID, getCustomerListByBranchID},
		"GetCustomerInfo":           {false, customerID, getCustomerInfo},
		"GetCustomerInfo_V2":        {false, customerIDV2, getCustomerInfoV2},
		"GetLatestCallerVersion":    {false, noID, getLatestCallerVersion},
	},
	"DealerManagement": {
		"GetRepList":          {false, noID, getRepList},
		"GetRepListForDealer": {false, noID, getRepListForDealer},
		"GetRepRoles":         {false, noID, getRepRoles},
		"GetCurrentRepInfo":   {true, noID, getCurrentRepInfo},
		"GetDealerId":         {true, noID, getDealerID},
		"GetBranch":           {false, branchID, getBranch},
		"GetBranches":         {false, noID, getBranches},
	},
}

func noID(*node) int { return 0 }

func branchID(args *node) int { return args.members("branchId", "includeTermed")["branchId"].number() }

func customerID(args *node) int { return args.members("customerId")["customerId"].number() }

func customerIDV2(args *node) int {
	return args.members("input")["input"].members("CallerVersion", "CustomerId")["CustomerId"].number()
}
