package soapapi_test

import (
	"bytes"
	"encoding/xml"
	"io"
	"net/http"
	"strconv"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/alarmcom/internal/soapapi"
)

// BenchmarkCustomerInfo reads a reply of GetCustomerInfo_V2 with all of its fields,
// and lets encoding/xml decode it into the same type.
func BenchmarkCustomerInfo(b *testing.B) {
	reply := customerInfoReply(b)
	b.Run("ours", func(b *testing.B) {
		measure(b, reply, func() error {
			id, err := soapapi.ReadCustomerInfo(bytes.NewReader(reply))
			if id != 101 {
				b.Fatal(id)
			}
			return err
		})
	})
	b.Run("xml.Unmarshal", func(b *testing.B) {
		measure(b, reply, func() error {
			var v soapapi.CustomerInfoReply
			err := xml.Unmarshal(reply, &v)
			if err == nil && v.Result.CustomerID.Value != 101 {
				b.Fatal(v.Result)
			}
			return err
		})
	})
}

// BenchmarkIDList reads a list of a million ids.
func BenchmarkIDList(b *testing.B) {
	const n = 1_000_000
	reply := listReply(n)
	b.Run("ours", func(b *testing.B) {
		measure(b, reply, func() error {
			ids, err := soapapi.ReadList(bytes.NewReader(reply))
			if len(ids) != n {
				b.Fatal(len(ids))
			}
			return err
		})
	})
	b.Run("xml.Unmarshal", func(b *testing.B) {
		measure(b, reply, func() error {
			var v soapapi.ListReply
			err := xml.Unmarshal(reply, &v)
			if len(v.IDs) != n {
				b.Fatal(len(v.IDs))
			}
			return err
		})
	})
}

func measure(b *testing.B, reply []byte, read func() error) {
	b.Helper()
	b.ReportAllocs()
	b.SetBytes(int64(len(reply)))
	for b.Loop() {
		if err := read(); err != nil {
			b.Fatal(err)
		}
	}
}

// listReply is as .asmx writes it.
func listReply(n int) []byte {
	var b bytes.Buffer
	b.WriteString(`<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/"><soap:Body>` +
		`<GetCustomerList_V2Response xmlns="http://www.alarm.com/WebServices"><GetCustomerList_V2Result><Success>true</Success><CustomerIds>`)
	for id := range n {
		b.WriteString("<int>")
		b.WriteString(strconv.Itoa(1_000_000 + 7*id))
		b.WriteString("</int>")
	}
	b.WriteString(`</CustomerIds></GetCustomerList_V2Result></GetCustomerList_V2Response></soap:Body></soap:Envelope>`)
	return b.Bytes()
}

// lastReply keeps the body of the last reply.
type lastReply struct {
	http.RoundTripper
	body []byte
}

func (l *lastReply) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := l.RoundTripper.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	l.body, err = io.ReadAll(resp.Body)
	resp.Body = io.NopCloser(bytes.NewReader(l.body))
	return resp, err
}

// customerInfoReply is what the fake server replies: all of WSDL CustomerInfo.
func customerInfoReply(b *testing.B) []byte {
	b.Helper()
	srv := alarmcomtest.NewServer(&adcimporttest.Dealer{Customers: []adcimport.Customer{{
		ID: "101", SubDealerID: "12", FirstName: "Ada", LastName: "Example", CompanyName: "Example & Sons",
		PrimaryPhoneNumber: "801-555-0101", PrimaryEmail: "ada@example.com", SalesRepLogin: "rep1",
		InstallAddress: adcimport.Address{Street1: "1 Main St", City: "Provo", State: "UT", Zip: "84601", Country: "USA"},
		JoinDate:       time.Date(2019, 5, 7, 0, 0, 0, 0, time.UTC),
		CentralStation: adcimport.CentralStation{AccountNumber: "A-101", ReceiverPhoneNumber: "801-555-0199", TwoWayVoiceEnabled: true},
	}}})
	wire := &lastReply{RoundTripper: srv.Transport()}
	src, err := alarmcom.New(alarmcom.Config{
		BaseURL: "http://127.0.0.1/WebServices", Transport: wire, Credentials: alarmcom.NewCredentials(alarmcomtest.DefaultUser, alarmcomtest.DefaultPassword),
	})
	if err != nil {
		b.Fatal(err)
	}
	if _, err := src.CustomerDetail(b.Context(), "101"); err != nil {
		b.Fatal(err)
	}
	return wire.body
}
