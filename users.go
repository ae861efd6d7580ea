package adcimport

// User as Alarm.com has it (WSDL Rep).
type User struct {
	ID, RepID               string // SupportId, RepId
	FirstName, LastName     string
	LoginName, Email, Phone string
	Address                 Address
	SubDealerID             string // RepDealerBranchId; empty: none
	RoleIDs                 []string
	Extra                   map[string]string // what a custom Source adds, for mappings
}

// UserRecord as SecurityTrax wants it.
type UserRecord struct {
	AlarmComID        string // support id
	IdempotencyKey    string // of link, kind and id only: the same on every attempt
	FirstName         string
	LastName          string
	Username          string
	Email             string
	CellPhone         string
	Address           Address
	Active, CanLogin  bool
	PermissionGroupID string
	Tags              []string
	Custom            map[string]string
}
