package storefront

import (
	"encoding/json"
	"math"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
	"pharmacy/internal/shelf"
)

const (
	// mostViewedShown is the maximum length of the list.
	mostViewedShown = 6
	// viewWeight is the weight of a new view. It is well above 1, so that
	// integer weights can decay.
	viewWeight = 1 << 16
	// minWeight is the weight from which a medicine is listed, so that what one
	// visitor has just viewed is not shown to the next.
	minWeight = 5 * viewWeight / 2
	// viewHalfLife is the time in which the weight of a view halves.
	viewHalfLife = 24 * time.Hour
	// mostViewedTTL is the lifetime of the list.
	mostViewedTTL = 10 * time.Second
)

// viewCounter counts the views of each medicine's page in this process. It
// records nothing about visitors. No cached page depends on it.
type viewCounter struct {
	now   func() time.Time
	table atomic.Pointer[viewTable]

	mu      sync.Mutex // guards the fields below, and replacing the table
	decayed time.Time  // when the weights last decayed
	listed  time.Time  // when list was computed
	of      *viewTable // the table that list was computed from
	list    []*catalogue.Group
}

// viewTable has a counter for each medicine of one catalogue.
type viewTable struct {
	catalogue *catalogue.Catalogue
	at        map[string]int32
	counters  []atomic.Uint64
}

func newViewCounter(now func() time.Time) *viewCounter {
	return &viewCounter{now: now, decayed: now()}
}

// add counts a view of a medicine. It ignores an id that is not in the
// catalogue.
func (k *viewCounter) add(snap *shelf.Snapshot, group string) {
	t := k.table.Load()
	if t == nil || t.catalogue != snap.Catalogue() {
		t = k.replace(snap)
	}
	if i, ok := t.at[group]; ok {
		t.counters[i].Add(viewWeight)
	}
}

// replace installs the table of another catalogue, with the weights of the
// medicines that both have.
func (k *viewCounter) replace(snap *shelf.Snapshot) *viewTable {
	k.mu.Lock()
	defer k.mu.Unlock()
	old, c := k.table.Load(), snap.Catalogue()
	if old != nil && old.catalogue == c {
		return old
	}
	t := &viewTable{catalogue: c, at: make(map[string]int32, len(c.Groups)), counters: make([]atomic.Uint64, len(c.Groups))}
	for i := range c.Groups {
		id := c.Groups[i].ID
		t.at[id] = int32(i)
		if old != nil {
			if j, ok := old.at[id]; ok {
				t.counters[i].Store(old.counters[j].Load())
			}
		}
	}
	k.table.Store(t)
	return t
}

// most returns the most viewed medicines, most viewed first and otherwise in the
// order of the catalogue.
func (k *viewCounter) most(snap *shelf.Snapshot) []*catalogue.Group {
	t := k.table.Load()
	if t == nil || t.catalogue != snap.Catalogue() {
		t = k.replace(snap)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.of == t && now.Sub(k.listed) < mostViewedTTL {
		return k.list
	}
	keep := math.Exp2(-float64(now.Sub(k.decayed)) / float64(viewHalfLife))
	type weighed struct {
		at     int
		weight uint64
	}
	var all []weighed
	for i := range t.counters {
		w := t.counters[i].Load()
		if w == 0 {
			continue
		}
		// Subtracting, rather than storing the new weight, keeps views that are
		// counted concurrently.
		if fewer := w - uint64(float64(w)*min(keep, 1)); fewer > 0 {
			t.counters[i].Add(-fewer)
			w -= fewer
		}
		if w >= minWeight {
			all = append(all, weighed{i, w})
		}
	}
	slices.SortStableFunc(all, func(a, b weighed) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	k.list = nil
	for _, w := range all[:min(mostViewedShown, len(all))] {
		k.list = append(k.list, &t.catalogue.Groups[w.at])
	}
	k.decayed, k.listed, k.of = now, now, t
	return k.list
}

// countViews is a middleware that counts the views of a medicine's page, hits
// and misses alike. Prefetches (Sec-Purpose: prefetch) and HEAD requests are not
// views.
func (s *Shop) countViews(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.Header["Sec-Purpose"] == nil {
			s.views.add(s.opts.Medicines.Current(), r.PathValue("group"))
		}
		next(w, r)
	}
}

type viewedItem struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	URL   string `json:"url"`
}

// mostViewed serves /api/looked-at, the medicines most viewed recently, as JSON.
// The script of the home page fetches it: the list changes, and cached pages do
// not.
func (s *Shop) mostViewed(w http.ResponseWriter, r *http.Request) {
	lang := r.URL.Query().Get("lang")
	if _, ok := render.LocaleFor(lang); !ok {
		lang = s.opts.DefaultLanguage
	}
	list := struct {
		Medicines []viewedItem `json:"medicines"`
	}{[]viewedItem{}}
	for _, g := range s.views.most(s.opts.Medicines.Current()) {
		list.Medicines = append(list.Medicines, viewedItem{g.ID, g.Name.In(lang), "/" + lang + medicinePath(g)})
	}
	body, err := json.Marshal(list)
	if err != nil {
		panic(err) // strings always encode
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}
