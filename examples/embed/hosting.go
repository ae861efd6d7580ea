// Package embed has what pages of docs show in part, so that it is compiled and run. A
// test finds it here.
package embed

import (
	"context"
	"fmt"
	"io"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/links"
)

// Nightly imports the new customers of a link every night, as docs/scheduling.md shows.
func Nightly(ctx context.Context, set *links.Set, schedules links.Schedules, ended chan<- error) error {
	go func() { ended <- set.RunSchedules(ctx, schedules) }() // and wait for it at the end
	return schedules.Set(ctx, links.Schedule{
		Link: "acme", Kind: adcimport.KindCustomer, At: "02:30", Zone: "America/Denver",
		CustomerOptions: adcimport.CustomerOptions{OfficeID: "12"},
	})
}

// Once imports the customers of a link and waits for the end, as docs/hosting.md shows.
func Once(ctx context.Context, imp *adcimport.Importer, w io.Writer) error {
	sum, err := imp.ImportCustomers(ctx, adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "12"})
	_, _ = fmt.Fprintln(w, sum) // valid with an error too
	return err
}

// Begin starts the same in the background, as docs/hosting.md shows.
func Begin(ctx context.Context, set *links.Set, w io.Writer) error {
	run, err := set.StartCustomers(ctx, "acme", adcimport.CustomerFilter{}, adcimport.CustomerOptions{OfficeID: "12"})
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintln(w, run.Message())
	return nil
}
