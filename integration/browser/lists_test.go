package browser_test

import (
	"net/http"
	"testing"
)

// One list that fails does not take the step away, nor what was entered.
func TestLists_fail(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.acme.rules.fail("GET /customer_tags", "", http.StatusInternalServerError)
	maria := w.tab(t, "maria")
	maria.toOptions("acme", "")
	maria.choose("Office Location", "North Office")
	maria.says("This list cannot be had now. What you chose stays.")
	maria.look("customers-options-list-fails")
	w.acme.rules.clear()
	maria.press("Try again")
	maria.at("Import Options")
	maria.listed()
	maria.has("Office Location", "North Office")
	maria.has("VIP", "off")
	maria.silent("This list cannot be had now.")
}

// A slow list keeps nobody waiting.
func TestLists_areSlow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	held := w.acme.rules.hold("GET /customer_tags", 0)
	maria := w.tab(t, "maria")
	maria.visit("imports/acme/customers/start")
	maria.press("Next")
	maria.at("Filter Options")
	maria.enter("Customer ID(s)", "1000001")
	maria.press("Next")
	maria.at("Import Options")
	held.wait(t)
	maria.says("This list is still being read.")
	maria.look("customers-options-list-waits")
	w.acme.rules.clear()
	maria.listed()
	maria.choose("Office Location", "North Office")
	maria.has("VIP", "off")
	maria.press("Back")
	maria.at("Filter Options")
	maria.has("Customer ID(s)", "1000001")
}

// Hundreds are searched at once; what is chosen stays in sight.
func TestLists_areLong(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	sam := w.tab(t, "sam")
	sam.visit("imports/bolt/customers/start")
	sam.press("Next")
	sam.at("Filter Options")
	sam.says("0 chosen of 305")
	sam.look("customers-filter-long")
	sam.tick("Branch 007")
	sam.enter("Search Sub-Dealer(s)", "branch 29")
	sam.wait("11 are shown", "all('.options label').filter(shown).length === 11")
	sam.says("1 chosen of 305")
	sam.press("Next")
	sam.at("Import Options")
	sam.has("Office Location", "Main Office") // the only one
	sam.says("None yet")
	sam.look("customers-options-one-office")
	sam.press("Back")
	sam.at("Filter Options")
	sam.has("Branch 007", "on")
}
