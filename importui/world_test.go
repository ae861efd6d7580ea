package importui_test

import (
	"context"
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/securitytrax/adcimport"
	"github.com/securitytrax/adcimport/adcimporttest"
	"github.com/securitytrax/adcimport/importui"
	"github.com/securitytrax/adcimport/links"
)

// world is two dealers, each with their services, and the pages over both.
type world struct {
	ui      *importui.Handler
	set     *links.Set
	sources map[string]*adcimporttest.Source
	sinks   map[string]*adcimporttest.Sink
	check   error         // what the check of acme's source says
	broken  bool          // acme's tags cannot be listed
	slow    chan struct{} // acme's details wait for it; nil: they do not
	hold    chan struct{} // acme's creates wait for it; nil: they do not
	who     map[string]importui.Identity
	next    *links.LocalSchedules
	store   *adcimport.MemoryStore
}

// checked is acme's source, whose check may fail.
type checked struct {
	*adcimporttest.Source
	w *world
}

func (c checked) Check(context.Context) error { return c.w.check }

func (c checked) CustomerDetail(ctx context.Context, id string) (adcimport.Customer, error) {
	if c.w.slow != nil {
		select {
		case <-c.w.slow:
		case <-ctx.Done():
			return adcimport.Customer{}, context.Cause(ctx)
		}
	}
	return c.Source.CustomerDetail(ctx, id)
}

// listed is acme's sink, of which one list may fail.
type listed struct {
	*adcimporttest.Sink
	w *world
}

func (l listed) CustomerTags(ctx context.Context) ([]adcimport.Choice, error) {
	if l.w.broken {
		return nil, &adcimport.CallError{End: "sink", Code: "unavailable"}
	}
	return l.Sink.CustomerTags(ctx)
}

func (l listed) CreateCustomers(ctx context.Context, recs []adcimport.CustomerRecord) ([]adcimport.WriteResult, error) {
	if l.w.hold != nil {
		<-l.w.hold
	}
	return l.Sink.CreateCustomers(ctx, recs)
}

// people of the world: Maria of acme, Kim who may not see records, Alex who only looks,
// Sam of bolt, Pat of both.
func everybody() map[string]importui.Identity {
	acme, bolt := importui.Link{ID: "acme", Title: "Acme <Security>"}, importui.Link{ID: "bolt", Title: "Bolt"}
	return map[string]importui.Identity{
		"maria": {ID: "maria", Links: []importui.Link{acme}, MayRun: true, MaySeeRecords: true},
		"kim":   {ID: "kim", Links: []importui.Link{acme}, MayRun: true},
		"alex":  {ID: "alex", Links: []importui.Link{acme}},
		"sam":   {ID: "sam", Links: []importui.Link{bolt}, MayRun: true, MaySeeRecords: true},
		"pat":   {ID: "pat", Links: []importui.Link{acme, bolt}, MayRun: true, MaySeeRecords: true},
	}
}

func newWorld(t *testing.T, change ...func(*importui.Config)) *world {
	t.Helper()
	w := &world{
		sources: map[string]*adcimporttest.Source{}, sinks: map[string]*adcimporttest.Sink{},
		who: everybody(), next: new(links.LocalSchedules),
	}
	for i, link := range []string{"acme", "bolt"} {
		w.sources[link] = &adcimporttest.Source{Dealer: adcimporttest.NewDealer(uint64(i+1), 100, 50), PageSize: 25}
		w.sinks[link] = &adcimporttest.Sink{Strict: true, UniqueUsernames: true, Choices: adcimporttest.SinkChoices{
			Offices:          []adcimport.Choice{{ID: "1", Name: "Main"}, {ID: "2", Name: "North"}},
			Reps:             []adcimport.Choice{{ID: "9", Name: "Ann <b>"}},
			CustomerTags:     []adcimport.Choice{{ID: "7", Name: "New"}},
			PermissionGroups: []adcimport.Choice{{ID: "4", Name: "Technician"}},
		}}
	}
	store := new(adcimport.MemoryStore)
	w.store = store
	set, err := links.New(links.Config{
		Open: func(_ context.Context, link string) (adcimport.Config, error) {
			cfg := adcimport.Config{Link: link, Source: w.sources[link], Sink: w.sinks[link], Store: store, BatchSize: 10}
			if link == "acme" {
				cfg.Source, cfg.Sink = checked{w.sources[link], w}, listed{w.sinks[link], w}
			}
			return cfg, nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	w.set = set
	cfg := importui.Config{
		Links: set, Prefix: "/imports", Key: []byte(strings.Repeat("k", 32)), Schedules: w.next,
		Authorize: func(r *http.Request) (importui.Identity, error) {
			who, ok := w.who[r.Header.Get("X-Who")]
			if !ok {
				return who, importui.ErrNoSession
			}
			return who, nil
		},
		NameOf: func(_ context.Context, id string) string { return strings.ToUpper(id[:1]) + id[1:] },
		RecordURL: func(_ string, k adcimport.Kind, at importui.End, id string) string {
			return fmt.Sprintf("https://%s.example/%s/%s", at, k, id)
		},
		Kept: 90 * 24 * time.Hour,
	}
	for _, c := range change {
		c(&cfg)
	}
	if w.ui, err = importui.New(cfg); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		w.ui.Close()
		_ = set.Close(context.WithoutCancel(t.Context()))
	})
	return w
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   string
}

// get and post are requests of somebody.
func (w *world) get(t *testing.T, who, path string) reply {
	t.Helper()
	return w.do(t, who, http.MethodGet, path, nil)
}

func (w *world) post(t *testing.T, who, path string, form url.Values) reply {
	t.Helper()
	return w.do(t, who, http.MethodPost, path, form)
}

func (w *world) do(t *testing.T, who, method, path string, form url.Values) reply {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, "https://host.example"+path, strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	r.Header.Set("X-Who", who)
	rec := httptest.NewRecorder()
	w.ui.ServeHTTP(rec, r)
	return reply{rec.Code, rec.Header(), rec.Body.String()}
}

var (
	draftField = regexp.MustCompile(`name="draft" value="([^"]+)"`)
	tags       = regexp.MustCompile(`<[^>]*>`)
	spaces     = regexp.MustCompile(`\s+`)
)

// draft is that of a page.
func (r reply) draft(t *testing.T) string {
	t.Helper()
	m := draftField.FindStringSubmatch(r.body)
	if m == nil {
		t.Fatalf("no draft in a page of status %d: %s", r.status, r.text())
	}
	return html.UnescapeString(m[1])
}

// text is a page as it is read.
func (r reply) text() string {
	_, main, _ := strings.Cut(r.body, "<main")
	return strings.TrimSpace(spaces.ReplaceAllString(html.UnescapeString(tags.ReplaceAllString("<main"+main, " ")), " "))
}

// says fails where a page does not say something.
func (r reply) says(t *testing.T, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(r.text(), w) {
			t.Errorf("the page (%d) does not say %q:\n%s", r.status, w, r.text())
		}
	}
}

func (r reply) is(t *testing.T, status int) reply {
	t.Helper()
	if r.status != status {
		t.Fatalf("status %d, want %d: %s", r.status, status, r.text())
	}
	return r
}

// walk goes through the steps to Import Options and returns what its form sends.
func (w *world) walk(t *testing.T, who, link, kinds string, filter url.Values) url.Values {
	t.Helper()
	p := "/imports/" + link + "/" + kinds
	start := w.get(t, who, p+"/start").is(t, http.StatusOK)
	page := w.post(t, who, p+"/filter", url.Values{"draft": {start.draft(t)}}).is(t, http.StatusOK)
	form := url.Values{"draft": {page.draft(t)}, "step": {"filter"}}
	maps.Copy(form, filter)
	page = w.post(t, who, p+"/options", form).is(t, http.StatusOK)
	page.says(t, "Import Options", "Back", "Preview", "Run Import")
	if kinds == "users" {
		return url.Values{"draft": {page.draft(t)}, "step": {"options"}, "active": {"1"}, "group": {"4"}}
	}
	return url.Values{"draft": {page.draft(t)}, "step": {"options"}, "office": {"1"}}
}

// runs starts a run and waits for its end.
func (w *world) runs(t *testing.T, who, link, kinds string, form url.Values) string {
	t.Helper()
	r := w.post(t, who, "/imports/"+link+"/"+kinds+"/run", form).is(t, http.StatusSeeOther)
	path := r.header.Get("Location")
	w.ended(t, link, path)
	return path
}

// ended waits for the end of a run.
func (w *world) ended(t *testing.T, link, path string) *adcimport.Summary {
	t.Helper()
	imp, err := w.set.Importer(t.Context(), link)
	if err != nil {
		t.Fatal(err)
	}
	id := path[strings.LastIndex(path, "/")+1:]
	runs, err := imp.ResumeInterrupted(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range runs {
		if r.ID() == id {
			s, err := r.Wait(t.Context())
			if s == nil {
				t.Fatal(err)
			}
			return s
		}
	}
	info, err := imp.LookupRun(t.Context(), id)
	if err != nil || !info.Status.Ended() {
		t.Fatalf("run %s: %v, %v", id, info.Status, err)
	}
	return &info.Summary
}
