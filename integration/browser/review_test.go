package browser_test

import (
	"strings"
	"testing"
)

// Who was typed in by hand is linked, not imported twice. All by keys.
func TestReview(t *testing.T) {
	t.Parallel()
	var ids []string
	w := newWorld(t, func(w *world) {
		ids = w.acme.few(6)
		for i, c := range w.acme.known.Importable()[:6] {
			w.acme.typeIn(&c, i < 2)
		}
	})
	maria := w.tab(t, "maria")
	maria.toOptions("acme", strings.Join(ids, ", "))
	maria.press("Preview")
	maria.says("This is what the import would do.", "May be there already")
	maria.look("preview-review")
	maria.press("Run Import")
	maria.at("Import Summary")
	maria.says("may be in SecurityTrax already")
	maria.look("summary-review")
	maria.press("Compare and choose")
	maria.at("May be there already")
	maria.look("review")
	maria.says("6 may be in SecurityTrax already.", "Link the 5 with strong evidence", "1 of 6", "the same")
	maria.key("l")
	maria.says("1 is decided.", "5 may be in SecurityTrax already.")
	maria.key("n")
	maria.says("2 are decided.", "4 may be in SecurityTrax already.", "1 of 4")
	maria.key(" ")
	maria.says("2 of 4")
	maria.look("review-decided")
	maria.press("Link the 4 with strong evidence")
	maria.says("Nobody waits for a choice.", "6 are decided.")
	maria.look("review-all-decided")
	maria.touch("Details")
	maria.press("Take back")
	maria.says("5 are decided.")
	maria.key("l")
	maria.says("6 are decided.")
	maria.press("Do it now")
	maria.at("Import Summary")
	maria.says("6 imported.")
	maria.look("summary-linked")
	if n := len(w.acme.crm.Customers()); n != 6+1 { // typed in, and the one that is another
		t.Errorf("%d customers in SecurityTrax", n)
	}
	maria.visit("imports/acme/")
	maria.says("Nothing needs you")

	kim := w.tab(t, "kim") // may not see what is in records
	kim.visit("imports/acme/review/customers")
	kim.says("Nobody waits for a choice.")
}

// Who may not see records decides by ids.
func TestReview_withoutValues(t *testing.T) {
	t.Parallel()
	var ids []string
	w := newWorld(t, func(w *world) {
		ids = w.acme.few(2)
		for _, c := range w.acme.known.Importable()[:2] {
			w.acme.typeIn(&c, true)
		}
	})
	kim := w.tab(t, "kim")
	kim.toOptions("acme", strings.Join(ids, ", "))
	kim.press("Run Import")
	kim.at("Import Summary")
	kim.visit("imports/acme/review/customers")
	kim.says("You may not see what is in records.", "In SecurityTrax")
	kim.silent(w.acme.known.Importable()[0].LastName)
	kim.look("review-without-values")
	w.acme.rules.fail("Get", "", 503)
	maria := w.tab(t, "maria")
	maria.visit("imports/acme/review/customers")
	maria.says("The two sides cannot be read now.")
	maria.look("review-cannot-be-read")
}
