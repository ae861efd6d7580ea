package browser_test

import "testing"

// An import of users who can log in: who gets an e-mail is said before.
func TestUsers(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	maria := w.tab(t, "maria")
	maria.visit("imports/acme/users/start")
	maria.says("50 users at Alarm.com.")
	maria.look("users-start")
	maria.press("Next")
	maria.at("Filter Options")
	maria.says("Support ID(s)", "Role(s)", "Sub-Dealer(s)")
	maria.silent("Demo accounts")
	maria.look("users-filter")
	maria.press("Next")
	maria.at("Import Options")
	maria.has("Can Login", "off")
	maria.silent("will get an e-mail")
	maria.choose("Permission Group", "Technician")
	maria.tick("Can Login")
	maria.says("47 people will get an e-mail with a password when you run this.", "Without an e-mail address, and so left out:")
	maria.enter("Create other tags", "From Alarm.com, Field")
	maria.look("users-options")
	maria.press("Back")
	maria.at("Filter Options")
	maria.press("Next")
	maria.at("Import Options")
	maria.has("Can Login", "on")
	maria.has("Create other tags", "From Alarm.com, Field")
	maria.has("Permission Group", "Technician")
	maria.press("Run Import")
	maria.at("Import Summary")
	maria.says("47 imported, 3 need you.", "No usable e-mail address at Alarm.com", "Login name is missing at Alarm.com")
	maria.look("summary-users")
	if n := len(w.acme.crm.Emails()); n != 47 {
		t.Errorf("%d e-mails were sent", n)
	}
	maria.visit("imports/acme/")
	maria.silent("Import users first")
}
