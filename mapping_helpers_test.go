package adcimport_test

import (
	"errors"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
)

// tr is a transform in short.
func tr(name string, args ...string) adcimport.Transform {
	return adcimport.Transform{Name: name, Args: args}
}

func ts(list ...adcimport.Transform) []adcimport.Transform { return list }

func lookup(pairs ...string) adcimport.Transform {
	table := make(map[string]string)
	for i := 0; i < len(pairs); i += 2 {
		table[pairs[i]] = pairs[i+1]
	}
	return adcimport.Transform{Name: "lookup", Table: table}
}

// everyMapping uses all that the JSON form has.
func everyMapping() adcimport.Mapping {
	return adcimport.Mapping{Rules: []adcimport.Rule{
		{From: []string{"FirstName"}, To: "FirstName", Transforms: ts(tr("collapse"), tr("title")), Required: true},
		{From: []string{"CompanyName", "LastName"}, To: "BusinessName", Transforms: ts(tr("first_of"), tr("truncate", "40")), When: &adcimport.Condition{Field: "Commercial", In: []string{"true"}}},
		{From: []string{"InstallAddress.Street1", "InstallAddress.Street2"}, To: "Address1", Join: ", "},
		{From: []string{"PrimaryPhoneNumber"}, To: "Phone1", Transforms: ts(tr("phone", "dashes", "noext"))},
		{From: []string{"Extra.sold"}, To: "SaleDate", Transforms: ts(tr("date", "02.01.2006")), Default: "2020-01-01"},
		{From: []string{"Extra.path"}, To: "Custom.leaf", Transforms: ts(tr("replace", `\`, "/"), tr("split", "/", "-1"))},
		{From: []string{"SubDealerID"}, To: "Custom.branch", Transforms: ts(lookup("12", "North", "*", "Main")), When: &adcimport.Condition{Field: "SubDealerID", In: []string{"7", "8"}, Not: true}},
		{From: []string{"Extra.note"}, To: "Custom.note", Transforms: ts(tr("own_transform")), When: &adcimport.Condition{Field: "Extra.note"}, Overwrite: adcimport.OverwriteNever},
		{Const: "alarm.com <import>", To: "Custom.origin"},
	}}
}

// mappingErrors takes joined errors apart; each must be a *MappingError.
func mappingErrors(t *testing.T, err error) []string {
	t.Helper()
	list := []error{err}
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		list = joined.Unwrap()
	}
	var texts []string
	for _, e := range list {
		if e == nil {
			continue
		}
		if _, ok := errors.AsType[*adcimport.MappingError](e); !ok {
			t.Errorf("%v is no *MappingError", e)
		}
		texts = append(texts, e.Error())
	}
	return texts
}

// mapCustomer maps one customer in a run of its own.
func mapCustomer(t *testing.T, m adcimport.Mapping, c adcimport.Customer) (adcimport.CustomerRecord, []adcimport.FieldError) {
	t.Helper()
	run, _, err := adcimport.BeginCustomers(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rec adcimport.CustomerRecord
	fields := run.Apply(&c, &rec)
	return rec, fields
}

func mapUser(t *testing.T, m adcimport.Mapping, u adcimport.User) (adcimport.UserRecord, []adcimport.FieldError) {
	t.Helper()
	run, _, err := adcimport.BeginUsers(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	var rec adcimport.UserRecord
	fields := run.Apply(&u, &rec)
	return rec, fields
}

// fullCustomer has a value in every field.
func fullCustomer() adcimport.Customer {
	return adcimport.Customer{
		ID: "4711", SubDealerID: "12", FirstName: "Ada", LastName: "Lovelace", CompanyName: "Analytical Engines",
		PrimaryPhoneNumber: "(555) 555-0123", PrimaryEmail: "ada@example.com",
		InstallAddress: adcimport.Address{
			Street1: "1 Main St", Street2: "Unit 2", City: "Richmond", State: "VA", Zip: "23220", Country: "US",
		},
		JoinDate:      time.Date(2024, time.February, 29, 23, 59, 0, 0, time.FixedZone("", -8*3600)),
		SalesRepLogin: "rep.one",
		CentralStation: adcimport.CentralStation{
			TwoWayVoiceEnabled: true, AccountNumber: "A-100", ReceiverPhoneNumber: "555-555-0199",
		},
		Commercial: true, Terminated: true, Demo: true, Commitment: true,
		Extra: map[string]string{"source": "web"},
	}
}
