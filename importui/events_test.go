package importui_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/securitytrax/adcimport"
)

// streaming opens the stream of a run, and returns what ends when it does.
func (w *world) streaming(ctx context.Context, path string) (ended chan struct{}, rec *httptest.ResponseRecorder) {
	r := httptest.NewRequestWithContext(ctx, http.MethodGet, "https://host.example"+path+"/events", http.NoBody)
	r.Header.Set("X-Who", "maria")
	ended, rec = make(chan struct{}), httptest.NewRecorder()
	go func() {
		defer close(ended)
		w.ui.ServeHTTP(rec, r)
	}()
	return ended, rec
}

// A stream ends with its run, with who watches, and with the handler.
func TestEvents(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(w *world, release chan struct{}, leave context.CancelFunc){
		"the run ended": func(_ *world, release chan struct{}, _ context.CancelFunc) { close(release) },
		"who watches left": func(_ *world, release chan struct{}, leave context.CancelFunc) {
			leave()
			time.AfterFunc(time.Minute, func() { close(release) })
		},
		"the handler is closed": func(w *world, release chan struct{}, _ context.CancelFunc) {
			w.ui.Close()
			close(release)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				w, release := newWorld(t), make(chan struct{})
				w.hold = release
				start := w.walk(t, "maria", "acme", "customers", nil)
				path := w.post(t, "maria", "/imports/acme/customers/run", start).is(t, http.StatusSeeOther).header.Get("Location")
				page := w.get(t, "maria", path).is(t, http.StatusOK)
				page.says(t, "Your import has begun. It will run in the background and we will notify you when it is complete.", "You can close this page.")
				if !strings.Contains(page.body, `data-live="`+path+`/events"`) {
					t.Error("the page has no stream")
				}
				ctx, leave := context.WithCancel(t.Context())
				defer leave()
				ended, rec := w.streaming(ctx, path)
				time.Sleep(5 * time.Second)
				end(w, release, leave)
				<-ended
				if text := rec.Body.String(); !strings.Contains(text, "event: progress\ndata: ") || strings.Contains(text, "event: end") != (name == "the run ended") {
					t.Errorf("%s", text)
				}
				w.ended(t, "acme", path)
			})
		})
	}
}

func TestEvents_bounded(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, release := newWorld(t), make(chan struct{})
		w.hold = release
		path := w.post(t, "maria", "/imports/acme/customers/run", w.walk(t, "maria", "acme", "customers", nil)).header.Get("Location")
		ctx, leave := context.WithCancel(t.Context())
		var open []chan struct{}
		for range 6 {
			ended, _ := w.streaming(ctx, path)
			open = append(open, ended)
		}
		synctest.Wait()
		w.get(t, "maria", path+"/events").is(t, http.StatusTooManyRequests)
		leave()
		for _, ended := range open {
			<-ended
		}
		close(release)
		w.ended(t, "acme", path)
	})
}

// Somebody who starts while another one's import is at work is shown that.
func TestBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w, release := newWorld(t), make(chan struct{})
		mine := w.walk(t, "pat", "acme", "customers", nil)
		w.hold = release
		path := w.post(t, "maria", "/imports/acme/customers/run", w.walk(t, "maria", "acme", "customers", nil)).header.Get("Location")
		page := w.post(t, "pat", "/imports/acme/customers/run", mine).is(t, http.StatusConflict)
		page.says(t, "Maria started this import at", "Watch", "Office Location Main")
		if page.draft(t) == "" || !strings.Contains(page.body, path) {
			t.Error("the draft is lost, or there is no way to the run")
		}
		w.get(t, "pat", "/imports/acme/customers/start").says(t, "Maria started this import")
		if w.post(t, "pat", path+"/cancel", nil).status != http.StatusSeeOther {
			t.Error("it cannot be canceled")
		}
		close(release)
		if s := w.ended(t, "acme", path); s.Status != adcimport.StatusCanceled {
			t.Errorf("it is %s", s.Status)
		}
		page = w.get(t, "maria", path)
		page.says(t, "Canceled.", "what is done stays", "Resume")
		resumed := w.post(t, "maria", path+"/resume", nil).is(t, http.StatusSeeOther)
		w.ended(t, "acme", resumed.header.Get("Location"))
		w.get(t, "maria", path).says(t, "85 imported")
	})
}
