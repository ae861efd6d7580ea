package browser_test

import (
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
)

// toOptions goes through the steps up to Import Options, with a filter where ids are given.
func (tb *tab) toOptions(link, ids string) {
	tb.t.Helper()
	tb.visit("imports/" + link + "/customers/start")
	tb.press("Next")
	tb.at("Filter Options")
	if ids != "" {
		tb.enter("Customer ID(s)", ids)
	}
	tb.press("Next")
	tb.at("Import Options")
	tb.listed()
	if link == "acme" { // of several
		tb.choose("Office Location", "Headquarters")
	}
}

// listed asks again until the services have answered, as people do on a slow day.
func (tb *tab) listed() {
	tb.t.Helper()
	late := deadline()
	for get[bool](tb, "document.querySelector('main').innerText.includes('This list is still being read.')") {
		select {
		case <-late:
			tb.t.Fatal("the lists are still being read")
		default:
			tb.press("Show what is new")
		}
	}
}

// A first import of customers, from the first look to the last.
func TestCustomers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.visit("")
	maria.says("Nothing was imported yet.", "Import users first, so that customers find their reps.")
	maria.look("entry-first")

	maria.press("Import Customers")
	maria.at("Get Started")
	maria.says("Alarm.com is connected.", "92 customers at Alarm.com.", "You can close this page.")
	maria.look("customers-start")
	maria.press("Next")
	maria.at("Filter Options")
	maria.says("Leave it all blank to import all.")
	maria.look("customers-filter")
	maria.press("Next")
	maria.at("Import Options")
	maria.choose("Office Location", "Headquarters")
	maria.tick("VIP")
	maria.look("customers-options")

	maria.press("Preview")
	maria.says("This is what the import would do. Nothing was written.")
	maria.look("preview-new")
	maria.touch("5 Rejected")
	maria.look("preview-rejected")
	if n := len(w.acme.crm.Customers()); n != 0 {
		t.Errorf("a preview wrote %d customers", n)
	}
	maria.press("Back")
	maria.at("Import Options")
	maria.has("Office Location", "Headquarters")
	maria.has("VIP", "on")

	held := w.acme.rules.hold("GetCustomerInfo", inThirdBatch)
	maria.press("Run Import")
	maria.says("Your import has begun. It will run in the background and we will notify you when it is complete.")
	held.wait(t)
	maria.says("40 of 100", "36 created in SecurityTrax", "You can close this page.")
	maria.look("run-running")
	w.acme.rules.clear()
	maria.at("Import Summary")
	maria.says("85 imported, 5 need you.")
	maria.look("summary-partly")
	maria.says("5 missing something that SecurityTrax needs", "Last name is missing at Alarm.com", "then press Retry.")
	if n := len(w.acme.crm.Customers()); n != 85 {
		t.Errorf("%d customers in SecurityTrax", n)
	}
	maria.afterwards()
}

// afterwards looks at what there is after an import that 5 failed of.
func (tb *tab) afterwards() {
	tb.t.Helper()
	csv := get[string](tb, "fetch(button('Failed').href).then((r) => r.text())")
	if lines := strings.Count(csv, "\n"); lines != 6 {
		tb.t.Errorf("the CSV of what failed has %d lines:\n%s", lines, csv)
	}
	id := get[string](tb, "words(document.querySelector('.cards tbody a'))")
	tb.visit("imports/acme/")
	tb.says("5 need you", "85 new, 5 need you")
	tb.look("entry-later")
	tb.press("Import history")
	tb.at("Import history")
	tb.says("85 imported, 5 need you.", "Maria")
	tb.look("history")
	tb.enter("Customers: Find one by its Alarm.com id", id)
	tb.press("Find")
	tb.at("Customer " + id)
	tb.says("is missing at Alarm.com", "What the imports made of it")
	tb.look("record-failed")
	tb.press("Explain")
	tb.says("How its fields are filled")
	tb.look("record-explained")
	tb.visit("imports/acme/customers/start")
	tb.says("85 imported already, 7 new: about a minute.")
	tb.look("customers-start-later")
}

// Who goes back finds what was entered, on every page and in every field.
func TestSteps_backKeepsWhatWasEntered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	ids := strings.Join(w.acme.few(3), ", ")
	maria.visit("imports/acme/customers/start")
	maria.press("Next")
	maria.at("Filter Options")
	maria.enter("Customer ID(s)", ids+", 12x4; -7")
	maria.tick("Desert Watch")
	maria.tick("Demo accounts")
	maria.press("Next")
	maria.at("Filter Options")
	maria.says("These are no ids. The others stay as you entered them.", "“12x4”", "“-7”")
	maria.look("customers-filter-bad")
	maria.has("Customer ID(s)", ids+", 12x4; -7")
	if !get[bool](maria, "field('Customer ID(s)').matches('[aria-invalid=true][aria-describedby~=e-ids]')") {
		t.Error("the mistake is not tied to its field")
	}
	maria.enter("Customer ID(s)", ids)
	maria.press("Next")
	maria.at("Import Options")
	maria.choose("Office Location", "North Office")
	maria.tick("Give new customers without a known rep this one")
	maria.tick("Needs visit")
	maria.press("Back")
	maria.at("Filter Options")
	maria.has("Customer ID(s)", ids)
	maria.has("Desert Watch", "on")
	maria.has("Demo accounts", "on")
	maria.has("Terminated accounts", "off")
	maria.press("Back")
	maria.at("Get Started")
	maria.press("Next")
	maria.at("Filter Options")
	maria.has("Customer ID(s)", ids)
	maria.press("Next")
	maria.at("Import Options")
	maria.has("Office Location", "North Office")
	maria.has("Give new customers without a known rep this one", "on")
	maria.has("Needs visit", "on")
	maria.has("VIP", "off")
	maria.leaving(func() { maria.run(chromedp.NavigateBack()) })
	maria.at("Filter Options")
	maria.has("Customer ID(s)", ids)
}

// Nothing is started without what SecurityTrax requires.
func TestSteps_officeIsRequired(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	maria.choose("Office Location", "Choose")
	maria.press("Run Import")
	maria.at("Import Options")
	maria.says("Choose an office: SecurityTrax needs one.")
	maria.look("customers-options-bad")
	maria.choose("Office Location", "Headquarters")
	maria.press("Run Import")
	maria.at("Import Summary")
}
