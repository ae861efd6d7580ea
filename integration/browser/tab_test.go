package browser_test

import (
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// What people do with a page.

// visit loads a page of the program.
func (tb *tab) visit(path string) {
	tb.t.Helper()
	tb.leaving(func() { tb.run(chromedp.Navigate(tb.w.url + path)) })
}

// leaving does what leads to another page, and waits for that.
func (tb *tab) leaving(do func()) {
	tb.t.Helper()
	get[bool](tb, "window.left = true")
	do()
	tb.wait("another page", "!window.left && document.readyState === 'complete'")
}

// press presses a button or follows a link, by its words or the first of them.
func (tb *tab) press(name string) {
	tb.t.Helper()
	tb.leaving(func() { tb.touch(name) })
}

// touch presses what changes the page and leads to no other one.
func (tb *tab) touch(name string) {
	tb.t.Helper()
	tb.wait("button "+name, "button(%s) && !button(%s).disabled", name, name)
	tb.click("button(%s)", name)
}

// tick ticks a box by its label, or takes the tick away.
func (tb *tab) tick(name string) {
	tb.t.Helper()
	tb.wait("box "+name, "field(%s)", name)
	tb.click("label(%s)", name)
}

// click does it with the mouse, once a person would see it and nothing is before it.
func (tb *tab) click(expression, name string) {
	tb.t.Helper()
	at := `(() => {
		const e = ` + expression + `;
		e.scrollIntoView({block: 'center', behavior: 'instant'});
		const r = e.getClientRects()[0], x = r.x + Math.min(r.width / 2, 40), y = r.y + r.height / 2;
		const top = document.elementFromPoint(x, y);
		return top && (e === top || e.contains(top) || top.contains(e)) ? [x, y] : [];
	})()`
	tb.wait("something is before "+name, at+".length", name)
	if p := get[[]float64](tb, at, name); len(p) == 2 {
		tb.run(chromedp.MouseClickXY(p[0], p[1]))
	}
}

// enter types into a field, in place of what it has.
func (tb *tab) enter(name, text string) {
	tb.t.Helper()
	tb.wait("field "+name, "field(%s)", name)
	get[bool](tb, "(field(%s).focus(), field(%s).select(), true)", name, name)
	if text == "" {
		tb.run(chromedp.KeyEvent(kb.Delete))
		return
	}
	tb.run(chromedp.KeyEvent(text))
}

// choose chooses from a list by the words of the choice, or the first of them.
func (tb *tab) choose(name, choice string) {
	tb.t.Helper()
	tb.wait("choice "+choice, "field(%s) && [...field(%s).options].some((o) => o.text.startsWith(%s))", name, name, choice)
	get[bool](tb, `(() => {
		const list = field(%s);
		list.value = [...list.options].find((o) => o.text.startsWith(%s)).value;
		return list.dispatchEvent(new Event('change', {bubbles: true}));
	})()`, name, choice)
}

// key presses a key, wherever the focus is.
func (tb *tab) key(key string) {
	tb.t.Helper()
	tb.leaving(func() { tb.run(chromedp.KeyEvent(key)) })
}

// at waits for a page by its heading.
func (tb *tab) at(heading string) {
	tb.t.Helper()
	tb.wait("page "+heading, "document.readyState === 'complete' && words(document.querySelector('h1')) === %s", heading)
}

// says waits until the page says all that.
func (tb *tab) says(texts ...string) {
	tb.t.Helper()
	for _, text := range texts {
		tb.wait("words "+text, "document.querySelector('main').innerText.replace(/\\s+/g, ' ').includes(%s)", text)
	}
}

// silent fails where the page says something.
func (tb *tab) silent(texts ...string) {
	tb.t.Helper()
	for _, text := range texts {
		if get[bool](tb, "document.querySelector('main').innerText.replace(/\\s+/g, ' ').includes(%s)", text) {
			tb.t.Errorf("the page says %q", text)
		}
	}
}

// has fails where a field has something else.
func (tb *tab) has(name, value string) {
	tb.t.Helper()
	got := get[string](tb, `(() => {
		const f = field(%s);
		if (!f) return 'no such field';
		if (f.type === 'checkbox') return f.checked ? 'on' : 'off';
		return f.options ? f.selectedOptions[0].text : f.value;
	})()`, name)
	if got != value {
		tb.t.Errorf("field %s has %q, not %q", name, got, value)
	}
}

// path is the address of the page.
func (tb *tab) path() string {
	tb.t.Helper()
	return get[string](tb, "location.pathname")
}
