package match

// Address is where something is. The lines, with a unit in either of them, and the ZIP
// code are compared; the town narrows a look-up down.
type Address struct{ Street1, Street2, City, State, Zip string }

// Customer has what is compared of a customer. Values are as they were written;
// what is empty is no evidence and no veto.
type Customer struct {
	ID                  string // at Alarm.com; empty in a candidate
	FirstName, LastName string
	BusinessName        string
	Phones, Emails      []string
	Address             Address // of the site
	AccountNumber       string  // at the central station
	ReceiverNumber      string
}

// CustomerCandidate is a customer of the sink that a record may be.
type CustomerCandidate struct {
	ID          string   // at the sink
	AlarmComIDs []string // that it carries; empty: none
	Lead        bool     // it is no customer yet
	Inactive    bool
	Deleted     bool
	Customer    Customer // its ID is not looked at
}

// User has what is compared of a user.
type User struct {
	ID                  string // support id at Alarm.com; empty in a candidate
	FirstName, LastName string
	Username            string
	Email               string
}

// UserCandidate is a user of the sink that a record may be.
type UserCandidate struct {
	ID          string   // at the sink
	AlarmComIDs []string // support ids that it carries; empty: none
	Inactive    bool
	Deleted     bool
	User        User // its ID is not looked at
}
