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
	// lookedShown is how many medicines the list of most looked-at ones has.
	lookedShown = 6
	// lookWeight is what one view counts. The rest is room for the decay.
	lookWeight = 1 << 16
	// lookedLeast is the weight from which a medicine is listed, so that what
	// one visitor has just looked at is not shown to the next.
	lookedLeast = 5 * lookWeight / 2
	// lookedHalfLife is after how long a view counts half.
	lookedHalfLife = 24 * time.Hour
	// lookedAge is for how long the list is kept as it is.
	lookedAge = 10 * time.Second
)

// looked counts how often the page of each medicine was asked for, in this
// process and without a trace of who asked. What it counts is part of no
// cached page.
type looked struct {
	now   func() time.Time
	table atomic.Pointer[lookTable]

	mu      sync.Mutex // for what follows, and for replacing the table
	decayed time.Time
	listed  time.Time
	of      *lookTable // whose the list is
	list    []*catalogue.Group
}

// lookTable has a counter for each medicine of one catalogue, and never
// another.
type lookTable struct {
	catalogue *catalogue.Catalogue
	at        map[string]int32
	counters  []atomic.Uint64
}

func newLooked(now func() time.Time) *looked { return &looked{now: now, decayed: now()} }

// view counts a view of a medicine. One that the catalogue does not have
// counts nowhere.
func (k *looked) view(snap *shelf.Snapshot, group string) {
	t := k.table.Load()
	if t == nil || t.catalogue != snap.Catalogue() {
		t = k.replace(snap)
	}
	if i, ok := t.at[group]; ok {
		t.counters[i].Add(lookWeight)
	}
}

// replace makes the table of a catalogue and takes over what was counted.
func (k *looked) replace(snap *shelf.Snapshot) *lookTable {
	k.mu.Lock()
	defer k.mu.Unlock()
	old, c := k.table.Load(), snap.Catalogue()
	if old != nil && old.catalogue == c {
		return old
	}
	t := &lookTable{catalogue: c, at: make(map[string]int32, len(c.Groups)), counters: make([]atomic.Uint64, len(c.Groups))}
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

// most are the medicines most looked at, most of all first; those looked at
// alike are in the order of the catalogue.
func (k *looked) most(snap *shelf.Snapshot) []*catalogue.Group {
	t := k.table.Load()
	if t == nil || t.catalogue != snap.Catalogue() {
		t = k.replace(snap)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	now := k.now()
	if k.of == t && now.Sub(k.listed) < lookedAge {
		return k.list
	}
	keep := math.Exp2(-float64(now.Sub(k.decayed)) / float64(lookedHalfLife))
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
		// Views that are counted meanwhile are kept: only a part of what was
		// read is taken off.
		if fewer := w - uint64(float64(w)*min(keep, 1)); fewer > 0 {
			t.counters[i].Add(-fewer)
			w -= fewer
		}
		if w >= lookedLeast {
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
	for _, w := range all[:min(lookedShown, len(all))] {
		k.list = append(k.list, &t.catalogue.Groups[w.at])
	}
	k.decayed, k.listed, k.of = now, now, t
	return k.list
}

// counting counts the views of a medicine's page, of hits and misses alike.
// What fetches ahead of a visitor (Sec-Purpose: prefetch) or asks for the
// header alone is no view, and warming does not come this way.
func (s *Shop) counting(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet && r.Header["Sec-Purpose"] == nil {
			s.looked.view(s.opts.Medicines.Current(), r.PathValue("group"))
		}
		next(w, r)
	}
}

type lookedItem struct {
	Group string `json:"group"`
	Name  string `json:"name"`
	URL   string `json:"url"`
}

// lookedAt answers the medicines that were most looked at lately, without
// numbers. It changes while pages do not, so it is not one of them: the home
// page asks for it.
func (s *Shop) lookedAt(w http.ResponseWriter, r *http.Request) {
	lang := r.URL.Query().Get("lang")
	if _, ok := render.LocaleFor(lang); !ok {
		lang = s.opts.DefaultLanguage
	}
	answer := struct {
		Medicines []lookedItem `json:"medicines"`
	}{[]lookedItem{}}
	for _, g := range s.looked.most(s.opts.Medicines.Current()) {
		answer.Medicines = append(answer.Medicines, lookedItem{g.ID, g.Name.In(lang), "/" + lang + medicinePath(g)})
	}
	body, err := json.Marshal(answer)
	if err != nil {
		panic(err) // plain texts
	}
	h := w.Header()
	h.Set("Cache-Control", "public, max-age=60")
	h.Set("Content-Type", "application/json")
	_, _ = w.Write(append(body, '\n'))
}
