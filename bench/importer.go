package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"strconv"

	"github.com/securitytrax/adcimport"
)

// source lists rows as customers. Those of the last share, out of a hundred, have
// no last name, which the mapping requires.
type source struct {
	rows    int
	invalid int
}

// Customers implements [adcimport.CustomerSource].
func (s source) Customers(
	ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(_ context.Context, at adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		first := 0
		if at != "" {
			var err error
			if first, err = strconv.Atoi(string(at)); err != nil {
				return adcimport.Page[adcimport.Customer]{}, errors.New("not a cursor of this source")
			}
		}
		end := min(first+batchSize, s.rows)
		page := adcimport.Page[adcimport.Customer]{Items: make([]adcimport.Customer, 0, end-first), Total: s.rows}
		for i := first; i < end; i++ {
			page.Items = append(page.Items, s.customer(i))
		}
		if end < s.rows {
			page.Next = adcimport.Cursor(strconv.Itoa(end))
		}
		return page, nil
	})
}

func (s source) customer(i int) adcimport.Customer {
	r := rowAt(i)
	c := adcimport.Customer{
		ID: r[colID], SubDealerID: r[colSubDealer], FirstName: r[colFirst], LastName: r[colLast], CompanyName: r[colCompany],
		PrimaryPhoneNumber: r[colPhone], PrimaryEmail: r[colEmail],
		InstallAddress: adcimport.Address{
			Street1: r[colStreet1], Street2: r[colStreet2], City: r[colCity], State: r[colState], Zip: r[colZip], Country: r[colCountry],
		},
		CentralStation: adcimport.CentralStation{AccountNumber: r[colAccount], ReceiverPhoneNumber: r[colReceiver]},
	}
	if idOf(i)%100 < s.invalid {
		c.LastName = ""
	}
	return c
}

// mapping is that of the loops, as data. The id is copied by the importer itself.
func mapping() adcimport.Mapping {
	rename := func(from, to string) adcimport.Rule { return adcimport.Rule{From: []string{from}, To: to} }
	with := func(from, to, name string) adcimport.Rule {
		return adcimport.Rule{From: []string{from}, To: to, Transforms: []adcimport.Transform{{Name: name}}}
	}
	last := rename("LastName", "LastName")
	last.Required = true
	return adcimport.Mapping{Rules: []adcimport.Rule{
		rename("FirstName", "FirstName"), last, rename("CompanyName", "BusinessName"),
		rename("InstallAddress.City", "City"), rename("InstallAddress.State", "State"), rename("InstallAddress.Zip", "Zip"),
		rename("CentralStation.AccountNumber", "AccountNumber"), rename("CentralStation.ReceiverPhoneNumber", "ReceiverNumber"),
		rename("SubDealerID", "Custom.sub_dealer"), rename("InstallAddress.Country", "Custom.country"),
		{
			From: []string{"InstallAddress.Street1", "InstallAddress.Street2"}, To: "Address1",
			Transforms: []adcimport.Transform{{Name: "trim"}}, Join: " ",
		},
		with("PrimaryEmail", "Email", "lower"), with("PrimaryPhoneNumber", "Phone1", "digits"),
		{Const: origin, To: "Custom.origin"},
	}}
}

// work is one import.
type work struct {
	source source
	sink   adcimport.CustomerSink
	store  adcimport.StateStore
	filter adcimport.CustomerFilter
}

func (w *work) importer() (*adcimport.Importer, error) {
	return adcimport.New(adcimport.Config{
		Link: "bench", Source: adcimport.CustomersOnly(w.source), Sink: adcimport.CustomersOnlySink(w.sink), Store: w.store,
		BatchSize: batchSize, CustomerMapping: mapping(),
	})
}

func (w *work) run(ctx context.Context) (*adcimport.Summary, error) {
	imp, err := w.importer()
	if err != nil {
		return nil, err
	}
	s, err := imp.ImportCustomers(ctx, w.filter, adcimport.CustomerOptions{})
	if err != nil {
		return nil, fmt.Errorf("import: %w", err)
	}
	return s, imp.Close(ctx)
}
