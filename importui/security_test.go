package importui_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/importui"
	"github.com/securitytrax/adcimport/links"
)

func TestNew_refuses(t *testing.T) {
	t.Parallel()
	set, err := links.New(links.Config{Open: func(context.Context, string) (adcimport.Config, error) { return adcimport.Config{}, nil }})
	if err != nil {
		t.Fatal(err)
	}
	fine := importui.Config{
		Links: set, Key: make([]byte, 32),
		Authorize: func(*http.Request) (importui.Identity, error) { return importui.Identity{}, nil },
	}
	for field, spoil := range map[string]func(*importui.Config){
		"Config.Links":     func(c *importui.Config) { c.Links = nil },
		"Config.Key":       func(c *importui.Config) { c.Key = c.Key[1:] },
		"Config.Authorize": func(c *importui.Config) { c.Authorize = nil },
		"Config.Prefix":    func(c *importui.Config) { c.Prefix = "imports" },
		"Config.Kept":      func(c *importui.Config) { c.Kept = -1 },
		"Config.Texts":     func(c *importui.Config) { c.Texts = map[string]string{"no such": ""} },
	} {
		cfg := fine
		spoil(&cfg)
		_, err := importui.New(cfg)
		if e, ok := errors.AsType[*adcimport.InvalidOptionsError](err); !ok || e.Field != field {
			t.Errorf("%s: %v", field, err)
		}
	}
	ui, err := importui.New(fine)
	if err != nil {
		t.Fatal(err)
	}
	defer ui.Close()
	fine.Key = []byte(strings.Repeat("secret", 6))
	logged, err := json.Marshal([]any{fine, ui})
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf("%v %+v %#v %v %v %s", ui, ui, fine, fine, &fine, logged)
	if strings.Contains(text, "0x") || strings.Contains(text, "secret") {
		t.Errorf("it prints as %s", text)
	}
}

// What is another dealer's is not there, and neither is what is unknown: the same page.
func TestTenants(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.walk(t, "sam", "bolt", "customers", nil)
	run := w.runs(t, "sam", "bolt", "customers", form)
	id := run[strings.LastIndex(run, "/")+1:]
	w.get(t, "sam", run).is(t, http.StatusOK)
	want := w.get(t, "maria", "/imports/acme/no/such/page").is(t, http.StatusNotFound)
	want.says(t, "Not here", "Older than 90 days and removed.")
	for _, path := range []string{
		"/imports/bolt", "/imports/bolt/", run, run + "/events", run + "/csv", "/imports/bolt/customers/start", "/imports/bolt/customers/filter",
		"/imports/bolt/history", "/imports/bolt/nightly", "/imports/bolt/review/customers", "/imports/bolt/records/customers/1",
		"/imports/acme/runs/" + id, "/imports/acme/runs/" + id + "/csv", "/imports/acme/runs/" + id + "/events",
		"/imports/acme/runs/unknown", "/imports/acme/records/customers/999", "/imports/acme/records/customers/..%2f", "/imports/none/", "/imports/-/none",
	} {
		if path == "/imports/bolt" { // leads to the page that is not there
			continue
		}
		if got := w.get(t, "maria", path); got.status != http.StatusNotFound || got.body != want.body {
			t.Errorf("%s: %d %s", path, got.status, got.text())
		}
	}
	for _, path := range []string{
		run + "/cancel", run + "/resume", run + "/retry", "/imports/acme/runs/" + id + "/retry", "/imports/acme/runs/" + id + "/cancel",
		"/imports/bolt/customers/run", "/imports/bolt/customers/preview", "/imports/bolt/nightly/customers", "/imports/bolt/review/customers",
		"/imports/bolt/records/customers/1/forget", "/imports/bolt/records/customers/1/retry",
	} {
		if got := w.post(t, "maria", path, form); got.status != http.StatusNotFound || got.body != want.body {
			t.Errorf("POST %s: %d %s", path, got.status, got.text())
		}
	}
	if n := len(w.sinks["acme"].Customers()); n != 0 {
		t.Errorf("%d customers of another dealer", n)
	}
}

func TestDraft_tampered(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	form := w.walk(t, "pat", "acme", "customers", nil)
	good := form.Get("draft")
	for name, tt := range map[string]struct{ who, path, draft string }{
		"changed":            {"pat", "/imports/acme/customers/run", "x" + good},
		"cut":                {"pat", "/imports/acme/customers/run", good[:len(good)-2]},
		"none":               {"pat", "/imports/acme/customers/run", ""},
		"of somebody else":   {"maria", "/imports/acme/customers/run", good},
		"of another link":    {"pat", "/imports/bolt/customers/run", good},
		"of another kind":    {"pat", "/imports/acme/users/run", good},
		"changed, to filter": {"pat", "/imports/acme/customers/filter", good + "A"},
	} {
		got := w.post(t, tt.who, tt.path, url.Values{"draft": {tt.draft}, "step": {"options"}, "office": {"1"}})
		if got.status != http.StatusBadRequest || !strings.Contains(got.text(), "Nothing was started.") {
			t.Errorf("%s: %d %s", name, got.status, got.text())
		}
	}
}

func TestRights(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	run := w.runs(t, "maria", "acme", "customers", w.walk(t, "maria", "acme", "customers", nil))
	page := w.get(t, "alex", run).is(t, http.StatusOK)
	if strings.Contains(page.body, "<form") {
		t.Error("who may only look has something to press")
	}
	w.get(t, "alex", "/imports/acme/").says(t, "You may look at imports here.")
	for _, path := range []string{
		run + "/retry", run + "/cancel", "/imports/acme/customers/run", "/imports/acme/customers/preview", "/imports/acme/customers/filter",
		"/imports/acme/review/customers", "/imports/acme/nightly/customers", "/imports/acme/records/customers/1000012/forget",
	} {
		if got := w.post(t, "alex", path, url.Values{}); got.status != http.StatusForbidden {
			t.Errorf("%s: %d", path, got.status)
		}
	}
	w.get(t, "", "/imports/acme/").is(t, http.StatusUnauthorized).says(t, "Log in again. What you entered is kept on this page.")
	lost := w.post(t, "", "/imports/acme/customers/options", url.Values{"draft": {"d"}, "ids": {"<12>"}}).is(t, http.StatusUnauthorized)
	if !strings.Contains(lost.body, `name="ids" value="&lt;12&gt;"`) || !strings.Contains(lost.body, `action="/imports/acme/customers/options"`) {
		t.Errorf("what was entered is lost: %s", lost.body)
	}
}

func TestIdentity_refused(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.who["nobody"] = importui.Identity{Links: []importui.Link{{ID: "acme"}}}
	w.get(t, "nobody", "/imports/acme/").is(t, http.StatusServiceUnavailable)
	w.who["none"] = importui.Identity{ID: "none"}
	w.get(t, "none", "/imports/acme/").is(t, http.StatusNotFound)
	w.get(t, "none", "/imports/").is(t, http.StatusOK).says(t, "No company is open to you here.")
	w.get(t, "pat", "/imports/").is(t, http.StatusOK).says(t, "Acme <Security>", "Bolt")
	if to := w.get(t, "sam", "/imports/").is(t, http.StatusSeeOther).header.Get("Location"); to != "/imports/bolt/" {
		t.Errorf("the only link is at %s", to)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, path := range []string{"/imports/acme/", "/imports/acme/customers/start", "/imports/none/", "/imports/-/app.css", "/imports/-/app.js"} {
		got := w.get(t, "maria", path)
		csp := got.header.Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "form-action 'self'", "base-uri 'none'"} {
			if !strings.Contains(csp, want) {
				t.Errorf("%s: the policy lacks %s", path, want)
			}
		}
		if strings.Contains(csp, "unsafe") || got.header.Get("X-Content-Type-Options") != "nosniff" || got.header.Get("Referrer-Policy") == "" {
			t.Errorf("%s: %v", path, got.header)
		}
		if strings.Contains(got.body, " style=") || strings.Contains(got.body, "<style") || strings.Contains(got.body, " onclick") {
			t.Errorf("%s has style or script in it", path)
		}
	}
	if got := w.get(t, "maria", "/imports/acme/review/customers").header.Get("Cache-Control"); got != "no-store" {
		t.Errorf("values are cached: %s", got)
	}
	r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "https://host.example/imports/acme/customers/run", strings.NewReader("draft=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	r.Header.Set("X-Who", "maria")
	rec := httptest.NewRecorder()
	w.ui.ServeHTTP(rec, r)
	if rec.Code != http.StatusForbidden {
		t.Errorf("another site's form: %d", rec.Code)
	}
	big := w.post(t, "maria", "/imports/acme/customers/options", url.Values{"ids": {strings.Repeat("1,", 3<<20)}})
	big.is(t, http.StatusBadRequest)
}
