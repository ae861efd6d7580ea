package securitytrax_test

import (
	"context"
	"fmt"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// A sink for a real account has its profile, credentials and link; here they
// are those of the fake server.
func ExampleNew() {
	server := securitytraxtest.NewServer()
	defer server.Close()
	sink, err := securitytrax.New(securitytrax.Config{
		BaseURL: server.URL(), // leave out for production
		Profile: securitytraxtest.DefaultProfile,
		ISPID:   server.ISPID(),
		Credentials: securitytrax.Login(securitytraxtest.DefaultUsername, securitytraxtest.DefaultPassword).
			WithIntegratorKey(securitytraxtest.DefaultIntegratorKey),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("linked:", sink.Check(context.Background()) == nil)
	offices, err := sink.Offices(context.Background())
	for _, o := range offices {
		fmt.Println(o.Name)
	}
	fmt.Println(err)
	// Output:
	// linked: true
	// Headquarters
	// North Office
	// <nil>
}

// A host that learns that SecurityTrax keeps the Alarm.com id in an attribute of
// the customer says so by a value.
func ExampleDefaultSchema() {
	schema := securitytrax.DefaultSchema()
	schema.CustomerID = securitytrax.IDInAttribute
	schema.Customer.AlarmComID = "alarm_com_customer_id"
	sink, err := securitytrax.New(securitytrax.Config{
		Profile: "acme", Credentials: securitytrax.AccessToken("personal-access-token").WithIntegratorKey("key"), Schema: schema,
	})
	fmt.Println(sink, err)
	fmt.Println(sink.ProvesAbsence(adcimport.KindCustomer))
	// Output:
	// securitytrax.Sink{Profile: "acme", ISPID: ""} <nil>
	// true
}
