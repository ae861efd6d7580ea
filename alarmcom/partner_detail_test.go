package alarmcom_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/internal/inclusion"
)

// partnerCustomer is a reply with every field, each told by its name.
const partnerCustomer = `{"customerId":"5","firstName":"C1","lastName":"C2","companyName":"C3","phoneNumber":5550100,"email":"C11",
"installAddress":{"street1":"C5","street2":"two","city":"C6","state":"C7","zip":89501,"countryId":2},"joinDate":"2019-05-07T23:59:59.123-08:00",
"salesRepLogin":"C9","subDealerId":77,"isTerminated":false,"isDemo":0,"customerType":1,"propertyType":4,"panelVersion":4711,"new":{"a":[1]},
"centralStationInfo":{"twoWayVoiceEnabled":"true","accountNumber":"C14","receiverPhoneNumber":"C15"}}`

// TestSpec_C1_to_C16_OverREST names every field, so that two that are exchanged
// are seen.
func TestSpec_C1_to_C16_OverREST(t *testing.T) {
	t.Parallel()
	srv := newServer(t, nil)
	srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, jsonReply(partnerCustomer)))
	src := newSource(t, srv, partner(srv, true))
	got, err := src.CustomerDetail(t.Context(), "5")
	if err != nil {
		t.Fatal(err)
	}
	want := adcimport.Customer{
		ID: "5", SubDealerID: "77", FirstName: "C1", LastName: "C2", CompanyName: "C3", PrimaryPhoneNumber: "5550100", PrimaryEmail: "C11",
		InstallAddress: adcimport.Address{Street1: "C5", Street2: "two", City: "C6", State: "C7", Zip: "89501", Country: "Canada"},
		JoinDate:       time.Date(2019, 5, 7, 23, 59, 59, 123e6, time.FixedZone("", -8*3600)), SalesRepLogin: "C9",
		CentralStation: adcimport.CentralStation{TwoWayVoiceEnabled: true, AccountNumber: "C14", ReceiverPhoneNumber: "C15"},
		Commercial:     true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	if text := told(t, src, adcimport.KindCustomer); text != "" {
		t.Errorf("warned of what was given: %q", text)
	}
}

// What REST gives need not be asked of SOAP; what it hides is.
func TestPartnerDetailAsksSOAPForWhatIsMissing(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(9, 40, 3)
	for name, test := range map[string]struct {
		p    alarmcomtest.Partner
		soap int
	}{
		"nothing":              {alarmcomtest.Partner{CentralStation: true}, 0},
		"central station":      {alarmcomtest.Partner{}, 1},
		"status hidden":        {alarmcomtest.Partner{CentralStation: true, Hidden: []string{"isTerminated"}}, 1},
		"type absent":          {alarmcomtest.Partner{CentralStation: true, Absent: []string{"customerType"}}, 1},
		"all hidden":           {alarmcomtest.Partner{Hidden: []string{"firstName", "lastName", "email", "phoneNumber", "companyName", "installAddress", "joinDate", "salesRepLogin", "subDealerId", "isDemo", "propertyType"}}, 1},
		"unseen fields denied": {alarmcomtest.Partner{CentralStation: true, RefuseUnseen: true}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, d, alarmcomtest.WithPartner(test.p))
			src := newSource(t, srv, partner(srv, false))
			for _, want := range d.Customers {
				got, err := src.CustomerDetail(t.Context(), want.ID)
				if diff := cmp.Diff(want, got); err != nil || diff != "" {
					t.Fatalf("customer %s: %v (-want +got):\n%s", want.ID, err, diff)
				}
			}
			if n, want := srv.Count(infoOp), test.soap*len(d.Customers); n != want {
				t.Errorf("%d details over SOAP, want %d", n, want)
			}
			refused := 0
			if test.p.RefuseUnseen {
				refused = 1 // once, then it is known
			}
			if n := srv.Count(alarmcomtest.OpPartnerCustomer); n != len(d.Customers)+refused {
				t.Errorf("%d details over REST, want %d", n, len(d.Customers)+refused)
			}
			if text := told(t, src, adcimport.KindCustomer); strings.Contains(text, "refuses to be asked") != test.p.RefuseUnseen {
				t.Errorf("warned %q", text)
			}
		})
	}
}

// Fault 84: a customer that is certainly left out costs no call of SOAP in a run that
// does not include it.
func TestPartnerDetailOfOneLeftOut(t *testing.T) {
	t.Parallel()
	srv := newServer(t, &adcimporttest.Dealer{Customers: []adcimport.Customer{{ID: "1", Terminated: true}, {ID: "2", Demo: true}}})
	src := newSource(t, srv, partner(srv, false))
	for _, id := range []string{"1", "2"} {
		c, err := src.CustomerDetail(inclusion.With(t.Context(), inclusion.Accounts{}), id)
		if err != nil || (adcimport.Include{}).Excludes(c) == "" {
			t.Errorf("customer %s: %+v, %v", id, c, err)
		}
	}
	if n := soapCalls(srv); n != 0 {
		t.Errorf("%d calls of SOAP, want none", n)
	}
}

// REST alone cannot tell an active account from a terminated one where it hides
// the status: it creates nobody by mistake, unless told that there are none.
func TestPartnerAloneWithoutStatus(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		hidden  string
		in      inclusion.Accounts
		none    bool // there are none
		refused bool
	}{
		"isTerminated":             {"isTerminated", inclusion.Accounts{}, false, true},
		"isDemo":                   {"isDemo", inclusion.Accounts{}, false, true},
		"customerType":             {"customerType", inclusion.Accounts{}, false, true},
		"isTerminated, included":   {"isTerminated", inclusion.Accounts{Terminated: true}, false, false},
		"customerType, half of it": {"customerType", inclusion.Accounts{Demo: true}, false, true},
		"all included":             {"customerType", inclusion.Accounts{Terminated: true, Demo: true, Commitment: true}, false, false},
		"there are none":           {"isTerminated", inclusion.Accounts{}, true, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer(), alarmcomtest.WithPartner(alarmcomtest.Partner{Hidden: []string{test.hidden}}))
			src := newSource(t, srv, partner(srv, true), func(c *alarmcom.Config) { c.Assumptions.PartnerActiveOnly = test.none })
			_, err := src.CustomerDetail(inclusion.With(t.Context(), test.in), "101")
			if !test.refused && err != nil {
				t.Error(err)
			}
			if test.refused {
				wantRecordError(t, err, "101", adcimport.ReasonInvalidRecord)
				if !strings.Contains(err.Error(), test.hidden) || !strings.Contains(err.Error(), "PartnerActiveOnly") {
					t.Errorf("the error does not help: %v", err)
				}
			}
			if text := told(t, src, adcimport.KindCustomer); !strings.Contains(text, test.hidden) {
				t.Errorf("warned %q, want %s in it", text, test.hidden)
			}
		})
	}
}

// A field is told when no customer had it, not when some have none.
func TestPartnerTellsWhatNobodyHad(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(4, 60, 2)
	srv := newServer(t, d, alarmcomtest.WithPartner(alarmcomtest.Partner{Hidden: []string{"email"}}))
	src := newSource(t, srv, partner(srv, true))
	for _, c := range d.Customers {
		if _, err := src.CustomerDetail(t.Context(), c.ID); err != nil {
			t.Fatal(err)
		}
	}
	const want = "the PartnerApi gave no centralStationInfo, email for any of 60 customers: " +
		"absent there, or hidden from this login; what is mapped from them stays blank"
	if text := told(t, src, adcimport.KindCustomer); text != want {
		t.Errorf("warned %q, want %q", text, want)
	}
}

func TestPartnerNamesAndNumbers(t *testing.T) {
	t.Parallel()
	srv := newServer(t, nil)
	srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, jsonReply(
		`{"customerId":5,"rep":{"login":"joe"},"isTerminated":false,"isDemo":false,"customerType":7,"propertyType":"Business","centralStationInfo":{}}`)))
	src := newSource(t, srv, partner(srv, true), func(c *alarmcom.Config) {
		c.Assumptions.PartnerNames = map[string]string{"salesRepLogin": "rep.login"}
		c.Assumptions.PartnerCustomerTypes = []string{7: "Commitment"}
	})
	got, err := src.CustomerDetail(t.Context(), "5")
	want := adcimport.Customer{ID: "5", SalesRepLogin: "joe", Commercial: true, Commitment: true}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	var asked string
	for _, r := range srv.Requests() {
		if r.Op == alarmcomtest.OpPartnerCustomer {
			asked, _ = url.QueryUnescape(string(r.Body))
		}
	}
	const fields = "/PartnerApi/v1/customers/5?fields=customerId,firstName,lastName,companyName,email,phoneNumber,installAddress,joinDate," +
		"rep,subDealerId,isTerminated,isDemo,customerType,propertyType,centralStationInfo"
	if asked != fields {
		t.Errorf("asked for %s", asked)
	}
}

// Numbers that nobody knows are accepted and mean nothing.
func TestPartnerUnknownNumbers(t *testing.T) {
	t.Parallel()
	srv := newServer(t, nil)
	srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, jsonReply(
		`{"customerId":5,"isTerminated":false,"isDemo":false,"customerType":99,"propertyType":-1,"installAddress":{"countryId":200}}`)))
	got, err := newSource(t, srv, partner(srv, true)).CustomerDetail(t.Context(), "5")
	if diff := cmp.Diff(adcimport.Customer{ID: "5"}, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestPartnerDetailErrors(t *testing.T) {
	t.Parallel()
	status := func(code int, body string) alarmcomtest.Reply {
		return alarmcomtest.Reply{Status: code, Body: []byte(body)}
	}
	const active = `{"customerId":101,"isTerminated":false,"isDemo":false,"customerType":1`
	down := status(500, "oops")
	for name, test := range map[string]struct {
		detail alarmcomtest.Reply
		probe  *alarmcomtest.Reply // of the list
		want   error
		reason adcimport.Reason // of a record error; empty: want
		fields string           // of that error
	}{
		"null":                 {detail: alarmcomtest.Reply{Empty: true}, want: adcimport.ErrNotFound},
		"no content":           {detail: status(204, ""), want: adcimport.ErrNotFound},
		"empty object":         {detail: jsonReply(`{}`), want: adcimport.ErrNotFound},
		"404 with a message":   {detail: status(404, `{"message":"Jane"}`), want: adcimport.ErrNotFound},
		"404 with nothing":     {detail: status(404, ""), want: adcimport.ErrNotFound},
		"404 of a gateway":     {detail: status(404, "<html>"), reason: adcimport.ReasonSourceFailed},
		"404 of a wrong path":  {detail: status(404, ""), probe: &alarmcomtest.Reply{Status: 404}, want: adcimport.ErrAuth},
		"message with 200":     {detail: alarmcomtest.Reply{Failure: "Jane"}, want: adcimport.ErrNotFound},
		"message with 500":     {detail: alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "Jane"}}, want: adcimport.ErrNotFound},
		"message to everybody": {detail: alarmcomtest.Reply{Failure: "Jane"}, probe: &alarmcomtest.Reply{Failure: "Jane"}, want: adcimport.ErrAuth},
		"classified":           {detail: alarmcomtest.Reply{Failure: "no rights"}, want: adcimport.ErrDenied},
		"403 for one":          {detail: status(403, ""), want: adcimport.ErrDenied},
		"403 for all":          {detail: status(403, ""), probe: &alarmcomtest.Reply{Status: 403}, want: adcimport.ErrAuth},
		"500 for one":          {detail: down, reason: adcimport.ReasonSourceFailed},
		"HTML for one":         {detail: status(200, "<html>Jane"), reason: adcimport.ReasonSourceFailed},
		"list":                 {detail: jsonReply(`[]`), reason: adcimport.ReasonSourceFailed},
		"another customer":     {detail: jsonReply(`{"customerId":102}`), reason: adcimport.ReasonSourceFailed},
		"no id":                {detail: jsonReply(`{"firstName":"Jane"}`), reason: adcimport.ReasonSourceFailed},
		"date of text":         {detail: jsonReply(active + `,"joinDate":"Jane"}`), reason: adcimport.ReasonInvalidRecord, fields: "joinDate"},
		"name of a list":       {detail: jsonReply(active + `,"lastName":["Jane"]}`), reason: adcimport.ReasonInvalidRecord, fields: "lastName"},
		"flag of text":         {detail: jsonReply(active + `,"isDemo":"Jane"}`), reason: adcimport.ReasonInvalidRecord, fields: "isDemo"},
		"number of text":       {detail: jsonReply(active + `,"subDealerId":"Jane"}`), reason: adcimport.ReasonInvalidRecord, fields: "subDealerId"},
		"id as text":           {detail: jsonReply(`{"customerId":"101","isTerminated":false,"isDemo":false,"customerType":1}`)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
				switch op {
				case alarmcomtest.OpPartnerCustomer:
					return &test.detail
				case alarmcomtest.OpPartnerCustomers:
					return test.probe
				}
				return nil
			})
			src := newSource(t, srv, partner(srv, true), func(c *alarmcom.Config) {
				c.ClassifyFault = func(f alarmcom.Fault) error {
					if f.Text == "no rights" && f.Code == alarmcom.MessageCode {
						return adcimport.ErrDenied
					}
					return nil
				}
			})
			_, err := src.CustomerDetail(t.Context(), "101")
			switch {
			case test.reason != "":
				wantRecordError(t, err, "101", test.reason)
			case !errors.Is(err, test.want):
				t.Errorf("error %v, want %v", err, test.want)
			}
			if errors.Is(test.want, adcimport.ErrAuth) && (errors.Is(err, adcimport.ErrDenied) || errors.Is(err, adcimport.ErrNotFound)) {
				t.Errorf("%v would be taken for one of the customer", err)
			}
			if err != nil && (strings.Contains(err.Error(), "Jane") || !strings.Contains(err.Error(), test.fields)) {
				t.Errorf("error %q, want %q in it and nothing of the reply", err, test.fields)
			}
		})
	}
}

// When SOAP cannot complete a customer it fails, rather than come with blanks.
func TestPartnerDetailThatSOAPCannotComplete(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways(infoOp, alarmcomtest.Reply{Status: 500, Body: []byte("oops")}))
	_, err := newSource(t, srv, partner(srv, false)).CustomerDetail(t.Context(), "102")
	wantRecordError(t, err, "102", adcimport.ReasonSourceFailed)
}

// That numbers count as the WSDL lists them is assumed: where SOAP has the name,
// nobody is left out for a number.
func TestPartnerNumbersAgainstNames(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways(alarmcomtest.OpPartnerCustomer, jsonReply(`{"customerId":101,"isTerminated":false,"isDemo":false,"customerType":4,"propertyType":4}`)))
	got, err := newSource(t, srv, partner(srv, false)).CustomerDetail(t.Context(), "101")
	if err != nil || got.Commitment || got.Commercial || got.FirstName != "First101" {
		t.Errorf("customer %+v, %v", got, err)
	}
}
