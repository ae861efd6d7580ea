// Package embed is the smallest host: what the README shows. Its test keeps the
// two alike.
package embed

import (
	"context"
	"database/sql"
	"iter"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/sqlstore"
)

// Import brings the new customers of one link, whenever it is called.
func Import(ctx context.Context, db *sql.DB, adc alarmcom.Config, st securitytrax.Config) (*adcimport.Summary, error) {
	// README embed
	source, err := alarmcom.New(adc) // credentials; the rest has defaults
	if err != nil {
		return nil, err
	}
	sink, err := securitytrax.New(st) // profile, integrator key, token
	if err != nil {
		return nil, err
	}
	store, err := sqlstore.Open(ctx, db, sqlstore.SQLite, sqlstore.Options{})
	if err != nil {
		return nil, err
	}
	imp, err := adcimport.New(adcimport.Config{Link: "acme", Source: source, Sink: sink, Store: store})
	if err != nil {
		return nil, err
	}
	return imp.ImportCustomers(ctx,
		adcimport.CustomerFilter{SubDealerIDs: []string{"7"}},
		adcimport.CustomerOptions{OfficeID: "12", TagIDs: []string{"3"}})
	// README end
}

// README source

// Roster is a whole Source for customers that come in one list.
type Roster []adcimport.Customer

// Customers yields the roster as one page; the importer filters it.
func (r Roster) Customers(
	ctx context.Context, _ adcimport.CustomerFilter, from adcimport.Cursor,
) iter.Seq2[adcimport.Page[adcimport.Customer], error] {
	return adcimport.Pages(ctx, from, func(context.Context, adcimport.Cursor) (adcimport.Page[adcimport.Customer], error) {
		return adcimport.Page[adcimport.Customer]{Items: r, Total: len(r)}, nil
	})
}

// README end
