package main

import (
	"context"
	"mime"
	"net/http"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
)

// partnerExam looks at the PartnerApi of the same account, alone.
type partnerExam struct {
	*report
	settings settings
	source   *alarmcom.Source // nil: there is no client id
	ids      []string         // of the customers, as the SOAP services list them
	customer string           // one of them that could be read there
}

// newPartnerSource is a source that never calls the SOAP services.
func newPartnerSource(s settings, w *watch) (*alarmcom.Source, error) {
	if s.partner == nil {
		return nil, nil
	}
	only := *s.partner
	only.Only = true
	cfg := s.alarm
	cfg.Partner, cfg.Transport = &only, w
	return alarmcom.New(cfg)
}

func (e *partnerExam) run(ctx context.Context) {
	e.title("Alarm.com's PartnerApi")
	if e.source == nil {
		e.unseen("the PartnerApi", "ALARMCOM_PARTNER_CLIENT_ID is not set")
		return
	}
	if !e.check("login, and the shortest list of customers", "", quickly(ctx, e.source, nil)) {
		return
	}
	customers, err := gather(e.source.Customers(ctx, adcimport.CustomerFilter{Include: everybody()}, ""))
	if e.check("customers", count(customers), err) {
		var ids []string
		for _, c := range customers {
			ids = append(ids, c.ID)
		}
		same := slices.Equal(slices.SortedFunc(slices.Values(ids), byNumber), slices.SortedFunc(slices.Values(e.ids), byNumber))
		e.holds("it lists the customers that the SOAP services list", same, strconv.Itoa(len(ids))+" and "+strconv.Itoa(len(e.ids)))
	}
	if e.customer == "" {
		e.unseen("details of a customer", "there is none")
	} else {
		_, err = e.source.CustomerDetail(ctx, e.customer)
		e.check("details of a customer", e.customer, err)
	}
	users, err := gather(e.source.Users(ctx, adcimport.UserFilter{}, ""))
	if err != nil {
		e.seen("users (reps) have to be read over SOAP", err.Error())
	} else {
		e.seen("users (reps)", count(users))
	}
	for _, k := range []adcimport.Kind{adcimport.KindCustomer, adcimport.KindUser} {
		for _, text := range e.source.Warnings(ctx, adcimport.RunInfo{Summary: adcimport.Summary{Kind: k}}) {
			e.seen("of "+string(k)+"s", text)
		}
	}
}

// readsPartner lets through GET, and the login, which makes a token.
func readsPartner(token string) func(*http.Request) (string, bool) {
	return func(req *http.Request) (string, bool) {
		_, resource, _ := strings.Cut(req.URL.Path, "/PartnerApi/")
		name := req.Method + " " + path.Base(req.URL.Path)
		if parts := strings.Split(resource, "/"); len(parts) > 2 {
			name = req.Method + " " + parts[1] + "/{id}"
		}
		media, _, err := mime.ParseMediaType(req.Header.Get("Content-Type"))
		login := req.Method == http.MethodPost && req.URL.String() == token && err == nil && media == "application/x-www-form-urlencoded"
		return name, req.Method == http.MethodGet || login
	}
}
