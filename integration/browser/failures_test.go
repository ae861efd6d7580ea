package browser_test

import (
	"net/http"
	"strings"
	"testing"
)

// A record that SecurityTrax refuses is mended, and retried.
func TestRetry(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	ids := w.acme.few(4)
	w.acme.rules.fail("POST /customers", ids[0], http.StatusUnprocessableEntity)
	w.acme.rules.fail("POST /customers", ids[1], http.StatusUnprocessableEntity)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", strings.Join(ids, "\n"))
	maria.press("Run Import")
	maria.at("Import Summary")
	maria.says("2 imported, 2 need you.", "refused by SecurityTrax")
	maria.look("summary-refused")
	run := maria.path()
	w.acme.rules.clear()
	maria.press(ids[0])
	maria.at("Customer " + ids[0])
	maria.press("Retry")
	maria.at("Import Summary")
	maria.says("1 imported.")
	maria.look("summary-retry")
	maria.visit(strings.TrimPrefix(run, "/"))
	maria.says("3 imported, 1 needs you.", "With the last word of 1 retry.")
	maria.press("Retry what failed")
	maria.at("Import Summary")
	maria.says("1 imported.")
	maria.visit(strings.TrimPrefix(run, "/"))
	maria.says("4 imported.", "With the last word of 2 retries.")
	maria.visit("imports/acme/")
	maria.says("Nothing needs you")
	maria.look("entry-nothing-to-do")
	maria.visit("imports/acme/records/customers/" + ids[0])
	maria.says("Imported")
	maria.look("record-done")
	maria.touch("Forget")
	maria.says("The next import takes it for new.")
	maria.look("record-forget-asks")
	maria.press("Forget it")
	maria.says("Not imported. The next import takes it for a new one.")
	maria.look("record-unknown")
}

// A service that asks for time gets it, and the page says until when.
func TestRun_waits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(w *world) { w.acme.rules.header = http.Header{"Retry-After": {"3600"}} })
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	w.acme.rules.fail("GetCustomerInfo", "", http.StatusTooManyRequests)
	maria.press("Run Import")
	maria.says("Waiting", "Waiting until", "Alarm.com asked us to slow down.", "Nothing to do: the import goes on by itself.")
	maria.look("run-waiting")
	maria.visit("imports/acme/customers/start")
	maria.says("The last import still waits:")
	maria.look("customers-start-waiting")
}

// A run that ends for a failure says what helps, and that nothing is lost.
func TestRun_fails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	w.acme.rules.fail("POST /customers", "", http.StatusUnprocessableEntity)
	maria.press("Run Import")
	maria.at("Import Summary")
	maria.says("0 were imported; nothing is lost.", "SecurityTrax refused twenty records in a row for the same reason.")
	maria.look("summary-failed")
}

// Each state of the link has its words.
func TestLink_states(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sam := w.tab(t, "sam")
	says := func(name string, words ...string) {
		t.Helper()
		sam.visit("imports/bolt/customers/start")
		sam.says(words...)
		sam.look(name)
	}
	w.bolt.rules.fail("Get", "", http.StatusServiceUnavailable)
	says("start-away", "Alarm.com is not answering.", "You can start anyway: the import begins by itself.")
	w.bolt.rules.clear()
	w.bolt.rules.fail("Get", "", http.StatusUnauthorized)
	says("start-refused", "Alarm.com refuses the login.", "or have the login unlocked.")
	w.bolt.rules.clear()
	held := w.bolt.rules.hold("GetCustomerList", 0)
	says("start-counting", "Counting at Alarm.com …")
	held.wait(t)
	w.bolt.rules.clear()
	sam.visit("imports/bolt/customers/start")
	sam.says("customers at Alarm.com.")
}

// Without a link there is nothing to import from.
func TestLink_isNotThere(t *testing.T) {
	t.Parallel()
	inactive := newWorld(t, func(w *world) { w.ispID = w.acme.crm.AddISP("Alarm.com", false) })
	maria := inactive.tab(t, "maria")
	maria.visit("imports/acme/customers/start")
	maria.says("The link to Alarm.com is not active.", "Activate it under Company Settings → Interactive Services Providers")
	if !get[bool](maria, "button('Next').disabled") {
		t.Error("Next is on")
	}
	maria.look("start-inactive")
}
