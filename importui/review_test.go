package importui_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

// typeIn types importable customers of acme in by hand, the first two carefully.
func (w *world) typeIn(n int) (ids map[string]string) {
	ids = make(map[string]string)
	for i, c := range w.sources["acme"].Dealer.Importable() {
		if len(ids) == n {
			break
		}
		rec := adcimport.CustomerRecord{
			FirstName: c.FirstName, LastName: c.LastName, BusinessName: c.CompanyName, Phone1: c.PrimaryPhoneNumber, Email: c.PrimaryEmail,
			Address1: c.InstallAddress.Street1, City: c.InstallAddress.City, State: c.InstallAddress.State, Zip: c.InstallAddress.Zip,
		}
		if i > 1 {
			rec.Phone1, rec.Email = "", ""
		}
		ids[c.ID] = w.sinks["acme"].TypeInCustomer(rec)
	}
	return ids
}

// Choices made in a preview come with the run that imports everything.
func TestPreview_choices(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		typed := w.typeIn(3)
		form := w.walk(t, "maria", "acme", "customers", nil)
		path := w.post(t, "maria", "/imports/acme/customers/preview", form).is(t, http.StatusSeeOther).header.Get("Location")
		synctest.Wait()
		time.Sleep(10 * time.Second) // of the bubble
		page := w.get(t, "maria", path).is(t, http.StatusOK)
		page.says(t, "This is what the import would do. Nothing was written.", "May be there already", "Rejected", "Will be created in SecurityTrax", "Phone is missing at Alarm.com")
		if n := len(w.sinks["acme"].Customers()); n != len(typed) {
			t.Fatalf("%d customers: the preview has written", n)
		}
		w.get(t, "kim", path).is(t, http.StatusNotFound).says(t, "The preview was lost when the server restarted: start it again.")

		run := url.Values{"draft": {page.draft(t)}, "preview": {path[strings.LastIndex(path, "/")+1:]}}
		want := 0
		for id, sinkID := range typed {
			if want++; want <= 2 {
				run.Set("choice."+id, "link:"+sinkID)
			} else {
				run.Set("choice."+id, "create")
			}
		}
		stolen := url.Values{"draft": run["draft"], "preview": run["preview"], "choice.1000012": {"link:77777"}}
		w.post(t, "maria", "/imports/acme/customers/run", stolen).is(t, http.StatusConflict).says(t, "the choices made there")
		lost := url.Values{"draft": run["draft"], "preview": {"gone"}, "choice.1000012": {"create"}}
		w.post(t, "maria", "/imports/acme/customers/run", lost).is(t, http.StatusConflict).says(t, "The preview was lost when the server restarted")

		s := w.ended(t, "acme", w.runs(t, "maria", "acme", "customers", run))
		if s.Counts.Linked != 2 || s.Counts.Created != 83 || s.ToReview() != 0 {
			t.Errorf("%v", s)
		}
		if again := w.post(t, "maria", "/imports/acme/customers/run", run); again.status != http.StatusSeeOther {
			t.Errorf("sent again: %d", again.status)
		}
	})
}

// The first 200, unless all are asked for; and no more than two at a time.
func TestPreview_limits(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		w.sources["acme"].Dealer.AddCustomers(300)
		form := w.walk(t, "maria", "acme", "customers", nil)
		begin := func(all bool, office, tag string) reply {
			f := url.Values{"draft": form["draft"], "step": {"options"}, "office": {office}, "tags": {tag}}
			if all {
				f.Set("all", "1")
			}
			return w.post(t, "maria", "/imports/acme/customers/preview", f)
		}
		first := begin(false, "1", "").is(t, http.StatusSeeOther).header.Get("Location")
		if again := begin(false, "1", "").header.Get("Location"); again != first {
			t.Error("sent again it is another preview")
		}
		time.Sleep(time.Minute)
		w.get(t, "maria", first).says(t, "The first 200 new records.", "Preview all")
		full := begin(true, "1", "").is(t, http.StatusSeeOther).header.Get("Location")
		time.Sleep(time.Minute)
		if page := w.get(t, "maria", full); strings.Contains(page.text(), "The first 200 new records.") {
			t.Error("all is the first 200")
		}
		time.Sleep(3 * time.Hour)
		w.get(t, "maria", first).is(t, http.StatusNotFound)

		w.slow = make(chan struct{})
		begin(true, "1", "7").is(t, http.StatusSeeOther)
		begin(true, "2", "").is(t, http.StatusSeeOther)
		begin(true, "2", "7").is(t, http.StatusTooManyRequests)
		w.ui.Close() // ends them
		close(w.slow)
	})
}

// Who may be there already is linked or imported as a person says.
func TestReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	typed := w.typeIn(3)
	w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	at := "/imports/acme/review/customers"
	page := w.get(t, "maria", at).is(t, http.StatusOK)
	page.says(t, "3 may be in SecurityTrax already.", "with strong evidence", "Same customer – link", "Not the same – import", "Decide later", "the same", "At Alarm.com")
	name := w.sources["acme"].Dealer.Importable()[0].LastName
	if hidden := w.get(t, "kim", at); strings.Contains(hidden.text(), name) || !strings.Contains(hidden.text(), "You may not see what is in records.") {
		t.Error("who may not see records sees them")
	}
	ids := make([]string, 0, 3)
	for id := range typed {
		ids = append(ids, id)
	}
	later := w.post(t, "maria", at, url.Values{"id": {ids[0]}, "choice": {"later"}}).is(t, http.StatusSeeOther)
	w.get(t, "maria", later.header.Get("Location")).is(t, http.StatusOK)
	w.post(t, "maria", at, url.Values{"id": {ids[0]}, "choice": {"link:99999"}}).is(t, http.StatusSeeOther)
	w.get(t, "maria", at+"?refused=1").says(t, "That choice could not be kept")
	w.post(t, "maria", at, url.Values{"id": {ids[0]}, "choice": {"link:" + typed[ids[0]]}}).is(t, http.StatusSeeOther)
	w.post(t, "maria", at, url.Values{"id": {ids[1]}, "choice": {"create"}}).is(t, http.StatusSeeOther)
	w.post(t, "maria", at, url.Values{"id": {ids[1]}, "choice": {"undo"}}).is(t, http.StatusSeeOther)
	w.post(t, "maria", at, url.Values{"choice": {"nonsense"}}).is(t, http.StatusBadRequest)
	w.post(t, "maria", at, url.Values{"choice": {"strong"}, "strong": ids}).is(t, http.StatusSeeOther)
	page = w.get(t, "maria", at)
	page.says(t, "decided", "Do it now")
	s := w.ended(t, "acme", w.runs(t, "maria", "acme", "customers", url.Values{"draft": {page.draft(t)}}))
	if s.Counts.Linked < 1 || s.Counts.Created != 0 {
		t.Errorf("%v", s)
	}
}

func TestRecord(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	good, bad := w.sources["acme"].Dealer.Importable()[0], w.sources["acme"].Dealer.Incomplete()[0]
	at := "/imports/acme/records/customers/"
	w.get(t, "maria", at+good.ID).is(t, http.StatusOK).says(t, "Customer "+good.ID, "Imported", "Created in SecurityTrax", "Forget")
	w.get(t, "maria", at+bad.ID).is(t, http.StatusOK).says(t, "is missing at Alarm.com", "Retry", "Open at Alarm.com")
	if to := w.get(t, "maria", "/imports/acme/records/customers?id="+good.ID).header.Get("Location"); to != at+good.ID {
		t.Errorf("found at %s", to)
	}
	shown := w.get(t, "maria", at+good.ID+"?explain=1")
	shown.says(t, "How its fields are filled", good.LastName)
	if hidden := w.get(t, "kim", at+good.ID+"?explain=1"); strings.Contains(hidden.text(), good.LastName) {
		t.Error("who may not see records sees them")
	}
	if got := shown.header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("values are cached: %s", got)
	}
	w.post(t, "maria", at+good.ID+"/forget", nil).is(t, http.StatusSeeOther)
	w.get(t, "maria", at+good.ID).says(t, "Not imported. The next import takes it for a new one.")
	retry := w.post(t, "maria", at+bad.ID+"/retry", nil).is(t, http.StatusSeeOther)
	if s := w.ended(t, "acme", retry.header.Get("Location")); s.Counts.Read != 1 || s.Counts.Failed != 1 {
		t.Errorf("%v", s)
	}
	w.post(t, "maria", at+good.ID+"/burn", nil).is(t, http.StatusNotFound)
}

func TestNightly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	at := "/imports/acme/nightly"
	w.get(t, "maria", at).is(t, http.StatusOK).says(t, "Run an import first: the nightly one takes its settings.")
	on := url.Values{"on": {"1"}, "at": {"03:15"}, "zone": {"America/Denver"}}
	w.post(t, "maria", at+"/customers", on).is(t, http.StatusConflict)
	w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	w.post(t, "maria", at+"/customers", url.Values{"on": {"1"}, "at": {"25:99"}, "zone": {"Nowhere"}}).is(t, http.StatusUnprocessableEntity).
		says(t, "Enter a time such as 02:30")
	w.post(t, "maria", at+"/customers", on).is(t, http.StatusSeeOther)
	s, err := w.next.Get(t.Context(), "acme", adcimport.KindCustomer)
	if err != nil || s.Off || s.At != "03:15" || s.CustomerOptions.OfficeID != "1" || s.CustomerOptions.RunID != "" {
		t.Errorf("%+v, %v", s, err)
	}
	w.get(t, "maria", at).says(t, "On", "Next")
	on.Del("on")
	w.post(t, "maria", at+"/customers", on).is(t, http.StatusSeeOther)
	if s, err := w.next.Get(t.Context(), "acme", adcimport.KindCustomer); err != nil || !s.Off {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestNothingNew(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	d := w.sources["acme"].Dealer
	d.Customers = d.Importable()
	w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	w.get(t, "maria", "/imports/acme/").says(t, "Nothing needs you")
	w.get(t, "maria", "/imports/acme/customers/start").says(t, "Everything is imported. Nothing to do.")
	path := w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	page := w.get(t, "maria", path)
	page.says(t, "Everything is imported. Nothing to do.")
	if strings.Contains(page.body, "<table") || !strings.Contains(page.body, `class="hero done"`) {
		t.Error("it is no green page")
	}
}
