package alarmcom_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

// Fault 82 and C10: the sale date is the day as it is written, whatever time and zone
// follow it, over either transport and on a machine in any zone; the first day of year 1
// is none.
func TestSpec_C10_saleDate(t *testing.T) {
	t.Parallel()
	const none, broken = "", "failed"
	for text, want := range map[string]string{
		"2024-02-29T00:00:00":           "2024-02-29",
		"2024-02-29T23:59:59":           "2024-02-29",
		"2024-02-29T23:59:59Z":          "2024-02-29",
		"2024-02-29T00:00:00Z":          "2024-02-29",
		"2024-02-29T23:59:59+0000":      "2024-02-29",
		"2024-02-29T23:59:59.997+0000":  "2024-02-29",
		"2024-02-29T00:00:00+0000":      "2024-02-29",
		"2024-02-29T23:59:59-08:00":     "2024-02-29",
		"2024-02-29T23:59:59-0800":      "2024-02-29",
		"2024-02-29T00:00:01+14:00":     "2024-02-29",
		"2024-02-29T00:00:01+1400":      "2024-02-29",
		"2024-02-29T23:59:59-12:00":     "2024-02-29",
		"2024-02-29T23:59:59+00":        "2024-02-29",
		"2024-02-29T00:00:00.0000000":   "2024-02-29",
		"2024-02-29T12:30Z":             "2024-02-29",
		"2024-02-29":                    "2024-02-29",
		"2024-02-29Z":                   "2024-02-29",
		"2024-02-29-08:00":              "2024-02-29",
		" 2024-02-29T00:00:00 ":         "2024-02-29",
		"2024-02-29 23:59:59":           "2024-02-29",
		"2024-02-29 23:59:59.123 +0000": "2024-02-29",
		"2/29/2024 11:59:59 PM":         "2024-02-29",
		"2/29/2024 12:00:00 AM":         "2024-02-29",
		"02/29/2024":                    "2024-02-29",
		"1999-12-31T23:59:59-10:00":     "1999-12-31",
		"0001-01-01T00:00:00":           none,
		"0001-01-01T00:00:00Z":          none,
		"0001-01-01T00:00:00+0000":      none,
		"0001-01-01T00:00:00-08:00":     none,
		"0001-01-01T00:00:00.0000000":   none,
		"0001-01-01":                    none,
		"1/1/0001 12:00:00 AM":          none,
		"":                              none,
		"2023-02-29T00:00:00":           broken,
		"2024-02-29T25:00:00":           broken,
		"29/2/2024":                     broken,
		"2/29/24":                       broken,
		"/Date(1709164800000)/":         broken,
		"1709164800":                    broken,
		"Feb":                           broken,
		"2024-02-29T00:00:00 soon":      broken,
	} {
		for transport, body := range map[string]string{
			"soap":    `<GetCustomerInfo_V2Result><CustomerId>7</CustomerId><FirstName>A</FirstName><JoinDate>` + text + `</JoinDate></GetCustomerInfo_V2Result>`,
			"partner": `{"customerId":7,"firstName":"A","joinDate":"` + text + `","isTerminated":false,"isDemo":false,"customerType":1}`,
		} {
			t.Run(text+" over "+transport, func(t *testing.T) {
				t.Parallel()
				srv := newServer(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "7"}}})
				var change []func(*alarmcom.Config)
				if transport == "soap" {
					srv.Fail(failAlways("GetCustomerInfo_V2", soapReply("GetCustomerInfo_V2", body)))
				} else {
					srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, jsonReply(body)))
					change = append(change, partner(srv, true))
				}
				outcomes, sink := importedFrom(t, newSource(t, srv, change...), false)
				var got []string
				for _, c := range sink.Customers() {
					got = append(got, c.Record.SaleDate)
				}
				expect := []string{want}
				if want == broken {
					expect = nil
				}
				if diff := cmp.Diff(expect, got); diff != "" {
					t.Errorf("%v, sale dates (-want +got):\n%s", outcomes, diff)
				}
			})
		}
	}
}
