package alarmcom_test

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

func ExampleNew() {
	// A fake of the services; a host leaves BaseURL empty for the real ones.
	srv := alarmcomtest.NewServer(&adcimporttest.Dealer{
		Customers:  []adcimport.Customer{{ID: "8123", LastName: "Rivera"}, {ID: "8124", Terminated: true}},
		SubDealers: []adcimport.Choice{{ID: "12", Name: "North"}},
	})
	defer srv.Close()

	src, err := alarmcom.New(alarmcom.Config{
		BaseURL:           srv.URL(),
		Credentials:       alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
		RequestsPerSecond: 20,
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	ctx := context.Background()
	fmt.Println("check:", src.Check(ctx))
	for page, err := range src.Customers(ctx, adcimport.CustomerFilter{}, "") {
		if err != nil {
			fmt.Println(err)
			return
		}
		for _, c := range page.Items {
			if c.Terminated { // told by the list
				continue
			}
			c, err = src.CustomerDetail(ctx, c.ID)
			fmt.Println(c.ID, c.LastName, err)
		}
	}
	// Output:
	// check: <nil>
	// 8123 Rivera <nil>
}

func ExampleConfig_classifyFault() {
	// The services' texts are not documented. A host that learns them says what
	// they mean.
	cfg := alarmcom.Config{
		Credentials: alarmcom.NewCredentials("importer", "secret"),
		ClassifyFault: func(f alarmcom.Fault) error {
			switch f.Text {
			case "Customer not found.":
				return adcimport.ErrNotFound
			case "Login is locked.":
				return adcimport.ErrAuth
			}
			return nil
		},
	}
	fmt.Println(cfg.ClassifyFault(alarmcom.Fault{Op: "GetCustomerInfo_V2", Code: "Server", Text: "Customer not found."}))
	fmt.Println(cfg.Credentials)
	// Output:
	// not found
	// alarmcom.Credentials(redacted)
}
