package main

import "github.com/securitytrax/adcimport"

// customer is the JSON of a customer. It is written out, and not the library's
// own type, so that what the endpoint gets changes only where this file does.
type customer struct {
	AlarmComID         string            `json:"alarm_com_id"`
	FirstName          string            `json:"first_name"`
	LastName           string            `json:"last_name"`
	BusinessName       string            `json:"business_name"`
	Phone1             string            `json:"phone1"`
	Email              string            `json:"email"`
	Address1           string            `json:"address1"`
	City               string            `json:"city"`
	State              string            `json:"state"`
	Zip                string            `json:"zip"`
	SaleDate           string            `json:"sale_date"` // 2006-01-02, or empty
	ServiceTwoWayVoice bool              `json:"service_two_way_voice"`
	AccountNumber      string            `json:"account_number"`
	ReceiverNumber     string            `json:"receiver_number"`
	RepID              string            `json:"rep_id"`
	OfficeID           string            `json:"office_id"`
	TagIDs             []string          `json:"tag_ids"`
	Custom             map[string]string `json:"custom"`
}

func customerBody(r *adcimport.CustomerRecord) customer {
	return customer{
		AlarmComID: r.AlarmComID, FirstName: r.FirstName, LastName: r.LastName, BusinessName: r.BusinessName,
		Phone1: r.Phone1, Email: r.Email, Address1: r.Address1, City: r.City, State: r.State, Zip: r.Zip,
		SaleDate: r.SaleDate, ServiceTwoWayVoice: r.ServiceTwoWayVoice,
		AccountNumber: r.AccountNumber, ReceiverNumber: r.ReceiverNumber,
		RepID: r.RepID, OfficeID: r.OfficeID, TagIDs: r.TagIDs, Custom: r.Custom,
	}
}

// user is the JSON of a user. Who can log in is mailed by the endpoint, when it
// makes the record, and not when it finds it there (SPEC O5).
type user struct {
	AlarmComID        string            `json:"alarm_com_id"`
	Username          string            `json:"username"`
	FirstName         string            `json:"first_name"`
	LastName          string            `json:"last_name"`
	Email             string            `json:"email"`
	CellPhone         string            `json:"cell_phone"`
	Street1           string            `json:"street1"`
	Street2           string            `json:"street2"`
	City              string            `json:"city"`
	State             string            `json:"state"`
	Zip               string            `json:"zip"`
	Country           string            `json:"country"`
	Active            bool              `json:"active"`
	CanLogin          bool              `json:"can_login"`
	PermissionGroupID string            `json:"permission_group_id"`
	Tags              []string          `json:"tags"`
	Custom            map[string]string `json:"custom"`
}

func userBody(r *adcimport.UserRecord) user {
	a := &r.Address
	return user{
		AlarmComID: r.AlarmComID, Username: r.Username, FirstName: r.FirstName, LastName: r.LastName,
		Email: r.Email, CellPhone: r.CellPhone,
		Street1: a.Street1, Street2: a.Street2, City: a.City, State: a.State, Zip: a.Zip, Country: a.Country,
		Active: r.Active, CanLogin: r.CanLogin, PermissionGroupID: r.PermissionGroupID, Tags: r.Tags, Custom: r.Custom,
	}
}
