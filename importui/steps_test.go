package importui_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/importui"
)

// Both kinds go from the first page to the summary.
func TestSteps(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.get(t, "maria", "/imports/acme/").is(t, http.StatusOK).says(t, "Import Customers", "Import Users", "Import users first, so that customers find their reps.")

	users := w.runs(t, "maria", "acme", "users", w.walk(t, "maria", "acme", "users", nil))
	w.get(t, "maria", users).is(t, http.StatusOK).says(t, "Import Summary", "imported")
	if n := len(w.sinks["acme"].Users()); n != len(w.sources["acme"].Dealer.ImportableUsers(false)) {
		t.Errorf("%d users came", n)
	}

	form := w.walk(t, "maria", "acme", "customers", url.Values{"ids": {" "}})
	path := w.runs(t, "maria", "acme", "customers", form)
	page := w.get(t, "maria", path).is(t, http.StatusOK)
	page.says(t, "85 imported, 5 need you.", "Phone is missing at Alarm.com", "then press Retry", "Download as CSV", "Started by Maria")
	w.get(t, "maria", path+"/csv?part=failed").is(t, http.StatusOK)
	w.get(t, "maria", "/imports/acme/").says(t, "need you", "85 new")
	w.get(t, "maria", "/imports/acme/history").says(t, "Maria", "85 imported, 5 need you.")

	w.get(t, "maria", "/imports/acme/customers/start").says(t, "85 imported already, 5 new")
}

// What is sent again is the same run: by a double click, a reload, another tab.
func TestRun_once(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.walk(t, "maria", "acme", "customers", nil)
	var clicks sync.WaitGroup
	paths := make([]string, 8)
	for i := range paths {
		clicks.Go(func() {
			paths[i] = w.post(t, "maria", "/imports/acme/customers/run", form).header.Get("Location")
		})
	}
	clicks.Wait()
	for _, p := range paths {
		if p == "" || p != paths[0] {
			t.Errorf("runs %q", paths)
		}
	}
	w.ended(t, "acme", paths[0])
	if again := w.post(t, "maria", "/imports/acme/customers/run", form).is(t, http.StatusSeeOther); again.header.Get("Location") != paths[0] {
		t.Error("after its end it is another run")
	}
	form.Set("tags", "7")
	other := w.post(t, "maria", "/imports/acme/customers/run", form).is(t, http.StatusConflict)
	other.says(t, "This import was started already", "Start another import with the new settings")
	if w.runs(t, "maria", "acme", "customers", url.Values{"draft": {other.draft(t)}}) == paths[0] {
		t.Error("the other one is the same run")
	}
}

// Nothing is written before Run, and Back keeps what was entered.
func TestSteps_back(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.walk(t, "maria", "acme", "customers", url.Values{"ids": {"12, 34"}, "demo": {"1"}})
	form.Set("rep_on", "1")
	form.Set("rep", "9")
	page := w.post(t, "maria", "/imports/acme/customers/filter", form).is(t, http.StatusOK)
	for _, has := range []string{"12, 34</textarea>", `name="demo" value="1" checked`} {
		if !strings.Contains(page.body, has) {
			t.Errorf("the filter has lost %s", has)
		}
	}
	page = w.post(t, "maria", "/imports/acme/customers/options", url.Values{"draft": {page.draft(t)}}).is(t, http.StatusOK)
	for _, has := range []string{`<option value="9" selected`, `<option value="1" selected`} {
		if !strings.Contains(page.body, has) {
			t.Errorf("the options have lost %s", has)
		}
	}
	if n := w.sinks["acme"].CallCounts()["CreateCustomers"]; n != 0 {
		t.Errorf("%d creates before Run", n)
	}
}

func TestFilter_badIDs(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	start := w.get(t, "maria", "/imports/acme/customers/filter")
	for name, tt := range map[string]struct{ ids, says string }{
		"letters":   {"12, abc", "“abc”"},
		"thousands": {"1,234", "1,234"},
		"space":     {"12 345\n7", "“12 345”"},
		"markup":    {"<script>", "“<script>”"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := w.post(t, "maria", "/imports/acme/customers/options", url.Values{"draft": {start.draft(t)}, "step": {"filter"}, "ids": {tt.ids}})
			page.is(t, http.StatusUnprocessableEntity).says(t, "Filter Options", tt.says)
			if !strings.Contains(page.body, `aria-invalid="true"`) || strings.Contains(page.body, "<script>") {
				t.Error("the field is not marked, or what was typed is markup")
			}
		})
	}
}

func TestOptions_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.walk(t, "maria", "acme", "customers", nil)
	form.Del("office")
	w.post(t, "maria", "/imports/acme/customers/run", form).is(t, http.StatusUnprocessableEntity).says(t, "Choose an office: SecurityTrax needs one.")
	form.Set("office", "1")
	form.Set("rep_on", "1")
	for _, page := range []string{"run", "preview"} {
		w.post(t, "maria", "/imports/acme/customers/"+page, form).is(t, http.StatusUnprocessableEntity).says(t, "or switch Default Rep off")
	}
	form = w.walk(t, "maria", "acme", "users", nil)
	form.Set("can_login", "1")
	form.Set("group", "99")
	w.post(t, "maria", "/imports/acme/users/run", form).is(t, http.StatusUnprocessableEntity).says(t,
		"Choose a permission group", "47 people will get an e-mail with a password when you run this.", "Without an e-mail address")
}

// Lists that are long, empty, or fail alone.
func TestLists(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.sources["acme"].Dealer.SubDealers = nil
	w.sinks["acme"].Choices.CustomerTags = nil
	w.sinks["acme"].Choices.Offices = []adcimport.Choice{{ID: "3", Name: "Only"}}
	w.get(t, "maria", "/imports/acme/customers/filter").says(t, "No sub-dealers at Alarm.com")
	page := w.post(t, "maria", "/imports/acme/customers/options", url.Values{"draft": {w.get(t, "maria", "/imports/acme/customers/start").draft(t)}})
	page.says(t, "None yet")
	if !strings.Contains(page.body, `<option value="3" selected`) {
		t.Error("the only office is not chosen")
	}
	for i := range 200 {
		w.sources["bolt"].Dealer.SubDealers = append(w.sources["bolt"].Dealer.SubDealers, adcimport.Choice{ID: "s" + string(rune('a'+i%26)), Name: "Branch"})
	}
	start := w.get(t, "sam", "/imports/bolt/customers/start")
	page = w.post(t, "sam", "/imports/bolt/customers/filter", url.Values{
		"draft": {start.draft(t)}, "step": {"filter"}, "sub_dealers": {"sa"}, "q_sub_dealers": {"no such"},
	}).is(t, http.StatusOK)
	if n := strings.Count(page.body, `name="sub_dealers"`); n == 0 || n > 20 || !strings.Contains(page.body, `value="sa" checked`) {
		t.Errorf("%d entries, or what was chosen is gone", n)
	}
}

func TestLists_oneFails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.broken = true
	w.sinks["acme"].Choices.Offices = nil
	start := w.get(t, "maria", "/imports/acme/customers/start")
	page := w.post(t, "maria", "/imports/acme/customers/options", url.Values{
		"draft": {start.draft(t)}, "step": {"options"}, "tags": {"7"}, "rep": {"9"},
	}).is(t, http.StatusOK)
	page.says(t, "SecurityTrax has no office yet.", "This list cannot be had now. What you chose stays.", "Try again")
	if !strings.Contains(page.body, `class="primary" disabled`) {
		t.Error("Run Import is on without an office")
	}
	if !strings.Contains(page.body, `name="tags" value="7" checked`) {
		t.Error("the tag that was chosen is gone")
	}
	w.broken = false
	page = w.post(t, "maria", "/imports/acme/customers/options", url.Values{"draft": {page.draft(t)}})
	if strings.Contains(page.body, "cannot be had") {
		t.Error("Try again asks nobody")
	}
}

func TestStart_states(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		fails error
		says  string
		next  bool
	}{
		"no link": {
			fmt.Errorf("%w: %w", adcimport.ErrNotLinked, adcimport.ErrNotFound),
			"Alarm.com is not connected yet. Add it under Company Settings → Interactive Services Providers.", false,
		},
		"off":   {adcimport.ErrNotLinked, "The link to Alarm.com is not active. Activate it under Company Settings", false},
		"login": {&adcimport.CallError{End: "source", Code: "auth", Err: adcimport.ErrNotLinked}, "Alarm.com refuses the login.", false},
		"rights": {
			&adcimport.CallError{End: "sink", Code: "denied", Err: adcimport.ErrNotLinked},
			"The login may not see or do this at SecurityTrax. Give it the rights.", false,
		},
		"address": {
			&adcimport.CallError{End: "sink", Code: "no_such_host", Err: adcimport.ErrNotLinked},
			"SecurityTrax is not found at the address in the settings. Tell whoever runs the import server.", false,
		},
		"away": {&adcimport.CallError{End: "source", Code: "unavailable"}, "You can start anyway: the import begins by itself.", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.check = tt.fails
			page := w.get(t, "maria", "/imports/acme/customers/start").is(t, http.StatusOK)
			page.says(t, tt.says)
			if strings.Contains(page.text(), "resume") {
				t.Errorf("nothing was started that could be resumed: %s", page.text())
			}
			form := w.walk(t, "maria", "acme", "customers", nil)
			if got := w.post(t, "maria", "/imports/acme/customers/run", form); !tt.next {
				got.is(t, http.StatusUnprocessableEntity).says(t, "Nothing was started", "Try again")
				if got.draft(t) == "" {
					t.Error("the draft is lost")
				}
			}
			if off := strings.Contains(page.body, "primary\" disabled"); off == tt.next {
				t.Errorf("Next is off: %v", off)
			}
		})
	}
}

// specWords are in the list of the specification, and of no page alone.
func TestTexts_areThoseOfTheSpecification(t *testing.T) {
	t.Parallel()
	spec, err := os.ReadFile("../../shared/SPEC.md")
	if errors.Is(err, os.ErrNotExist) {
		if os.Getenv("CI") == "true" { //nolint:forbidigo // a test asks where it runs
			t.Fatal("../shared/SPEC.md is not there")
		}
		t.Skip("../shared/SPEC.md is not there: the words of the screens are not compared")
	}
	if err != nil {
		t.Fatal(err)
	}
	_, words, ok := strings.Cut(string(spec), "## Words of the screens")
	if !ok {
		t.Fatal("the specification has no words of the screens")
	}
	words, _, _ = strings.Cut(words, "Elsewhere the words")
	have := make(map[string]bool)
	for _, text := range importui.Texts() {
		have[text] = true
	}
	n := 0
	for _, m := range regexp.MustCompile(`\*([^*]+)\*|"([^"]+)"`).FindAllStringSubmatch(words, -1) {
		n++
		if !have[m[1]+m[2]] {
			t.Errorf("no text is %q", m[1]+m[2])
		}
	}
	if n < 21 {
		t.Errorf("%d words are compared", n)
	}
}

func TestTexts_replaced(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(c *importui.Config) { c.Texts = map[string]string{"import_users": "Importer les utilisateurs"} })
	w.get(t, "maria", "/imports/acme/").says(t, "Importer les utilisateurs")
}
