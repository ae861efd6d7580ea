package browser_test

import (
	"strings"
	"testing"
)

// However often Run Import is pressed, in however many tabs, it is one run.
func TestRun_isOneOfAllPresses(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", strings.Join(w.acme.few(3), ", "))
	twin := maria.another() // as the browser's "duplicate tab" makes one
	twin.visit("imports/acme/customers/start")
	get[string](twin, "document.querySelector('[name=draft]').value = %s", get[string](maria, "document.querySelector('[name=draft]').value"))
	twin.press("Next")
	twin.at("Filter Options")
	twin.press("Next")
	twin.at("Import Options")
	twin.choose("Office Location", "Headquarters")

	maria.leaving(func() { get[bool](maria, "(button('Run Import').click(), button('Run Import').click(), true)") })
	maria.at("Import Summary")
	maria.says("3 imported.")
	twin.press("Run Import")
	twin.at("Import Summary")
	if maria.path() != twin.path() {
		t.Errorf("two runs: %s, %s", maria.path(), twin.path())
	}
	maria.look("summary-done")

	third := maria.another() // the same page, with other settings
	third.visit("imports/acme/customers/start")
	maria.visit("imports/acme/history")
	if n := get[int](maria, "all('[data-run]').length"); n != 1 {
		t.Errorf("%d runs", n)
	}
	twin.leaving(func() { get[bool](twin, "(history.back(), true)") })
	twin.at("Import Options")
	twin.choose("Office Location", "North Office")
	twin.press("Run Import")
	twin.at("This import was started already")
	twin.look("begun-before")
	third.press("Next")
	third.at("Filter Options")
}

// A run goes on without anybody who watches, and others see whose it is.
func TestRun_goesOnWithoutItsPage(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	held := w.acme.rules.hold("GetCustomerInfo", inThirdBatch)
	maria.press("Run Import")
	held.wait(t)
	maria.says("40 of 100")
	run := maria.path()
	maria.close()

	kim := w.tab(t, "kim")
	kim.visit("imports/acme/")
	kim.says("40 of 100")
	kim.look("entry-under-way")
	kim.visit("imports/acme/customers/start")
	kim.says("Maria started this import:", "40 of 100")
	kim.look("customers-start-under-way")
	kim.toOptions("acme", "")
	kim.press("Run Import")
	kim.at("An import is under way")
	kim.says("Maria started this import at", "40 of 100")
	kim.look("busy")
	kim.press("Watch")
	kim.at("Import Customers")
	if kim.path() != run {
		t.Errorf("another run: %s, not %s", kim.path(), run)
	}
	alex := w.tab(t, "alex") // may only look
	alex.visit("")
	alex.at("Your companies")
	alex.look("companies")
	alex.press("Acme Security")
	alex.says("You may look at imports here.")
	alex.silent("Import Customers")
	alex.look("entry-only-look")
	alex.press("Watch")
	alex.silent("Cancel")
	w.acme.rules.clear()
	kim.at("Import Summary")
	kim.says("85 imported, 5 need you.")
	alex.at("Import Summary")
	alex.silent("Retry what failed")
}

// A server that is killed in mid-run is nothing that a person has to do something about.
func TestRun_goesOnAfterTheServerWasKilled(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	held := w.acme.rules.hold("GetCustomerInfo", inThirdBatch)
	maria.press("Run Import")
	held.wait(t)
	maria.says("40 of 100")
	w.kill(t)
	maria.says("Reconnecting …")
	maria.look("run-reconnecting")
	w.acme.rules.clear()
	w.start(t)
	maria.stream() // the picture ended it
	maria.at("Import Summary")
	maria.says("85 imported, 5 need you.")
	if n := len(w.acme.crm.Customers()); n != 85 {
		t.Errorf("%d customers in SecurityTrax", n)
	}
}

// stream loads the page anew where a look has stopped it from doing so by itself.
func (tb *tab) stream() {
	tb.t.Helper()
	tb.leaving(func() { get[bool](tb, "(location.reload(), true)") })
}

// Canceled, resumed, and run again for what is new.
func TestRun_cancelAndResume(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	held := w.acme.rules.hold("GetCustomerInfo", inThirdBatch)
	maria.press("Run Import")
	held.wait(t)
	maria.says("40 of 100")
	maria.touch("Cancel")
	maria.says("What is done stays")
	maria.look("run-cancel-asks")
	maria.press("Cancel the import")
	w.acme.rules.clear()
	maria.at("Import Summary")
	maria.says("Canceled.", "what is done stays.")
	maria.look("summary-canceled")
	maria.press("Resume")
	maria.at("Import Summary")
	maria.says("85 imported, 5 need you.")
	maria.press("Run again for what is new")
	maria.at("Import Summary")
	maria.says("5 need you")
	maria.visit("imports/acme/history")
	maria.look("history-long")
}
