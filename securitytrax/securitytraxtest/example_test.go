package securitytraxtest_test

import (
	"context"
	"fmt"
	"net/http"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// A create that takes effect but whose reply is lost: the sink does not repeat
// it, and the server has the customer once.
func ExampleServer_Fail() {
	server := securitytraxtest.NewServer()
	defer server.Close()
	server.Fail(func(r *http.Request, _ int) *securitytraxtest.Reply {
		if r.Method == http.MethodPost && r.URL.Path == "/sandbox/user/v1/customers" {
			return &securitytraxtest.Reply{After: true, Lost: true}
		}
		return nil
	})
	sink, err := securitytrax.New(server.Config())
	if err != nil {
		fmt.Println(err)
		return
	}
	results, err := sink.CreateCustomers(context.Background(), []adcimport.CustomerRecord{{
		AlarmComID: "4711", FirstName: "Ada", LastName: "Ng", Phone1: "2085550100", City: "Boise", State: "ID",
		SaleDate: "2024-01-31", OfficeID: server.Choices("locations")[0].ID,
	}})
	fmt.Println(results[0].Status == adcimport.WriteUnknown, err)
	fmt.Println(server.Count("POST /customers"), len(server.Customers()))
	// Output:
	// true <nil>
	// 1 1
}
