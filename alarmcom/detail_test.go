package alarmcom_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
)

const infoOp = "GetCustomerInfo_V2"

// TestSpec_C1_to_C16 reads each customer of a believable dealer over the wire
// and compares all that the dealer has of it.
func TestSpec_C1_to_C16_EveryFieldComesOver(t *testing.T) {
	t.Parallel()
	d := adcimporttest.NewDealer(1, 300, 10)
	for _, version := range []bool{false, true} {
		src := newSource(t, newServer(t, d), func(c *alarmcom.Config) { c.SOAP12 = version })
		for _, want := range d.Customers {
			got, err := src.CustomerDetail(t.Context(), want.ID)
			if err != nil {
				t.Fatalf("customer %s: %v", want.ID, err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("customer (-want +got):\n%s", diff)
			}
		}
	}
}

// Every field by name, so that two that are exchanged are seen.
func TestSpec_C1_to_C16_ByName(t *testing.T) {
	t.Parallel()
	body := `<?xml version="1.0" encoding="utf-8"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><s:Body>
<GetCustomerInfo_V2Response xmlns="http://www.alarm.com/WebServices"><GetCustomerInfo_V2Result>
<CustomerId>5</CustomerId><DealerCustomerId>d5</DealerCustomerId><FirstName>C1</FirstName><LastName>C2</LastName><PrimaryEmail>C11</PrimaryEmail>
<PrimaryPhoneNumber>C4</PrimaryPhoneNumber><LoginName>n</LoginName>
<InstallAddress><Street1>C5</Street1><Street2>two</Street2><SubCity>x</SubCity><City>C6</City><SubState>x</SubState><State>C7</State><Zip>C8</Zip><CountryId>Atlantis</CountryId></InstallAddress>
<IsTerminated>false</IsTerminated><IsDemo>0</IsDemo><JoinDate>2019-05-07T23:59:59.123-08:00</JoinDate><TermDate xsi:nil="true" />
<CentralStationInfo><ReceiverPhoneNumber>C15</ReceiverPhoneNumber><AccountPrefix>x</AccountPrefix><AccountNumber>C14</AccountNumber><TwoWayVoiceEnabled>true</TwoWayVoiceEnabled><ForwardingOption>NewOne</ForwardingOption></CentralStationInfo>
<PanelVersion>FromTheFuture</PanelVersion><DealerId>1</DealerId><SubDealerId>77</SubDealerId><CompanyName>C3</CompanyName><PropertyType>Business</PropertyType><CustomerType>BrandNew</CustomerType>
<installerLogin>x</installerLogin><salesRepLogin>C9</salesRepLogin>
<CustomerAddress><Street1>other</Street1><City>other</City><CountryId>USA</CountryId></CustomerAddress>
</GetCustomerInfo_V2Result></GetCustomerInfo_V2Response></s:Body></s:Envelope>`
	srv := newServer(t, nil)
	srv.Fail(failAlways(infoOp, alarmcomtest.Reply{Body: []byte(body)}))
	got, err := newSource(t, srv).CustomerDetail(t.Context(), "5")
	if err != nil {
		t.Fatal(err)
	}
	want := adcimport.Customer{
		ID: "5", SubDealerID: "77", FirstName: "C1", LastName: "C2", CompanyName: "C3", PrimaryPhoneNumber: "C4", PrimaryEmail: "C11",
		InstallAddress: adcimport.Address{Street1: "C5", Street2: "two", City: "C6", State: "C7", Zip: "C8", Country: "Atlantis"},
		JoinDate:       time.Date(2019, 5, 7, 23, 59, 59, 123e6, time.FixedZone("", -8*3600)), SalesRepLogin: "C9",
		CentralStation: adcimport.CentralStation{TwoWayVoiceEnabled: true, AccountNumber: "C14", ReceiverPhoneNumber: "C15"},
		Commercial:     true,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("customer (-want +got):\n%s", diff)
	}
	if day := got.JoinDate.Format(time.DateOnly); day != "2019-05-07" {
		t.Errorf("joined %s, want the date as written", day)
	}
}

// Fault 84: whether an account is left out is the importer's to say, and to count.
func TestFault84_detailsTellWhatIsLeftOut(t *testing.T) {
	t.Parallel()
	d := &adcimporttest.Dealer{Customers: []adcimport.Customer{
		{ID: "1", Terminated: true}, {ID: "2", Demo: true}, {ID: "3", Commitment: true},
	}}
	src := newSource(t, newServer(t, d))
	for _, want := range d.Customers {
		got, err := src.CustomerDetail(t.Context(), want.ID)
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("customer %s: %v (-want +got):\n%s", want.ID, err, diff)
		}
	}
}

func TestCustomerThatIsNotThere(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer(), alarmcomtest.UnknownCustomer(alarmcomtest.Reply{Empty: true}))
	src := newSource(t, srv)
	for _, id := range []string{"999", "2147483648", "0", "-1", "", "x"} {
		if _, err := src.CustomerDetail(t.Context(), id); !errors.Is(err, adcimport.ErrNotFound) {
			t.Errorf("customer %q: %v, want ErrNotFound", id, err)
		}
	}
	if n := srv.Count(infoOp); n != 1 {
		t.Errorf("%d details asked for, want 1: the other ids cannot exist", n)
	}
}

func TestReplyAboutAnotherCustomer(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	reply := `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetCustomerInfo_V2Response><GetCustomerInfo_V2Result><CustomerId>102</CustomerId></GetCustomerInfo_V2Result></GetCustomerInfo_V2Response></Body></Envelope>`
	srv.Fail(failAlways(infoOp, alarmcomtest.Reply{Body: []byte(reply)}))
	_, err := newSource(t, srv).CustomerDetail(t.Context(), "101")
	wantRecordError(t, err, "101", adcimport.ReasonSourceFailed)
}

func wantRecordError(t *testing.T, err error, id string, reason adcimport.Reason) {
	t.Helper()
	var record *adcimport.RecordError
	if !errors.As(err, &record) || record.ID != id || record.Reason != reason {
		t.Errorf("error %v, want a record error of %s: %s", err, id, reason)
	}
}

func TestJoinDateThatIsNone(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	reply := `<Envelope xmlns="http://schemas.xmlsoap.org/soap/envelope/"><Body><GetCustomerInfo_V2Response><GetCustomerInfo_V2Result><CustomerId>101</CustomerId><JoinDate>next Friday</JoinDate></GetCustomerInfo_V2Result></GetCustomerInfo_V2Response></Body></Envelope>`
	srv.Fail(failAlways(infoOp, alarmcomtest.Reply{Body: []byte(reply)}))
	_, err := newSource(t, srv).CustomerDetail(t.Context(), "101")
	wantRecordError(t, err, "101", adcimport.ReasonInvalidRecord)
	if strings.Contains(err.Error(), "Friday") {
		t.Errorf("the error has the value: %v", err)
	}
}

func TestFaultsOfDetails(t *testing.T) {
	t.Parallel()
	classify := func(f alarmcom.Fault) error {
		switch f.Text {
		case "gone":
			return adcimport.ErrNotFound
		case "denied":
			return adcimport.ErrDenied
		case "locked":
			return adcimport.ErrAuth
		}
		return nil
	}
	fault := func(text string) *alarmcomtest.Reply {
		return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: text}}
	}
	for name, test := range map[string]struct {
		detail, probe *alarmcomtest.Reply
		want          error // nil: a record error
		probes        int
	}{
		"classified as not found":     {detail: fault("gone"), want: adcimport.ErrNotFound},
		"classified as denied":        {detail: fault("denied"), want: adcimport.ErrDenied},
		"classified as login":         {detail: fault("locked"), want: adcimport.ErrAuth},
		"unknown, service answers":    {detail: fault("?"), want: adcimport.ErrNotFound, probes: 1},
		"unknown, service faults too": {detail: fault("?"), probe: fault("?"), want: adcimport.ErrAuth, probes: 1},
		"unknown, probe not linked":   {detail: fault("?"), probe: &alarmcomtest.Reply{Failure: "no"}, want: adcimport.ErrAuth, probes: 1},
		"unknown, probe denied":       {detail: fault("?"), probe: fault("denied"), want: adcimport.ErrAuth, probes: 1},
		"HTML for one customer":       {detail: &alarmcomtest.Reply{Body: []byte("<html></html>")}, probes: 1},
		"status 500 for one customer": {detail: &alarmcomtest.Reply{Status: 500, Body: []byte("oops")}, probes: 1},
		"status 401":                  {detail: &alarmcomtest.Reply{Status: 401}, want: adcimport.ErrAuth},
		"status 403, service too":     {detail: &alarmcomtest.Reply{Status: 403}, probe: &alarmcomtest.Reply{Status: 403}, want: adcimport.ErrAuth, probes: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			srv := newServer(t, smallDealer())
			src := newSource(t, srv, func(c *alarmcom.Config) { c.ClassifyFault = classify })
			srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
				return map[string]*alarmcomtest.Reply{infoOp: test.detail, "GetDealerId": test.probe}[op]
			})
			_, err := src.CustomerDetail(t.Context(), "101")
			if test.want == nil {
				wantRecordError(t, err, "101", adcimport.ReasonSourceFailed)
			} else if !errors.Is(err, test.want) {
				t.Errorf("error %v, want %v", err, test.want)
			}
			ends := errors.Is(test.want, adcimport.ErrAuth)
			if ends && (errors.Is(err, adcimport.ErrDenied) || errors.Is(err, adcimport.ErrNotFound)) {
				t.Errorf("error %v would be taken for one of the customer", err)
			}
			if n := srv.Count("GetDealerId"); n != test.probes {
				t.Errorf("%d probes, want %d", n, test.probes)
			}
			if n := srv.Count(infoOp); n != 1 {
				t.Errorf("%d details, want 1", n)
			}
		})
	}
}

// A 403 for one customer, while the login works, may be a firewall's: the importer
// judges, and is not told that the customer is denied.
func TestDetailRefusedByAFirewall(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways(infoOp, alarmcomtest.Reply{Status: 403, Body: []byte("<html>")}))
	_, err := newSource(t, srv).CustomerDetail(t.Context(), "101")
	call, ok := errors.AsType[*adcimport.CallError](err)
	if !ok || call.Code != "denied" || errors.Is(err, adcimport.ErrDenied) || errors.Is(err, adcimport.ErrAuth) {
		t.Errorf("error %v", err)
	}
}

// A probe's answer holds for ProbeTTL, and one probe serves all who wait.
func TestProbeIsRemembered(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		srv := alarmcomtest.NewServer(smallDealer())
		srv.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
			if op == infoOp {
				return &alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "?"}}
			}
			return &alarmcomtest.Reply{Delay: 100 * time.Millisecond}
		})
		src := inMemory(t, srv, func(c *alarmcom.Config) { c.ProbeTTL = 10 * time.Second })
		details := func() {
			var wg sync.WaitGroup
			for range 8 {
				wg.Go(func() {
					_, err := src.CustomerDetail(t.Context(), "101")
					if !errors.Is(err, adcimport.ErrNotFound) {
						t.Errorf("%v, want ErrNotFound", err)
					}
				})
			}
			wg.Wait()
		}
		for i, after := range []time.Duration{0, 9 * time.Second, 2 * time.Second} {
			time.Sleep(after)
			details()
			if got, want := srv.Count("GetDealerId"), 1+i/2; got != want {
				t.Errorf("round %d: %d probes, want %d", i, got, want)
			}
		}
		if got := srv.Count("GetLatestCallerVersion"); got != 1 {
			t.Errorf("caller version asked %d times, want 1", got)
		}
	})
}

func TestCallerVersion(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer(), alarmcomtest.WithCallerVersion(42))
	src := newSource(t, srv)
	for range 2 {
		if _, err := src.CustomerDetail(t.Context(), "101"); err != nil {
			t.Fatal(err)
		}
	}
	fixed := newSource(t, srv, func(c *alarmcom.Config) { c.Assumptions.CallerVersion = 3 })
	if _, err := fixed.CustomerDetail(t.Context(), "102"); err != nil {
		t.Fatal(err)
	}
	if n := srv.Count("GetLatestCallerVersion"); n != 1 {
		t.Errorf("asked %d times, want 1", n)
	}
	var sent []string
	for _, r := range srv.Requests() {
		if _, rest, ok := strings.Cut(string(r.Body), "<CallerVersion>"); ok {
			version, _, _ := strings.Cut(rest, "<")
			sent = append(sent, version)
		}
	}
	if diff := cmp.Diff([]string{"42", "42", "3"}, sent); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

// A failing caller version ends the run, even where a fault says "denied".
func TestCallerVersionFails(t *testing.T) {
	t.Parallel()
	srv := newServer(t, smallDealer())
	srv.Fail(failAlways("GetLatestCallerVersion", alarmcomtest.Reply{Fault: &alarmcomtest.Fault{Text: "?"}}))
	src := newSource(t, srv, func(c *alarmcom.Config) {
		c.ClassifyFault = func(alarmcom.Fault) error { return adcimport.ErrDenied }
	})
	_, err := src.CustomerDetail(t.Context(), "101")
	if !errors.Is(err, adcimport.ErrAuth) || errors.Is(err, adcimport.ErrDenied) {
		t.Errorf("error %v, want ErrAuth only", err)
	}
	srv.Fail(failAlways("GetLatestCallerVersion", alarmcomtest.Reply{Empty: true}))
	if _, err = newSource(t, srv).CustomerDetail(t.Context(), "101"); err == nil || errors.Is(err, adcimport.ErrNotFound) {
		t.Errorf("error %v, want one that ends the run", err)
	}
}
