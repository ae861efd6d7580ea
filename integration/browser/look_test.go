package browser_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// size is that of a window.
type size struct{ width, height int64 }

var (
	wide   = size{1280, 800}
	narrow = size{360, 740}
	zoomed = size{640, 400} // the wide one at 200 %
)

// dark is what people like in the evening. Nothing moves, so that pictures are sharp.
func (tb *tab) dark(is bool) {
	tb.t.Helper()
	call(tb, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		{Name: "prefers-color-scheme", Value: map[bool]string{true: "dark", false: "light"}[is]},
		{Name: "prefers-reduced-motion", Value: "reduce"},
	}})
}

// look holds a page to what every page has to be, in light, dark, narrow and at 200 %:
// nothing that axe-core finds, nothing to scroll sideways, one heading, a title. It takes
// screenshots, which are written under the name where that is asked for.
func (tb *tab) look(name string) {
	tb.t.Helper()
	if tb.scriptless { // axe-core wants scripts; those of the page were not run
		tb.scripts(true)
		defer tb.scripts(false)
	}
	// What would load the page anew is stopped: it is looked at as it is.
	get[int](tb, "(() => { for (let i = setTimeout(() => {}, 0); i > 0; i--) clearTimeout(i); return 1; })()")
	defer tb.resize(wide, 1)
	tb.headed(name)
	tb.axe(name+", light", "")
	tb.shoot(name + "-light")
	tb.dark(true)
	tb.axe(name+", dark", "color-contrast")
	tb.shoot(name + "-dark")
	tb.dark(false)
	tb.resize(narrow, 1)
	tb.fits(name + ", 360 px")
	tb.axe(name+", 360 px", "")
	tb.shoot(name + "-narrow")
	tb.resize(zoomed, 2)
	tb.fits(name + ", 200 %")
}

func (tb *tab) resize(s size, scale float64) {
	tb.t.Helper()
	call(tb, emulation.SetDeviceMetricsOverride, emulation.SetDeviceMetricsOverrideParams{
		Width: s.width, Height: s.height, DeviceScaleFactor: scale,
	})
	tb.wait("size", "innerWidth === %s", s.width)
}

// headed fails where it is not clear what the page is.
func (tb *tab) headed(name string) {
	tb.t.Helper()
	if n := get[int](tb, "document.querySelectorAll('h1').length"); n != 1 {
		tb.t.Errorf("%s: %d headings of the first order", name, n)
	}
	if !get[bool](tb, "document.title.startsWith(words(document.querySelector('h1')))") {
		tb.t.Errorf("%s: the title is %q", name, get[string](tb, "document.title"))
	}
}

// fits fails where something has to be scrolled sideways.
func (tb *tab) fits(name string) {
	tb.t.Helper()
	over := get[[]string](tb, `document.documentElement.scrollWidth <= document.documentElement.clientWidth ? [] :
		[document.documentElement.scrollWidth + ' > ' + innerWidth, ...all('main *')
			.filter((e) => e.getBoundingClientRect().right > innerWidth + 1)
			.map((e) => e.outerHTML.slice(0, 200)).slice(0, 4)]`)
	if len(over) > 0 {
		tb.t.Errorf("%s: has to be scrolled sideways:\n%s", name, strings.Join(over, "\n"))
	}
}

// blank is more than a picture of nothing takes, in bytes.
const blank = 6000

// shoot takes a picture of the whole page.
func (tb *tab) shoot(name string) {
	tb.t.Helper()
	data := call(tb, page.CaptureScreenshot, page.CaptureScreenshotParams{
		CaptureBeyondViewport: new(true), OptimizeForSpeed: new(*shots == ""),
	}).Data
	cfg, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil || len(data) < blank || cfg.Width < int(narrow.width) || cfg.Height < int(zoomed.height) {
		tb.t.Errorf("the picture %s is empty: %d bytes, %d x %d, %v", name, len(data), cfg.Width, cfg.Height, err)
	}
	if *shots == "" {
		return
	}
	if err := os.MkdirAll(*shots, 0o755); err != nil {
		tb.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*shots, name+".png"), data, 0o644); err != nil {
		tb.t.Fatal(err)
	}
}

// axe is axe-core, where .ci/npm has put it.
var axe = sync.OnceValues(func() (string, error) {
	lock, err := os.ReadFile("package-lock.json")
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(lock)
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = "/root/.cache" // as .ci/npm has it
	}
	folder := filepath.Join(cache, "adcimport", "browser-"+hex.EncodeToString(sum[:])[:12])
	data, err := os.ReadFile(filepath.Join(folder, "node_modules", "axe-core", "axe.min.js"))
	return string(data), err
})

// violation is one of a rule, with what is concerned.
type violation struct{ ID, Impact, Help, Where string }

// axe fails where axe-core finds something of impact moderate or worse. A rule: only that.
func (tb *tab) axe(name, rule string) {
	tb.t.Helper()
	if !get[bool](tb, "Boolean(window.axe)") {
		source, err := axe()
		if err != nil {
			tb.t.Fatal(err)
		}
		tb.run(chromedp.Evaluate[chromedp.Void](source + "\n;1"))
	}
	found := get[[]violation](tb, `axe.run(document, {resultTypes: ['violations'], ...(%s ? {runOnly: [%s]} : {})}).then((r) => r.violations
		.filter((v) => v.impact !== 'minor').map((v) => ({ID: v.id, Impact: v.impact, Help: v.help,
			Where: v.nodes.slice(0, 5).map((n) => n.html.slice(0, 200) + ' ' +
				(n.any[0] || n.all[0] || n.none[0] || {}).message).join('\n\t')})))`, rule, rule)
	for _, v := range found {
		tb.t.Errorf("%s: %s", name, fmt.Sprintf("%s (%s): %s\n\t%s", v.ID, v.Impact, v.Help, v.Where))
	}
}
