package storefront

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/accessibility"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"

	"pharmacy/internal/render"
)

// axeSource is axe-core, which finds accessibility violations. The tests inject
// it from outside, because the content security policy does not let a page
// load it.
//
//go:embed testdata/axe/axe.min.js
var axeSource string

// accessible checks every page type for accessibility violations, at phone and
// desktop widths, and in the states that the script creates.
func accessible(b *tab) {
	// In make test each page is loaded once: the languages take turns, and so do
	// the widths of each language.
	looked := func(i, j int) bool {
		return !testing.Short() || render.Languages()[i%len(render.Languages())] == b.lang && j == (i+i/len(render.Languages()))%2
	}
	if cart := slices.Index(pageTypes, "/cart"); looked(cart, 0) || looked(cart, 1) {
		b.fillBasket()
	}
	call(b, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{
		Source: `window.shifts = []; new PerformanceObserver(list => shifts.push(...list.getEntries())).observe({type: "layout-shift", buffered: true})`,
	})
	for i, path := range pageTypes {
		for j, width := range []int64{360, 1280} {
			if !looked(i, j) {
				continue
			}
			if path == "/nothing-here" {
				b.expect("status of 404")
			}
			b.run(chromedp.EmulateViewport(width, 800))
			b.visit("/" + b.lang + path)
			b.axe(fmt.Sprintf("%s at %d px", path, width))
			b.steady(path)
			if width == 360 {
				b.tables(path)
				b.enlarged(path)
			}
		}
	}

	if testing.Short() && b.lang != "ar" {
		return
	}
	b.visit("/" + b.lang + "/medicines/paracetamol")
	b.run(b.click("form[data-add] button"))
	b.until("something was added", `document.getElementById("status").textContent !== ""`)
	group, _ := b.site.store.Current().Group("ibuprofen")
	b.run(b.click("#q"), insert(group.Name.In(b.lang)))
	b.until("suggestions are shown", `document.getElementById("q").getAttribute("aria-expanded") === "true"`)
	b.axe("a status and suggestions")
}

// axe reports every violation as a test error, whatever its impact.
func (b *tab) axe(where string) {
	b.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](axeSource + "\n;undefined"))
	for _, v := range await[[]string](b, `axe.run(document, {
		resultTypes: ["violations"],
		runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
		rules: {"target-size": {enabled: true}},
	}).then(found => found.violations.map(v => v.impact + ": " + v.id + " ×" + v.nodes.length + ", " + v.nodes[0].html.slice(0, 160)))`) {
		b.Errorf("%s: %s", where, v)
	}
}

// await returns the result of a promise in the page.
func await[T any](b *tab, expression string) T {
	b.Helper()
	v, err := chromedp.Run(b.ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		b.Fatalf("%.200s: %v", expression, err)
	}
	return v
}

// steady checks that nothing moves in the ten frames after the page is drawn.
// A busy machine may draw the page before all of it or its font has arrived, so
// the best of three visits counts: a genuine fault occurs every time.
func (b *tab) steady(path string) {
	b.Helper()
	const most = 0.01
	s := b.shift()
	for visits := 1; s.By > most && visits < 3; visits++ {
		b.visit("/" + b.lang + path)
		s = b.shift()
	}
	if s.By > most {
		b.Errorf("%s: layout shift %.3f, limit %.3f: %q", path, s.By, most, s.What)
	}
}

// shift returns the layout shift since the page was opened, as the browser
// measures it.
func (b *tab) shift() shifted {
	b.Helper()
	return await[shifted](b, `document.fonts.ready.then(async () => {
		for (let i = 0; i < 10; i++) await new Promise(done => { requestAnimationFrame(done); setTimeout(done, 200); });
		const moved = window.shifts;
		const box = r => [r.x, r.y, r.width, r.height].map(Math.round).join(" ");
		return {
			By: moved.reduce((sum, e) => sum + e.value, 0),
			What: moved.flatMap(e => e.sources.map(s => (s.node?.outerHTML ?? s.node?.nodeName ?? "gone").slice(0, 60) + " from " + box(s.previousRect) + " to " + box(s.currentRect))),
		};
	})`)
}

// shifted is a sum of layout shift scores, with the elements that moved.
type shifted struct {
	By   float64
	What []string
}

// tables compares the tables of a page with its accessibility tree. At phone
// width rows are drawn as blocks but must remain rows.
func (b *tab) tables(path string) {
	b.Helper()
	want := evaluate[map[string]int](b, `Object.fromEntries(Object.entries({
		table: "table", row: "tr", columnheader: "th[scope=col]", rowheader: "th[scope=row]", cell: "td",
	}).map(([role, selector]) => [role, [...document.querySelectorAll(selector)].filter(e => e.getClientRects().length).length]))`)
	tree, err := chromedp.Call(b.ctx, accessibility.GetFullAXTree, accessibility.GetFullAXTreeParams{})
	if err != nil {
		b.Fatal(err)
	}
	got := map[string]int{"table": 0, "row": 0, "columnheader": 0, "rowheader": 0, "cell": 0}
	for _, n := range tree.Nodes {
		if n.Ignored || n.Role == nil {
			continue
		}
		role := strings.Trim(string(n.Role.Value), `"`)
		if role == "gridcell" {
			role = "cell"
		}
		if _, ok := got[role]; ok {
			got[role]++
		}
	}
	if !maps.Equal(got, want) {
		b.Errorf("%s: the accessibility tree has %v, want %v", path, got, want)
	}
}

// plainTables returns tables without the roles that the script adds.
func plainTables(b *tab) {
	b.run(chromedp.EmulateViewport(360, 800))
	b.visit("/" + b.lang + "/medicines/paracetamol")
	b.tables("/medicines/paracetamol")
	b.follow(b.click("form[data-add] button"))
	b.at("/" + b.lang + "/cart")
	b.tables("/cart")
}

// enlarged checks the page with its text at 200 %.
func (b *tab) enlarged(path string) {
	b.Helper()
	b.run(chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = "212.5%"`))
	if m := evaluate[measured](b, measure); m.Sideways > 0 {
		b.Errorf("%s with text at 200 %%: overflows by %d px: %s", path, m.Sideways, m.Widest)
	}
	b.run(chromedp.Evaluate[chromedp.Void](`document.documentElement.style.fontSize = ""`))
}
