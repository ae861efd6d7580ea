package browser_test

import (
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/network"
)

// Another dealer's addresses are no addresses, whoever knows them.
func TestTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sam := w.tab(t, "sam")
	sam.toOptions("bolt", "")
	sam.press("Run Import")
	sam.at("Import Summary")
	run := sam.path()
	maria := w.tab(t, "maria")
	for _, path := range []string{
		run, run + "/csv?part=all", run + "/events", "/imports/bolt/", "/imports/bolt/history", "/imports/bolt/customers/start",
		"/imports/bolt/review/customers", "/imports/bolt/records/customers/" + w.bolt.few(1)[0], "/imports/nobody/", "/imports/acme/runs/none",
	} {
		maria.visit(path[1:])
		maria.at("Not here")
		if status := get[int](maria, "performance.getEntriesByType('navigation')[0].responseStatus"); status != 404 {
			t.Errorf("%s: status %d", path, status)
		}
		maria.silent("Bolt")
	}
	maria.look("not-here")
}

// Whose session ends finds what was entered when it begins again.
func TestSession_isOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.visit("imports/acme/customers/start")
	maria.press("Next")
	maria.at("Filter Options")
	maria.enter("Customer ID(s)", "1000001")
	call(maria, network.ClearBrowserCookies, cdp.Empty{})
	maria.press("Next")
	maria.at("Your session is over")
	maria.look("session-over")
	call(maria, network.SetCookie, network.SetCookieParams{Name: "wizard", Value: "maria", URL: w.url})
	maria.press("Continue")
	maria.at("Import Options")
	maria.press("Back")
	maria.at("Filter Options")
	maria.has("Customer ID(s)", "1000001")
}

// Nightly imports are switched on, outlive a restart, and are switched off.
func TestNightly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.visit("imports/acme/nightly")
	maria.at("Nightly imports")
	maria.says("Run an import first: the nightly one takes its settings.")
	maria.look("nightly-first")
	maria.toOptions("acme", "")
	maria.press("Run Import")
	maria.at("Import Summary")
	maria.press("Nightly imports")
	maria.at("Nightly imports")
	maria.tick("Every night")
	maria.enter("Time zone", "Middle/Earth")
	maria.press("Save")
	maria.says("Enter a time such as 02:30, and a time zone such as America/Denver.")
	maria.look("nightly-bad")
	maria.tick("Every night")
	maria.enter("Time zone", "America/Denver")
	maria.press("Save")
	maria.says("Customers On", "Next: ")
	maria.look("nightly-on")
	w.kill(t)
	w.start(t)
	maria.visit("imports/acme/nightly")
	maria.says("Customers On")
	maria.has("Time zone", "America/Denver")
	maria.tick("Every night")
	maria.press("Save")
	maria.says("Customers Off")
}

// All of it works where JavaScript does not.
func TestWithoutJavaScript(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sam := w.tab(t, "sam")
	sam.noScripts()
	sam.visit("imports/bolt/")
	sam.press("Import Customers")
	sam.at("Get Started")
	sam.press("Next")
	sam.at("Filter Options")
	sam.tick("Branch 007")
	sam.enter("Search Sub-Dealer(s)", "northside")
	sam.press("Search")
	sam.at("Filter Options")
	sam.says("1 chosen of 305")
	sam.has("Branch 007", "on")
	sam.has("Northside Security", "off")
	sam.look("customers-filter-searched")
	sam.tick("Branch 007")
	sam.press("Next")
	sam.at("Import Options")
	sam.press("Preview")
	sam.until("This is what the import would do.")
	sam.look("preview-no-scripts")
	held := w.bolt.rules.hold("GetCustomerInfo", 0)
	sam.press("Run Import")
	sam.at("Import Customers")
	held.wait(t)
	sam.look("run-no-scripts")
	w.bolt.rules.clear()
	sam.until("imported, ")
	sam.at("Import Summary")
}

// until loads the page anew, as people do, until it says something.
func (tb *tab) until(text string) {
	tb.t.Helper()
	late := deadline()
	for !get[bool](tb, "document.querySelector('main').innerText.includes(%s)", text) {
		select {
		case <-late:
			tb.t.Fatalf("the page does not say %q", text)
		default:
			tb.visit(tb.path()[1:])
		}
	}
}
