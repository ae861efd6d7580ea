package browser_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// browser is the one that all tests share. Each test has a profile of its own in it.
type browser struct {
	ctx context.Context //nolint:containedctx // chromedp keeps the browser in it
	end func()
}

func startBrowser() (*browser, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("hide-scrollbars", true)) // as on a phone
	alloc, end := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, cancel := chromedp.NewContext(alloc)
	b := &browser{ctx: ctx, end: func() { cancel(); end() }}
	return b, chromedp.Do(ctx)
}

func (b *browser) close() {
	if b != nil {
		b.end()
	}
}

func needBrowser(t *testing.T) {
	t.Helper()
	_, err := exec.LookPath("chromium")
	need(t, err == nil, "chromium")
	_, err = axe()
	need(t, err == nil, "the npm packages of integration/browser (.ci/npm installs them)")
}

// tab is one that somebody has open.
type tab struct {
	t     *testing.T
	w     *world
	ctx   context.Context //nolint:containedctx // chromedp keeps the tab in it
	close func()

	scriptless bool

	mu    sync.Mutex
	wrong []string // what the page complained of
}

// tab opens one in a new profile, with somebody logged in.
func (w *world) tab(t *testing.T, who string) *tab {
	t.Helper()
	b, err := onlyOnce.browser()
	if err != nil {
		t.Fatal(err)
	}
	tb := &tab{t: t, w: w}
	tb.open(b.ctx, chromedp.WithNewBrowserContext())
	call(tb, network.SetCookie, network.SetCookieParams{Name: "wizard", Value: who, URL: w.url})
	return tb
}

// another is a further tab of the same person.
func (tb *tab) another() *tab {
	tb.t.Helper()
	other := &tab{t: tb.t, w: tb.w}
	other.open(tb.ctx)
	return other
}

func (tb *tab) open(parent context.Context, options ...chromedp.ContextOption) {
	tb.t.Helper()
	ctx, end := chromedp.NewContext(parent, append(options, chromedp.WithListener(tb.listen))...)
	tb.ctx, tb.close = ctx, end
	tb.t.Cleanup(end)
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as this context
		tb.t.Fatal(err)
	}
	tb.resize(wide, 1) //nolint:contextcheck // the tab has it
	tb.dark(false)     //nolint:contextcheck // as above
	tb.t.Cleanup(func() {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		for _, w := range tb.wrong {
			tb.t.Errorf("the page complains: %s", w)
		}
	})
}

// listen notes errors of scripts and of the content security policy.
func (tb *tab) listen(event any) {
	text := ""
	switch e := event.(type) {
	case *runtime.EventExceptionThrown:
		text = e.ExceptionDetails.Text
	case *log.EventEntryAdded:
		if e.Entry.Level == log.EntryLevelError && e.Entry.Source != log.EntrySourceNetwork {
			text = e.Entry.Text
		}
	}
	if text != "" {
		tb.mu.Lock()
		defer tb.mu.Unlock()
		tb.wrong = append(tb.wrong, text)
	}
}

// noScripts has pages do without JavaScript, from the next one on.
func (tb *tab) noScripts() {
	tb.t.Helper()
	tb.scriptless = true
	tb.scripts(false)
}

func (tb *tab) scripts(run bool) {
	tb.t.Helper()
	call(tb, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !run})
}

func (tb *tab) run(steps ...chromedp.Action[chromedp.Void]) {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		tb.t.Fatal(err)
	}
}

// call has the browser do a command of its protocol.
func call[P, R any](tb *tab, command cdp.Command[P, R], params P) R {
	tb.t.Helper()
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	result, err := chromedp.Call(ctx, command, params)
	if err != nil {
		tb.t.Fatal(err)
	}
	return result
}

// finders are functions for what a test asks of a page.
const finders = `
const shown = (e) => e.checkVisibility({visibilityProperty: true}) && e.getBoundingClientRect().height > 1 &&
  !e.closest('[aria-hidden=true]');
const words = (e) => e.textContent.trim().replace(/\s+/g, ' ');
const all = (what) => [...document.querySelectorAll(what)];
const named = (list, name, is) => list.find((e) => is(e) === name) || list.find((e) => is(e).startsWith(name));
const button = (name) => named(all('button, a, summary').filter(shown), name, words);
const label = (name) => named(all('label').filter(shown), name, words);
const field = (name) => { const l = label(name); return l && (l.control || l.querySelector('input')); };
`

// ask has the page answer an expression, in which %s are arguments in turn.
func ask[T any](tb *tab, expression string, args ...any) (value T, err error) {
	for _, arg := range args {
		data, err := json.Marshal(arg)
		if err != nil {
			return value, err
		}
		expression = strings.Replace(expression, "%s", string(data), 1)
	}
	ctx, cancel := context.WithTimeout(tb.ctx, patience)
	defer cancel()
	script := "(() => {" + finders + "return (" + expression + ");})()"
	return chromedp.Run(ctx, chromedp.Evaluate[T](script, chromedp.EvalAwaitPromise))
}

// get is ask for what must be there.
func get[T any](tb *tab, expression string, args ...any) T {
	tb.t.Helper()
	value, err := ask[T](tb, expression, args...)
	if err != nil {
		tb.t.Fatalf("%s: %v", expression, err)
	}
	return value
}

// wait waits until an expression is true. A page that changes meanwhile is asked again.
func (tb *tab) wait(what, expression string, args ...any) {
	tb.t.Helper()
	ticker := time.NewTicker(25 * time.Millisecond)
	defer ticker.Stop()
	late := deadline()
	for {
		is, err := ask[bool](tb, "Boolean("+expression+")", args...)
		if err == nil && is {
			return
		}
		select {
		case <-ticker.C:
		case <-late:
			text, _ := ask[string](tb, "location.href + '\\n' + document.body.innerText")
			tb.t.Fatalf("%s: not so (%v). The page:\n%s", what, err, text)
		case <-tb.ctx.Done():
			tb.t.Fatal(fmt.Errorf("%s: %w", what, tb.ctx.Err()))
		}
	}
}
