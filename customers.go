package adcimport

import "time"

// Customer as Alarm.com has it (WSDL CustomerInfo).
type Customer struct {
	ID                                       string // CustomerId
	SubDealerID                              string // empty: none
	FirstName, LastName, CompanyName         string
	PrimaryPhoneNumber, PrimaryEmail         string
	InstallAddress                           Address
	JoinDate                                 time.Time // zero: none; the date as written, in the zone it was written in
	SalesRepLogin                            string
	CentralStation                           CentralStation
	Commercial, Terminated, Demo, Commitment bool
	Extra                                    map[string]string // what a custom Source adds, for mappings
}

// Address is a postal address (WSDL Address).
type Address struct{ Street1, Street2, City, State, Zip, Country string }

// CentralStation holds the monitoring data (WSDL CentralStationInfo).
type CentralStation struct {
	TwoWayVoiceEnabled                 bool
	AccountNumber, ReceiverPhoneNumber string
}

// CustomerRecord as SecurityTrax wants it.
type CustomerRecord struct {
	AlarmComID         string
	IdempotencyKey     string // of link, kind and id only: the same on every attempt
	FirstName          string
	LastName           string
	BusinessName       string
	Phone1             string
	Email              string
	Address1           string
	City               string
	State              string
	Zip                string
	SaleDate           string // 2006-01-02
	ServiceTwoWayVoice bool
	AccountNumber      string
	ReceiverNumber     string
	RepID, OfficeID    string // destination ids; RepID is empty when there is no rep
	TagIDs             []string
	Custom             map[string]string
}
