package secrets_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/alarmcom"
	"github.com/securitytrax/adcimport/alarmcom/alarmcomtest"
	"github.com/securitytrax/adcimport/internal/jsonapi"
	"github.com/securitytrax/adcimport/internal/pacing"
	"github.com/securitytrax/adcimport/internal/soap"
	"github.com/securitytrax/adcimport/ledger"
	"github.com/securitytrax/adcimport/securitytrax"
	"github.com/securitytrax/adcimport/securitytrax/securitytraxtest"
)

// work makes calls that succeed, then lets the services report failures in all
// their ways, and keeps what comes of it.
func (w *world) work(t *testing.T) {
	t.Helper()
	ctx := t.Context()
	for i, src := range w.sources {
		w.failed(t, i == 2, src.Check(ctx))
	}
	for i, sink := range w.sinks {
		w.failed(t, i == 2, sink.Check(ctx))
	}
	w.complain()
	w.run(t)
	for _, src := range w.sources[:4] {
		_, err := src.CustomerDetail(ctx, "1")
		w.note(err)
		_, err = src.SubDealers(ctx)
		w.note(err)
		w.note(src.Check(ctx))
	}
	for _, sink := range w.sinks[:3] {
		_, err := sink.Offices(ctx)
		w.note(err)
	}
	w.byHand()
	if w.classified.Load() == 0 || w.marks.tokens["/AdminApiAccess"]+w.marks.tokens["/PartnerApi"] == 0 || w.marks.tokens["/sandbox"] == 0 {
		t.Errorf("%d faults were classified, tokens were sent to %v: the test proves little", w.classified.Load(), w.marks.tokens)
	}
}

// complain makes the services put marks into every failure they report: as the
// text and code of a fault, as Success=false, as a message, in an error document.
func (w *world) complain() {
	replies := []alarmcomtest.Reply{
		{Fault: &alarmcomtest.Fault{Text: faultText}},
		{Failure: faultText},
		{Body: []byte(`<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body><s:Fault><faultcode>` + faultCode +
			`</faultcode><faultstring>` + faultText + `</faultstring></s:Fault></s:Body></s:Envelope>`)},
		{Body: []byte(`{"error":"` + faultCode + `","error_description":"` + faultText + `"}`)},
		{Status: http.StatusInternalServerError, Body: []byte(`{"message":"` + faultText + `"}`)},
	}
	asked := 0
	w.alarm.Fail(func(op string, _, _ int) *alarmcomtest.Reply {
		if asked++; strings.HasSuffix(op, "customers") || asked < 12 && !strings.Contains(op, "GetDealerId") {
			return nil
		}
		return &replies[asked%len(replies)]
	})
	w.crm.Fail(func(r *http.Request, n int) *securitytraxtest.Reply {
		if r.Method == http.MethodGet && n < 5 {
			return nil
		}
		return &securitytraxtest.Reply{Status: http.StatusUnprocessableEntity, Body: []byte(`{"errors":[{"code":"` + faultText +
			` x","title":"` + faultText + `","detail":"` + faultText + `","source":{"pointer":"/data/attributes/` + faultText + ` x"}}]}`)}
	})
}

// run starts a run and a plan and keeps them with what they tell.
func (w *world) run(t *testing.T) {
	t.Helper()
	w.alarm.Fail(nil) // until the listing was read
	run, err := w.imp.StartCustomers(t.Context(), adcimport.CustomerFilter{}, adcimport.CustomerOptions{
		OfficeID: w.crm.Choices("locations")[0].ID,
	})
	if err != nil {
		t.Fatal(err)
	}
	sum, err := run.Wait(t.Context())
	w.complain()
	w.note(err)
	if sum == nil || sum.Counts.Read == 0 {
		t.Errorf("summary %v, %v: nothing was read", sum, err)
	}
	plan, err := w.imp.PlanUsers(adcimport.UserFilter{}, adcimport.UserOptions{PermissionGroupID: w.crm.Choices("permission_groups")[0].ID})
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range plan.Outcomes(t.Context()) {
		w.note(err)
	}
	w.made = append(w.made, built(run), built(plan), built(*sum), built(sum.Counts), built(run.Progress()))
	for st, err := range w.store.Runs(t.Context(), ledger.RunQuery{Link: w.link.Link}) {
		if err != nil {
			t.Fatal(err)
		}
		w.made = append(w.made, built(st))
	}
	for info, err := range w.imp.Runs(t.Context()) {
		w.note(err)
		w.made = append(w.made, built(info))
	}
}

// failed notes an error and checks that there is one, or none.
func (w *world) failed(t *testing.T, want bool, err error) {
	t.Helper()
	if (err != nil) != want {
		t.Errorf("error %v, want one: %t", err, want)
	}
	w.note(err)
}

// note keeps an error as it is, and what it is of ours.
func (w *world) note(err error) {
	if err == nil {
		return
	}
	s := built(err)
	s.name = ""
	w.made = append(w.made, s)
	if e, ok := errors.AsType[*alarmcom.Error](err); ok {
		w.made = append(w.made, built(e), built(*e))
		if e.Fault != nil {
			w.made = append(w.made, built(*e.Fault))
		}
		paused := &adcimport.PausedError{Until: time.Unix(0, 0), Err: err}
		record := &adcimport.RecordError{ID: "1", Reason: adcimport.ReasonSourceFailed, Err: err}
		w.made = append(w.made, built(paused), built(record))
	}
	if e, ok := errors.AsType[*securitytrax.APIError](err); ok {
		w.made = append(w.made, built(e), built(*e))
	}
}

// byHand adds what the work does not come to by itself.
func (w *world) byHand() {
	_, bad := alarmcom.New(alarmcom.Config{
		BaseURL: "https://" + alarmUser + ":" + alarmPassword + "@example.com", Credentials: w.read.Credentials,
	})
	w.note(bad)
	invalid, _ := errors.AsType[*adcimport.InvalidOptionsError](bad)
	w.made = append(w.made, built(invalid),
		built(&adcimport.InvalidFilterError{Field: "CustomerFilter.CustomerIDs", Part: "x", Rule: "must be numbers"}),
		built(&adcimport.PanicError{Call: "Source.Check"}),
		built(&alarmcom.CursorError{Listing: "users", Cursor: "x"}),
		built(&adcimport.PanicError{Call: "Source.Check"}), built(&pacing.DownError{Until: time.Unix(0, 0)}), built(&soap.FormatError{Problem: soap.HTML}),
	)
	for _, e := range jsonapi.DecodeErrors([]byte(`{"errors":[{"code":"` + faultText + ` x"}]}`)) {
		w.made = append(w.made, built(e))
	}
}
