package storefront

import (
	"bytes"
	"context"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

// TestBrowser runs the browser scenarios in Chromium. One browser process
// serves all of them; each tab is a visitor with its own cookies.
//
// If PHARMACY_ARTEFACTS names a directory, screenshots and a printed basket
// are written to it.
func TestBrowser(t *testing.T) {
	browser := startChromium(t)
	s := newSite(t, siteOptions{now: func() time.Time { return time.Date(2026, time.December, 1, 12, 0, 0, 0, time.UTC) }})
	visit := func(name, lang string, kind scripting, what func(*tab)) {
		t.Run(name+"/"+lang, func(t *testing.T) {
			t.Parallel()
			what(openTab(t, browser, s, lang, kind))
		})
	}
	// Most scenarios take one language in make test and all four in make soak.
	in := func(lang, some string) bool { return !testing.Short() || strings.Contains(some, lang) }
	for _, lang := range render.Languages() {
		if in(lang, "fa") {
			visit("shopping", lang, withScript, shop)
		}
		if in(lang, "tr") {
			visit("shopping without script", lang, withoutScript, shop)
		}
		if in(lang, "fa tr") {
			visit("pages", lang, withScript, everyPage)
		}
		visit("accessibility", lang, withScript, accessible) // accessible spreads the languages itself
		if in(lang, "ar") {
			visit("keyboard", lang, withScript, byKeyboard)
		}
		if in(lang, "fa") {
			visit("suggestions", lang, withScript, suggestions)
		}
		if in(lang, "ar") {
			visit("printed basket", lang, withScript, printedBasket)
		}
	}
	visit("tables without script", "en", withoutScript, plainTables)
	// This scenario needs its own site: other visits would change the counts.
	looked := newSite(t, siteOptions{details: shopDetails(t)})
	for i, id := range []string{"warfarin", "insulin-glargine", "paracetamol-caffeine"} {
		for range 10 * (i + 1) { // further apart than this test's own visits can change
			looked.shop.views.add(looked.store.Current(), id)
		}
	}
	for _, lang := range render.Languages() {
		if !in(lang, "en") {
			continue
		}
		t.Run("most looked at/"+lang, func(t *testing.T) {
			t.Parallel()
			mostLookedAt(openTab(t, browser, looked, lang, withScript))
		})
	}
	if !testing.Short() {
		visit("shopping with a broken script", "en", brokenScript, shop)
	}
	visit("script without the server", "en", withScript, failingRequests)
	if os.Getenv(artefacts) != "" && !testing.Short() {
		for _, lang := range render.Languages() {
			visit("pictures", lang, withScript, pictures)
		}
	}
}

// artefacts is the environment variable that names the directory for
// screenshots and the printed basket.
const artefacts = "PHARMACY_ARTEFACTS"

// shop walks from the home page to a full basket and empties it again. The
// walk is the same with and without the script.
func shop(b *tab) {
	l, snap := locale(b.lang), b.site.store.Current()
	path := "/" + b.lang

	// The home page, then a category.
	b.visit(path)
	b.equal("language and direction", b.eval(`document.documentElement.lang + " " + document.documentElement.dir`), b.lang+" "+l.Dir())
	b.equal("heading", b.text("h1"), l.T("home.heading"))
	category, _ := snap.Category("pain-and-fever")
	b.follow(b.click(`.cats a[href$="category=pain-and-fever"]`))
	b.equal("heading", b.text("h1"), category.Name.In(b.lang))

	// The filter form.
	query := shelf.Query{Category: "pain-and-fever", Form: "tablet", Sort: shelf.SortPriceDesc, Lang: b.lang}
	b.choose("select[name=form]", query.Form)
	b.choose("select[name=sort]", string(query.Sort))
	b.follow(b.click(".filter button"))
	b.listing(query)
	b.follow(b.click(".active li:last-child a"))
	query.Form = ""
	b.listing(query)
	if b.kind == withScript {
		// An order chosen with a pointer takes effect at once.
		query.Sort = shelf.SortUnitPrice
		b.follow(chromedp.Evaluate[chromedp.Void](`{
			const select = document.querySelector("select[name=sort]");
			select.dispatchEvent(new PointerEvent("pointerdown", {bubbles: true}));
			select.value = "unit_price";
			select.dispatchEvent(new Event("change", {bubbles: true}));
		}`))
		b.listing(query)
	}
	b.follow(b.click(".pages .next a"))
	query.Page = 2
	b.listing(query)
	for _, lang := range render.Languages() {
		b.equal("this page in "+lang, b.eval(`document.querySelector('.langs a[hreflang="`+lang+`"]').getAttribute("href")`), "/"+lang+listingPath(query, ""))
	}

	// The page of a medicine highlights the row that was chosen.
	first := snap.List(query).Items[0]
	b.follow(b.click(".cards h3 a"))
	b.equal("heading", b.text("h1"), first.Group.Name.In(b.lang))
	b.equal("chosen row", b.eval(`document.querySelector("tr:target").id`), first.Variant.ID)

	// Search for the name in this language.
	group, _ := snap.Group("paracetamol")
	name := group.Name.In(b.lang)
	b.run(b.click("#q"), chromedp.KeyEvent(name))
	b.follow(press(kb.Enter))
	b.equal("search box", b.eval(`document.getElementById("q").value`), name)
	b.follow(b.click(`.cards h3 a[href*="/paracetamol#"]`))
	b.equal("heading", b.text("h1"), name)

	// Switch to each other language and back.
	for _, lang := range append(slices.DeleteFunc(render.Languages(), func(lang string) bool { return lang == b.lang }), b.lang) {
		b.follow(b.click(`.langs a[hreflang="` + lang + `"]`))
		b.at("/" + lang + "/medicines/paracetamol")
		b.equal("language", b.eval("document.documentElement.lang"), lang)
		b.equal("heading", b.text("h1"), group.Name.In(lang))
	}
	b.follow(b.click(`form[action="/language"] button`))
	b.at(path + "/medicines/paracetamol")

	// Add to the basket.
	var refs []shelf.Ref
	for i := range group.Variants {
		v := &group.Variants[i]
		if orderable, _ := v.Orderable(snap.Day()); orderable {
			refs = append(refs, shelf.Ref{Group: group, Variant: v})
		}
	}
	one, two := refs[0], refs[1]
	b.count("")
	add := func(ref shelf.Ref) step {
		return b.click(`[id="` + ref.Variant.ID + `"] form button`)
	}
	if b.kind == withScript {
		b.run(chromedp.Evaluate[chromedp.Void](`window.stayed = true`))
		b.run(add(one))
		b.until("the status says what was added", `document.getElementById("status").textContent.includes(%q)`, l.T("cart.added", label(l, one)))
		b.count(l.Number(1))
		b.run(add(two))
		b.until("the status says what was added", `document.getElementById("status").textContent.includes(%q)`, l.T("cart.added", label(l, two)))
		b.count(l.Number(2))
		b.at(path + "/medicines/paracetamol")
		if !evaluate[bool](b, "window.stayed === true") {
			b.Error("adding to the basket left the page")
		}
		b.follow(b.click(`#status a`))
	} else {
		b.follow(add(one))
		b.at(path + "/cart")
		b.equal("notice", b.text("[data-notice]"), l.T("cart.added", label(l, one)))
		b.visit(path + "/medicines/paracetamol")
		b.follow(add(two))
	}
	b.at(path + "/cart")
	b.basket(map[*catalogue.Variant]int{one.Variant: 1, two.Variant: 1})

	// Quantities.
	row := `form[action$="/` + one.Variant.ID + `"] `
	b.run(b.click(row+"input"), chromedp.KeyEvent("a", chromedp.KeyModifiers(chromedp.ModifierCtrl)), chromedp.KeyEvent("3"))
	b.follow(b.click(row + "button"))
	b.equal("notice", b.text("[data-notice]"), l.T("cart.changed", label(l, one)))
	b.basket(map[*catalogue.Variant]int{one.Variant: 3, two.Variant: 1})

	// Remove from the basket.
	b.follow(b.click(`form[action$="/` + two.Variant.ID + `/remove"] button`))
	b.equal("notice", b.text("[data-notice]"), l.T("cart.removed", label(l, two)))
	b.basket(map[*catalogue.Variant]int{one.Variant: 3})
	b.follow(b.click(`form[action$="/cart/empty"] button`))
	b.equal("notice", b.text("[data-notice]"), l.T("cart.emptied"))
	b.basket(nil)

	// The chosen language is remembered.
	b.visit("/")
	b.at(path)
}

// listing checks that the listing shows what the catalogue has for a query.
func (b *tab) listing(q shelf.Query) {
	b.Helper()
	list := b.site.store.Current().List(q)
	var want []string
	for _, ref := range list.Items {
		want = append(want, variantHref(b.lang, ref))
	}
	got := evaluate[[]string](b, `[...document.querySelectorAll(".cards h3 a")].map(a => a.getAttribute("href"))`)
	if !slices.Equal(got, want) {
		b.Errorf("%s lists %q …, want %q …", b.url(), got[:min(2, len(got))], want[:min(2, len(want))])
	}
	if summary := locale(b.lang).T("listing.summary", list.From, list.To, list.Total); b.text(".sum b") != summary {
		b.Errorf("%s: summary %q, want %q", b.url(), b.text(".sum b"), summary)
	}
	for name, value := range map[string]string{"form": q.Form, "sort": string(q.Sort)} {
		b.equal(name, b.eval(`document.querySelector("select[name=`+name+`]").value`), value)
	}
}

// basket checks the rows on the basket page.
func (b *tab) basket(quantities map[*catalogue.Variant]int) {
	b.Helper()
	l, currency := locale(b.lang), b.site.store.Current().Catalogue().Currency
	var total, packs int
	for v, n := range quantities {
		b.equal("quantity", b.eval(`document.querySelector('form[action$="/`+v.ID+`"] input').value`), l.Number(n))
		total += n * int(v.Price.Amount)
		packs += n
	}
	if rows := evaluate[int](b, `document.querySelectorAll("main tbody tr").length`); rows != len(quantities) {
		b.Errorf("the basket has %d rows, want %d", rows, len(quantities))
	}
	if len(quantities) == 0 {
		b.equal("heading", b.text(".none h2"), l.T("cart.empty"))
		b.count("")
		return
	}
	b.equal("total", b.text(".total b"), l.Money(int64(total), currency))
	b.count(l.Number(packs))
}

// count waits for the count of the basket in the header, which only the
// script renders.
func (b *tab) count(want string) {
	b.Helper()
	if b.kind != withScript {
		want = ""
	}
	b.until("the basket's count is "+want, `document.querySelector("[data-basket] span").textContent === %q`, want)
}

// pageTypes is one path of each page type, without the language.
var pageTypes = []string{
	"", "/medicines", "/medicines?category=asthma-and-breathing&form=inhaler&sort=expiry", "/medicines?q=para", "/medicines?q=zzzzzz",
	"/medicines/paracetamol", "/medicines/salmeterol-fluticasone", "/a-to-z", "/about", "/cart", "/nothing-here",
}

// everyPage measures every page type at a narrow and a wide viewport.
func everyPage(b *tab) {
	b.fillBasket()
	doses := 0
	for _, path := range pageTypes {
		if path == "/nothing-here" {
			b.expect("status of 404")
		}
		for _, width := range []int64{320, 1280} {
			b.run(chromedp.EmulateViewport(width, 800))
			if width == 320 {
				b.visit("/" + b.lang + path)
			}
			m := evaluate[measured](b, measure)
			if m.Sideways > 0 {
				b.Errorf("%s at %d px: overflows by %d px: %s", path, width, m.Sideways, m.Widest)
			}
			if len(m.Swapped) > 0 {
				b.Errorf("%s at %d px: parts drawn in the wrong order: %q", path, width, m.Swapped)
			}
			if len(m.Torn) > 0 {
				b.Errorf("%s at %d px: word broken across lines: %q", path, width, m.Torn)
			}
			if len(m.Small) > 0 {
				b.Errorf("%s at %d px: target too small: %q", path, width, m.Small)
			}
			if len(m.Nameless) > 0 {
				b.Errorf("%s at %d px: no accessible name: %q", path, width, m.Nameless)
			}
			if m.Elements > 700 {
				b.Errorf("%s: %d elements, too many", path, m.Elements)
			}
			doses += m.Doses
		}
	}
	if doses < 300 {
		b.Errorf("checked only %d doses, packs and dates", doses)
	}
}

type measured struct {
	Sideways, Elements, Doses int
	Widest                    string
	Swapped, Torn             []string
	Small, Nameless           []string
}

// measure returns measurements of the page as drawn.
//
// The parts of a dose, a pack or a date must be drawn in reading order, right
// to left in Arabic script and left to right otherwise, and no number or unit
// may be broken across lines.
//
// Overflow against the page's direction cannot be scrolled to, so the scroll
// width alone does not reveal it.
const measure = `(() => {
	const all = (selector, root = document) => [...root.querySelectorAll(selector)];
	const name = e => e.tagName.toLowerCase() + "." + e.className + " " + e.textContent.trim().slice(0, 30);
	const out = {Sideways: document.scrollingElement.scrollWidth - innerWidth, Widest: "", Elements: all("body *").length, Doses: 0, Swapped: [], Torn: [], Small: [], Nameless: []};

	for (const e of all("body *")) {
		const box = e.getBoundingClientRect();
		if (box.width <= 1 || box.height <= 1) continue;
		let flows = true;
		for (let p = e; p && p !== document.body && flows; p = p.parentElement) {
			const style = getComputedStyle(p);
			flows = !["absolute", "fixed"].includes(style.position) && (p === e || style.overflowX === "visible");
		}
		const most = Math.round(Math.max(-box.left, box.right - innerWidth));
		if (flows && most > 0 && most >= out.Sideways) [out.Sideways, out.Widest] = [most, name(e)];
	}

	for (const e of all("[data-strength], .latin")) {
		const at = [], walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
		for (let n; (n = walk.nextNode());) for (let i = 0; i < n.data.length; i++) at.push([n, i]);
		const text = at.map(([n, i]) => n.data[i]).join("");
		const rightToLeft = /[\u0621-\u064A\u066E-\u06D3]/.test(text) && !/[A-Za-z\u00B5\u03BC]/.test(text);
		const parts = [...text.matchAll(/\p{Nd}[\p{Nd}.,\u066B\u066C]*|[\p{L}\u200C\u00B5]+/gu)].map(m => {
			const boxes = [];
			for (let k = m.index; k < m.index + m[0].length; k++) {
				const range = document.createRange();
				range.setStart(...at[k]);
				range.setEnd(at[k][0], at[k][1] + 1);
				boxes.push(...[...range.getClientRects()].filter(box => box.width > 0));
			}
			if (boxes.some(box => Math.abs(box.top - boxes[0].top) > boxes[0].height / 2)) out.Torn.push(text);
			return boxes.length ? {left: Math.min(...boxes.map(box => box.left)), top: boxes[0].top, height: boxes[0].height} : null;
		}).filter(Boolean);
		if (e.matches(".latin")) continue;
		if (parts.length) out.Doses++;
		for (let k = 1; k < parts.length; k++) {
			const [a, b] = [parts[k - 1], parts[k]];
			if (Math.abs(a.top - b.top) > a.height / 2) continue; // on another line
			if (rightToLeft ? a.left < b.left : a.left > b.left) { out.Swapped.push(text); break; }
		}
	}

	for (const e of all("nav a, form a, header a, footer a, button, input:not([type=hidden]), select")) {
		const box = e.getBoundingClientRect();
		if (!box.width || e.matches(".skip")) continue;
		if (box.height < 44 || box.width < 24) out.Small.push(name(e) + " " + Math.round(box.width) + "x" + Math.round(box.height));
		if (!e.textContent.trim() && !e.ariaLabel && !e.labels?.length) out.Nameless.push(name(e));
	}
	return out;
})()`

// fillBasket adds two medicines to the basket through their forms.
func (b *tab) fillBasket() {
	b.Helper()
	for _, group := range []string{"paracetamol", "ibuprofen"} {
		b.visit("/" + b.lang + "/medicines/" + group)
		b.run(b.click("form[data-add] button"))
		b.until("something was added", `document.getElementById("status").textContent !== ""`)
	}
}

// byKeyboard goes from the home page to the basket using only the keyboard.
func byKeyboard(b *tab) {
	l := locale(b.lang)
	b.visit("/" + b.lang)

	// The first stop is the skip link, which becomes visible on focus.
	b.run(press(kb.Tab))
	b.equal("first stop", b.text(":focus"), l.T("site.skip"))
	b.focused()
	b.run(press(kb.Enter))
	b.until("the content has the focus", `document.activeElement.id === "main"`)
	b.run(press(kb.Tab))
	if !evaluate[bool](b, `document.getElementById("main").contains(document.activeElement)`) {
		b.Errorf("Tab after the skip link focuses %s", b.focused())
	}

	// Tab visits every element in order, with a visible focus. Wait for the
	// most-viewed list, which loads late: its links change the number of stops.
	b.visit("/" + b.lang)
	b.until("the most looked-at are known", `performance.getEntriesByType("resource").some(e => e.name.includes("/api/looked-at") && e.responseEnd)`)
	const marked = `[...document.querySelectorAll("a[href], button, input:not([type=hidden]), select")].filter(e => e.getClientRects().length)`
	stops := evaluate[int](b, marked+`.map((e, i) => e.dataset.stop = i).length`)
	for i := range stops {
		b.run(press(kb.Tab))
		if at := evaluate[string](b, `document.activeElement.dataset.stop ?? "none"`); at != itoa(i) {
			b.Fatalf("stop %d of %d: focus is on number %s, %s", i, stops, at, b.focused())
		}
		b.focused()
	}
	if stops < 40 {
		b.Errorf("only %d stops on the home page", stops)
	}

	// Search, open a medicine, add it to the basket.
	b.visit("/" + b.lang)
	group, _ := b.site.store.Current().Group("ibuprofen")
	b.tabTo("#q")
	b.run(chromedp.KeyEvent(group.Name.In(b.lang)))
	b.follow(press(kb.Enter))
	b.tabTo(`.cards h3 a[href*="/ibuprofen#"]`)
	b.follow(press(kb.Enter))
	b.equal("heading", b.text("h1"), group.Name.In(b.lang))
	b.tabTo("form[data-add] input[inputmode=numeric]")
	b.equal("quantity", b.eval("document.activeElement.value"), l.Number(1))
	b.run(chromedp.KeyEvent(l.Number(2))) // focus has selected the field's content
	b.equal("quantity", b.eval("document.activeElement.value + document.activeElement.checkValidity()"), l.Number(2)+"true")
	b.tabTo("form[data-add] button")
	b.run(press(kb.Enter))
	b.count(l.Number(2))
	b.visit("/" + b.lang + "/medicines/ibuprofen")
	b.tabTo("[data-basket]")
	b.follow(press(kb.Enter))
	b.tabTo("main td form button")
	b.tabTo(`form[action$="/remove"] button`)
	b.follow(press(kb.Enter))
	b.basket(nil)
}

// tabTo presses Tab until the selected element has the focus.
func (b *tab) tabTo(selector string) {
	b.Helper()
	for range 150 {
		b.run(press(kb.Tab))
		if evaluate[bool](b, fmt.Sprintf("document.activeElement.matches(%q)", selector)) {
			b.focused()
			return
		}
	}
	b.Fatalf("%s: Tab does not reach %s", b.url(), selector)
}

// focused checks that the focus is visible and returns the focused element's
// name.
func (b *tab) focused() string {
	b.Helper()
	f := evaluate[struct {
		Name    string
		Outline float64
		Seen    bool
	}](b, `(() => {
		const e = document.activeElement, style = getComputedStyle(e), box = e.getClientRects()[0];
		const x = (box.left + box.right) / 2, y = (box.top + box.bottom) / 2;
		const top = document.elementFromPoint(x, y);
		return {
			Name: e.outerHTML.slice(0, 120),
			Outline: style.outlineStyle === "none" ? 0 : parseFloat(style.outlineWidth),
			Seen: box.width > 4 && box.height > 4 && !!top && (e.contains(top) || top.contains(e)),
		};
	})()`)
	if f.Outline < 3 {
		b.Errorf("%s: outline of %g px on %s", b.url(), f.Outline, f.Name)
	}
	if !f.Seen {
		b.Errorf("%s: focused element %s is out of view", b.url(), f.Name)
	}
	return f.Name
}

// suggestions operates the search box as a combobox from the keyboard.
func suggestions(b *tab) {
	group, _ := b.site.store.Current().Group("paracetamol")
	name := group.Name.In(b.lang)
	b.visit("/" + b.lang + "/about")
	state := func(expanded bool, active int) {
		b.Helper()
		got := evaluate[struct {
			Expanded, Active, Selected string
			Shown, Inside              bool
			Options                    int
		}](b, `(() => {
			const input = document.getElementById("q"), list = document.getElementById(input.getAttribute("aria-controls"));
			return {
				Expanded: input.getAttribute("aria-expanded"), Active: input.getAttribute("aria-activedescendant") ?? "",
				Selected: [...list.querySelectorAll("[role=option][aria-selected=true]")].map(e => e.id).join(" "),
				Shown: list.getClientRects().length > 0, Inside: document.activeElement === input, Options: list.querySelectorAll("[role=option]").length,
			};
		})()`)
		want := got
		want.Expanded, want.Shown, want.Inside = fmt.Sprint(expanded), expanded, true
		want.Active = ""
		if active >= 0 {
			want.Active = evaluate[string](b, fmt.Sprintf(`document.querySelectorAll("[role=listbox] [role=option]")[%d].id`, active))
		}
		want.Selected = want.Active
		if got != want {
			b.Errorf("list is %+v, want %+v", got, want)
		}
	}
	opened := func() {
		b.Helper()
		b.until("suggestions are shown", `document.getElementById("q").getAttribute("aria-expanded") === "true"`)
	}
	l := locale(b.lang)
	told := func(n int) {
		b.Helper()
		want := strings.Replace(l.T("search.count", "#"), "#", l.Number(n), 1)
		b.equal("what is announced", b.text(".search [role=status]"), want)
	}
	options := func() int {
		return evaluate[int](b, `document.querySelectorAll("[role=listbox] [role=option]").length`)
	}
	start := string([]rune(name)[:4])
	b.tabTo("#q")
	b.equal("role", b.eval(`document.activeElement.getAttribute("role")`), "combobox")
	state(false, -1)
	b.run(insert(start))
	opened()
	state(true, -1)
	told(options())
	if !strings.Contains(b.text("[role=listbox]"), name) {
		b.Errorf("%q suggests %q, want them to include %q", start, b.text("[role=listbox]"), name)
	}
	b.run(press(kb.ArrowDown))
	state(true, 0)
	b.run(press(kb.ArrowDown))
	state(true, 1)
	b.run(press(kb.ArrowUp))
	state(true, 0)
	b.run(press(kb.ArrowUp))
	state(true, -1)
	b.run(press(kb.Escape))
	state(false, -1)
	b.equal("search box", b.eval(`document.getElementById("q").value`), start)
	b.equal("what is announced", b.text(".search [role=status]"), "")

	// Arrow Down opens the list again, and Enter follows the option.
	b.run(press(kb.ArrowDown))
	opened()
	b.run(press(kb.ArrowDown))
	target := b.eval(`document.querySelector("[aria-selected=true]").textContent`)
	b.follow(press(kb.Enter))
	if h1 := b.text("h1"); !strings.HasPrefix(target, h1) {
		b.Errorf("choosing %q opened %q", target, h1)
	}

	// Without an active option Enter submits the search. A pointer can choose
	// an option too.
	b.run(b.click("#q"), insert(name))
	opened()
	b.follow(b.click("[role=option]"))
	b.equal("heading", b.text("h1"), name)
	b.run(b.click("#q"), insert(name))
	opened()
	b.follow(press(kb.Enter))
	b.equal("search box", b.eval(`document.getElementById("q").value`), name)

	// Leaving the box closes the list.
	b.run(b.click("#q"), press(kb.ArrowDown))
	opened()
	b.run(press(kb.Tab))
	b.until("the list is closed", `document.querySelector("[role=listbox]").hidden`)

	// A "did you mean" option starts a search.
	letters := []rune(name)
	n := len(letters)
	letters[n-2], letters[n-1] = letters[n-1], letters[n-2]
	b.visit("/" + b.lang + "/about")
	b.run(b.click("#q"), insert(string(letters)))
	opened()
	told(options())
	b.equal("the first suggestion", b.text("[role=option]"), l.T("listing.did_you_mean")+" "+name)
	b.run(press(kb.ArrowDown))
	b.follow(press(kb.Enter))
	b.equal("search box", b.eval(`document.getElementById("q").value`), name)
	b.equal("heading", b.text("h1"), l.T("listing.search_title"))

	// Without the list, the page of results offers the same search.
	b.visit("/" + b.lang + "/medicines?q=" + url.QueryEscape(string(letters)))
	b.equal("suggestion on the page", b.text(".mean a"), name)
	b.equal("what was searched for", b.text(".none bdi"), string(letters))
	b.follow(b.click(".mean a"))
	b.equal("search box", b.eval(`document.getElementById("q").value`), name)

	// Letters typed in quick succession cause one request. A response that
	// arrives after the box has changed or lost the focus is discarded, even if
	// its request could not be aborted.
	b.visit("/" + b.lang + "/about")
	b.run(b.click("#q"), chromedp.Evaluate[chromedp.Void](`{
		const input = document.getElementById("q");
		window.asked = [];
		window.fetch = (url, options) => new Promise((answer) => asked.push({
			q: new URLSearchParams(url.split("?")[1]).get("q"),
			answer: (...names) => answer(Response.json({ results: names.map((name) => ({ name, url: "#" })), suggestions: [] })),
		}));
		window.type = (...texts) => { for (const text of texts) { input.value = text; input.dispatchEvent(new Event("input", { bubbles: true })); } };
		type("ab", "abc", "abcd");
	}`))
	b.until("one request", `asked.length === 1`)
	b.equal("what was asked", b.eval(`asked[0].q`), "abcd")
	b.run(chromedp.Evaluate[chromedp.Void](`type("abcde")`))
	b.until("another request", `asked.length === 2`)
	b.run(chromedp.Evaluate[chromedp.Void](`asked[1].answer("timely", "too")`))
	opened()
	told(2)
	shown := func(want string) {
		b.Helper()
		// One more turn of the event loop and the last response is processed.
		b.equal("shown", await[string](b, `new Promise((done) => setTimeout(() => done([...document.querySelectorAll("[role=option]")].map((o) => o.textContent).join(" ")), 50))`), want)
	}
	b.run(chromedp.Evaluate[chromedp.Void](`asked[0].answer("late")`))
	shown("timely too")
	b.run(press(kb.Escape), chromedp.Evaluate[chromedp.Void](`type("abcdef")`))
	b.until("a third request", `asked.length === 3`)
	b.run(press(kb.Escape), chromedp.Evaluate[chromedp.Void](`asked[2].answer("unasked")`))
	shown("")
	state(false, -1)
	// If there are no suggestions, the status says so and no empty list opens.
	b.run(chromedp.Evaluate[chromedp.Void](`type("abcdefg")`))
	b.until("a fourth request", `asked.length === 4`)
	b.run(chromedp.Evaluate[chromedp.Void](`asked[3].answer()`))
	b.until("the count is announced", `document.querySelector(".search [role=status]").textContent !== ""`)
	told(0)
	state(false, -1)
}

// failingRequests makes the script's requests fail: the forms still work.
func failingRequests(b *tab) {
	b.visit("/en/medicines/paracetamol")
	b.expect("ERR_FAILED")
	b.intercept("*", func(ctx context.Context, ev *fetch.EventRequestPaused) {
		if ev.ResourceType == network.ResourceTypeFetch || ev.ResourceType == network.ResourceTypeXHR {
			_, _ = chromedp.Call(ctx, fetch.FailRequest, fetch.FailRequestParams{RequestID: ev.RequestID, ErrorReason: network.ErrorReasonFailed})
			return
		}
		_, _ = chromedp.Call(ctx, fetch.ContinueRequest, fetch.ContinueRequestParams{RequestID: ev.RequestID})
	})
	b.follow(b.click("form[data-add] button"))
	b.at("/en/cart")
	b.count("1")
	b.run(b.click("#q"), chromedp.KeyEvent("ibuprofen"))
	b.follow(press(kb.Enter))
	b.equal("heading", b.text("h1"), locale("en").T("listing.search_title"))
}

// mostLookedAt checks that filling the most-viewed list does not move any
// visible content, and that the telephone number reads left to right.
func mostLookedAt(b *tab) {
	b.run(chromedp.EmulateViewport(1280, 800))
	b.visit("/" + b.lang)
	b.until("the list is shown", `document.querySelectorAll("[data-looked]:not([hidden]) a").length === %d`, 3)
	var want []string
	for _, id := range []string{"paracetamol-caffeine", "insulin-glargine", "warfarin"} {
		g, _ := b.site.store.Current().Group(id)
		want = append(want, "/"+b.lang+"/medicines/"+id+" "+g.Name.In(b.lang))
	}
	got := evaluate[[]string](b, `[...document.querySelectorAll("[data-looked] a")].map(a => a.getAttribute("href") + " " + a.textContent)`)
	if !slices.Equal(got, want) {
		b.Errorf("most viewed: %q, want %q", got, want)
	}
	if top := evaluate[float64](b, `document.querySelector("[data-looked]").getBoundingClientRect().top`); top < 800 {
		b.Errorf("the list is at %v px, in view, and moves the content below it", top)
	}
	// The digits of a number run left to right, even on a right-to-left page.
	if !evaluate[bool](b, `(() => {
		const node = document.querySelector('main a[href^="tel:"] bdi').firstChild, at = [];
		for (let i = 0; i < node.data.length; i++) {
			const range = document.createRange();
			range.setStart(node, i);
			range.setEnd(node, i + 1);
			at.push(range.getBoundingClientRect().left);
		}
		return node.data.length > 10 && at.every((left, i) => !i || left >= at[i - 1]);
	})()`) {
		b.Error("the telephone number is out of order")
	}
	for _, width := range []int64{320, 1280} {
		b.run(chromedp.EmulateViewport(width, 800))
		m := evaluate[measured](b, measure)
		if m.Sideways > 0 || len(m.Small) > 0 || m.Elements > 700 {
			b.Errorf("at %d px: overflows by %d px (%s), targets too small %q, %d elements", width, m.Sideways, m.Widest, m.Small, m.Elements)
		}
	}
	b.follow(b.click("[data-looked] li:last-child a"))
	b.at("/" + b.lang + "/medicines/warfarin")
}

// printedBasket checks the printed basket, which visitors take to the
// pharmacy.
func printedBasket(b *tab) {
	b.fillBasket()
	b.visit("/" + b.lang + "/cart")
	if !evaluate[bool](b, `document.querySelector("[data-print]").getClientRects().length > 0`) {
		b.Error("no print button")
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	shown := evaluate[[]string](b, `[...document.querySelectorAll("nav, form, button, input, select, .skip, [role=status]:not([data-notice])")]
		.filter(e => e.getClientRects().length && e.getBoundingClientRect().width > 1 && e.textContent !== "").map(e => e.outerHTML.slice(0, 80))`)
	if len(shown) > 0 {
		b.Errorf("printed, but useless on paper: %q", shown)
	}
	text := b.eval(`document.querySelector("main").innerText`)
	snap := b.site.store.Current()
	for _, id := range []string{"paracetamol", "ibuprofen"} {
		group, _ := snap.Group(id)
		for _, lang := range []string{b.lang, "en"} {
			if name := group.Name.In(lang); !strings.Contains(text, name) {
				b.Errorf("%q is not printed: %s", name, text)
			}
		}
	}
	if quantity := locale(b.lang).Number(1); !slices.Contains(strings.Fields(text), quantity) {
		b.Errorf("quantity %s is not printed: %s", quantity, text)
	}
	if m := evaluate[measured](b, measure); len(m.Swapped) > 0 {
		b.Errorf("parts drawn in the wrong order: %q", m.Swapped)
	}
	call(b, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{})
	pdf, err := chromedp.Run(b.ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPrintBackground()))
	if err != nil {
		b.Fatal(err)
	}
	if !bytes.HasPrefix(pdf, []byte("%PDF-")) || len(pdf) < 5000 {
		b.Errorf("the printed basket has %d bytes: %.20q", len(pdf), pdf)
	}
	b.keep("basket-"+b.lang+".pdf", pdf)
}

// pictures takes screenshots of the main pages.
func pictures(b *tab) {
	b.fillBasket()
	for _, width := range []int64{360, 1280} {
		b.run(chromedp.EmulateViewport(width, 800))
		for name, path := range map[string]string{"home": "", "listing": "/medicines", "medicine": "/medicines/paracetamol", "basket": "/cart"} {
			b.visit("/" + b.lang + path)
			call(b, runtime.Evaluate, runtime.EvaluateParams{Expression: "document.fonts.ready", AwaitPromise: new(true)})
			picture, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
			if err != nil {
				b.Fatal(err)
			}
			b.keep(fmt.Sprintf("%s-%s-%d.png", name, b.lang, width), picture)
		}
	}
}

// keep writes a file to the artefacts directory, if one is set.
func (b *tab) keep(name string, content []byte) {
	b.Helper()
	dir := os.Getenv(artefacts)
	if dir == "" {
		return
	}
	path := filepath.Join(dir, name)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		b.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		b.Fatal(err)
	}
	b.Log(path)
}

// patience is how long a test waits for something that normally happens at
// once; the machine may be busy.
const patience = 30 * time.Second

// browsers lists the names of Chromium and Chrome on Debian, Fedora, macOS and
// other systems. make deps looks for the same names.
var browsers = []string{
	"chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome",
	"/Applications/Google Chrome.app/Contents/MacOS/Google Chrome", "/Applications/Chromium.app/Contents/MacOS/Chromium",
}

// startChromium starts the browser and stops it when the test ends.
func startChromium(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range browsers {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Fatalf("Chromium not found under any of the names %q; these tests need it (Debian: apt-get install chromium fonts-noto-core)", browsers)
	}
	options := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.Flag("hide-scrollbars", true), chromedp.WindowSize(1280, 800)}
	for _, name := range []string{
		"headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run", "no-default-browser-check",
		"disable-background-networking", "disable-component-update", "disable-sync", "disable-default-apps",
		"disable-dev-shm-usage", "disable-background-timer-throttling", "disable-backgrounding-occluded-windows", "disable-renderer-backgrounding",
	} {
		options = append(options, chromedp.Flag(name, true))
	}
	options = append(options, chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"))
	allocator, stop := chromedp.NewExecAllocator(context.Background(), options...)
	t.Cleanup(stop)
	ctx, stop := chromedp.NewContext(allocator)
	t.Cleanup(stop)
	hurry := time.AfterFunc(2*patience, stop)
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	hurry.Stop()
	return ctx
}

// scripting selects how a tab treats the site's script.
type scripting int

const (
	withScript scripting = iota
	withoutScript
	brokenScript
)

// step is an action of a visitor.
type step = chromedp.Action[chromedp.Void]

// tab is a visitor with its own cookies. It records what the browser reports
// on its console and in its log.
type tab struct {
	*testing.T
	ctx  context.Context
	site *site
	lang string
	kind scripting

	mu       sync.Mutex
	expected map[string]bool // substrings of reports that the test provokes, and whether each was seen
	problems []string
}

func openTab(t *testing.T, browser context.Context, s *site, lang string, kind scripting) *tab {
	t.Helper()
	ctx, stop := chromedp.NewContext(browser, chromedp.WithNewBrowserContext())
	t.Cleanup(stop)
	b := &tab{T: t, site: s, lang: lang, kind: kind, expected: map[string]bool{}}
	t.Cleanup(func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		if len(b.problems) > 0 {
			t.Errorf("the browser reports: %q", b.problems)
		}
		for part, came := range b.expected {
			if !came {
				t.Errorf("the browser does not report %q", part)
			}
		}
	})
	if err := chromedp.Listen(ctx, b.hear); err != nil {
		t.Fatal(err)
	}
	b.ctx, stop = context.WithTimeout(ctx, 10*patience)
	t.Cleanup(stop)
	b.run(chromedp.EmulateViewport(1280, 800))
	call(b, emulation.SetFocusEmulationEnabled, emulation.SetFocusEmulationEnabledParams{Enabled: true})
	switch kind {
	case withoutScript:
		call(b, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	case brokenScript:
		b.expect("broken on purpose")
		b.intercept("*/static/js/*", func(ctx context.Context, ev *fetch.EventRequestPaused) {
			_, _ = chromedp.Call(ctx, fetch.FulfillRequest, fetch.FulfillRequestParams{
				RequestID: ev.RequestID, ResponseCode: 200,
				ResponseHeaders: []*fetch.HeaderEntry{{Name: "Content-Type", Value: "text/javascript"}},
				Body:            []byte(`throw new Error("broken on purpose")`),
			})
		})
	}
	return b
}

// hear records errors, warnings and violations of the content security policy.
func (b *tab) hear(event any) {
	var problem string
	switch event := event.(type) {
	case *runtime.EventExceptionThrown:
		problem = event.ExceptionDetails.Text
		if e := event.ExceptionDetails.Exception; e != nil {
			problem += " " + e.Description
		}
	case *runtime.EventConsoleAPICalled:
		problem = "console." + string(event.Type)
	case *log.EventEntryAdded:
		if event.Entry.Level != log.EntryLevelError && event.Entry.Level != log.EntryLevelWarning {
			return
		}
		problem = string(event.Entry.Source) + ": " + event.Entry.Text + " " + event.Entry.URL
	default:
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	for part := range b.expected {
		if strings.Contains(problem, part) {
			b.expected[part] = true
			return
		}
	}
	b.problems = append(b.problems, problem)
}

// expect declares a report of the browser that the test provokes.
func (b *tab) expect(part string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected[part] = false
}

// intercept answers requests in place of the server.
func (b *tab) intercept(pattern string, answer func(context.Context, *fetch.EventRequestPaused)) {
	b.Helper()
	paused := chromedp.Events(b.ctx, fetch.RequestPaused)
	go func() {
		for ev, err := range paused {
			if err != nil {
				return // the tab is closed
			}
			answer(b.ctx, &ev)
		}
	}()
	call(b, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: pattern}}})
}

// call sends a command to the browser.
func call[P, R any](b *tab, command cdp.Command[P, R], params P) {
	b.Helper()
	if _, err := chromedp.Call(b.ctx, command, params); err != nil {
		b.Fatalf("%s: %v", command.Method, err)
	}
}

func (b *tab) run(steps ...step) {
	b.Helper()
	if err := chromedp.Do(b.ctx, steps...); err != nil {
		b.Fatalf("%s: %v", b.url(), err)
	}
}

// visit opens an address of the site as if it had been typed.
func (b *tab) visit(path string) {
	b.Helper()
	b.follow(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, page.Navigate, page.NavigateParams{URL: b.site.server.URL + path})
		return err
	}))
}

// follow performs a step that navigates, and waits for the new page.
func (b *tab) follow(action step) {
	b.Helper()
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	if _, err := chromedp.RunResponse(ctx, action); err != nil {
		b.Fatalf("%s: no navigation: %v", b.url(), err)
	}
}

// click clicks in the middle of the first element that matches a selector,
// once the element exists and nothing covers it.
func (b *tab) click(selector string) step {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		ctx, stop := context.WithTimeout(ctx, patience)
		defer stop()
		for {
			at, err := chromedp.Evaluate[struct {
				X, Y float64
				Why  string
			}](fmt.Sprintf(`(() => {
				const e = document.querySelector(%q);
				if (!e) return {Why: "is not there"};
				e.scrollIntoView({block: "center", behavior: "instant"});
				const box = e.getClientRects()[0];
				if (!box) return {Why: "is not shown"};
				const X = (box.left + box.right) / 2, Y = (box.top + box.bottom) / 2, top = document.elementFromPoint(X, Y);
				return {X, Y, Why: e.contains(top) ? "" : "is covered by " + top?.outerHTML.slice(0, 80)};
			})()`, selector))(ctx, t)
			if err == nil && at.Why == "" {
				return chromedp.MouseClickXY(at.X, at.Y)(ctx, t)
			}
			select {
			case <-ctx.Done():
				return chromedp.Void{}, fmt.Errorf("%s cannot be clicked: it %s: %w", selector, at.Why, ctx.Err())
			case <-time.After(20 * time.Millisecond):
			}
		}
	}
}

// press presses a key. Unlike chromedp.KeyEvent, it lets the page prevent the
// default action of Enter.
func press(key string) step {
	if key != kb.Enter {
		return chromedp.KeyEvent(key)
	}
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		enter := input.DispatchKeyEventParams{
			Type: input.DispatchKeyEventTypeKeyDown, Key: "Enter", Code: "Enter", Text: "\r", WindowsVirtualKeyCode: 13, NativeVirtualKeyCode: 13,
		}
		if _, err := cdp.Call(ctx, t, input.DispatchKeyEvent, enter); err != nil {
			return err
		}
		enter.Type, enter.Text = input.DispatchKeyEventTypeKeyUp, ""
		_, err := cdp.Call(ctx, t, input.DispatchKeyEvent, enter)
		return err
	})
}

// insert inserts a text at once, as an input method does.
func insert(text string) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, input.InsertText, input.InsertTextParams{Text: text})
		return err
	})
}

// choose selects an option from the keyboard.
func (b *tab) choose(selector, value string) {
	b.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](fmt.Sprintf("document.querySelector(%q).focus()", selector)))
	for range 60 {
		if b.eval("document.activeElement.value") == value {
			return
		}
		b.run(press(kb.ArrowDown))
	}
	b.Fatalf("%s: %s has no option %s", b.url(), selector, value)
}

// evaluate evaluates an expression in the page. It works even if the page's own
// scripts are disabled.
func evaluate[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		b.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

func (b *tab) eval(expression string) string { b.Helper(); return evaluate[string](b, expression) }

// text returns the text of the first element that matches a selector, on one
// line.
func (b *tab) text(selector string) string {
	b.Helper()
	text := b.eval(fmt.Sprintf(`document.querySelector(%q)?.textContent ?? "(nothing)"`, selector))
	words := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\t' })
	return strings.Join(words, " ") // keeps no-break spaces
}

func (b *tab) url() string {
	url, err := chromedp.Run(b.ctx, chromedp.Location())
	if err != nil {
		return "(no page)"
	}
	return strings.TrimPrefix(url, b.site.server.URL)
}

func (b *tab) at(path string) {
	b.Helper()
	if url, _, _ := strings.Cut(b.url(), "#"); url != path {
		b.Errorf("the visitor is at %s, want %s", url, path)
	}
}

func (b *tab) equal(what, got, want string) {
	b.Helper()
	if got != want {
		b.Errorf("%s: %s is %q, want %q", b.url(), what, got, want)
	}
}

// until waits for a condition in the page. It quotes args into the condition.
func (b *tab) until(what, condition string, args ...any) {
	b.Helper()
	if len(args) > 0 {
		condition = fmt.Sprintf(condition, args...)
	}
	ctx, stop := context.WithTimeout(b.ctx, patience)
	defer stop()
	for {
		if ok, err := chromedp.Run(ctx, chromedp.Evaluate[bool](condition)); err == nil && ok {
			return
		}
		select {
		case <-ctx.Done():
			b.Fatalf("%s: not within %s: %s", b.url(), patience, what)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
