package storefront

import (
	"strings"
	"unicode/utf8"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/render"
)

// Choice holds the variants and categories that stand for all of a catalogue: its
// extremes, such as the most variants or the longest name, and one of each state
// of its data, such as a class of sale, a missing price or an unreadable expiry.
// Their number is bounded.
type Choice struct {
	places     *chosen[place]
	categories *chosen[*catalogue.Category]
	groups     map[*catalogue.Group]bool

	ofGroups, ofVariants states
	readable             map[string]bool // strengths
}

// Choose returns the choice from a catalogue on a day, always the same one. It
// reads the whole catalogue.
func Choose(cat *catalogue.Catalogue, day catalogue.Day) *Choice {
	c := &Choice{
		places: newChosen[place](), categories: newChosen[*catalogue.Category](), groups: map[*catalogue.Group]bool{},
		ofGroups: states{together: map[uint64]bool{}}, ofVariants: states{together: map[uint64]bool{}}, readable: map[string]bool{},
	}
	count := map[string]int{}
	for i := range cat.Groups {
		c.group(&cat.Groups[i], day)
		count[cat.Groups[i].Category] += len(cat.Groups[i].Variants)
	}
	for i := range cat.Categories {
		c.category(&cat.Categories[i], count[cat.Categories[i].ID])
	}
	c.categories.finish()
	c.places.finish()
	for _, p := range c.places.list {
		c.groups[p.group] = true
	}
	return c
}

// Has reports whether some variant of a medicine is chosen.
func (c *Choice) Has(g *catalogue.Group) bool { return c.groups[g] }

// place is a variant of a medicine, or a medicine without variants.
type place struct {
	group   *catalogue.Group
	variant int // index in group.Variants; -1 if there are none
}

func (c *Choice) category(category *catalogue.Category, variants int) {
	c.categories.most("variants", variants, category)
	if variants == 0 {
		c.categories.first("empty", "", category)
	}
	c.categories.longest("name", category.Name, category)
}

func (c *Choice) group(g *catalogue.Group, day catalogue.Day) {
	first := place{g, min(0, len(g.Variants)-1)}
	sets, codes := len(g.Equivalents(day)), len(g.ATCs())
	if c.ofGroups.see(
		g.Category != "", codes > 0, codes > 1, g.Leaflet != "", len(g.Synonyms) > 0, len(g.Brands) > 0, !g.Description.IsZero(),
		len(g.Variants) > 0, len(g.Variants) > rowsPerTable, sets > 0,
		g.Name.Has("en"), g.Name.Has("fa"), g.Name.Has("tr"), g.Name.Has("ar"),
	) {
		c.places.add(first)
	}
	c.places.most("variants", len(g.Variants), first)
	c.places.most("equivalents", sets, first)
	c.places.most("codes", codes, first)
	c.places.longest("name", g.Name, first)
	c.places.longest("description", g.Description, first)
	c.places.most("synonyms", len(g.Synonyms), first)
	c.places.most("brands", len(g.Brands), first)
	c.places.most("a synonym", longestOf(g.Synonyms), first)
	c.places.most("a brand", longestOf(g.Brands), first)
	c.places.most("code", longestOf(g.ATCs()), first)
	c.places.most("id", len(g.ID), first)
	c.places.most("leaflet", len(g.Leaflet), first)
	for i := range g.Variants {
		c.variant(place{g, i}, day)
	}
}

func (c *Choice) variant(p place, day catalogue.Day) {
	v := &p.group.Variants[p.variant]
	readable, known := c.readable[v.Strength]
	if !known {
		_, err := catalogue.ReadStrength(v.Strength)
		readable = err == nil
		c.readable[v.Strength] = readable
	}
	_, reason := v.Orderable(day)
	_, _, unitPrice := v.UnitPrice()
	left, dated := v.Expiry.DaysLeft(day)
	if c.ofVariants.see(
		v.Class == catalogue.General, v.Class == catalogue.Pharmacist, v.Class == catalogue.Prescription, v.Class == catalogue.Controlled,
		reason == catalogue.ReasonNone, reason == catalogue.ReasonUnreadable, reason == catalogue.ReasonExpired,
		reason == catalogue.ReasonStrength, reason == catalogue.ReasonNoPrice,
		v.Price.Known, v.Price.Amount > 0, unitPrice, v.Pack.Unit != "", v.Pack.Amount > 0,
		v.Form != "", v.Strength != "", readable, strings.Contains(v.Strength, "/"), v.Brand != "", v.Manufacturer != "",
		!v.Name.IsZero(), !v.Description.IsZero(), v.Image != "",
		dated, dated && left < 0, dated && left <= shortDated, v.Expiry.Text() != "", v.Expiry.MonthOnly(), v.Expiry.SolarHijri(),
		p.variant >= rowsPerTable,
	) {
		c.places.add(p)
	}
	c.places.first("icon", render.FormIcon(v.Form), p)
	if unit := v.Pack.Unit; render.KnownUnit(unit) {
		c.places.first("unit", unit, p)
	} else if unit != "" {
		c.places.first("unknown unit", "", p)
	}
	if !v.Name.IsZero() {
		c.places.longest("own name", v.Name, p)
	}
	if !v.Description.IsZero() {
		c.places.longest("own description", v.Description, p)
	}
	for _, text := range [...]struct{ of, is string }{
		{"brand", v.Brand}, {"manufacturer", v.Manufacturer}, {"strength", v.Strength}, {"form", v.Form}, {"pack", v.Pack.Unit}, {"own id", v.ID},
		{"image", v.Image}, {"own code", v.ATC},
	} {
		c.places.most(text.of, utf8.RuneCountInString(text.is), p)
	}
	c.places.most("price", int(v.Price.Amount), p)
	c.places.most("amount", int(v.Pack.Amount), p)
}

// longestOf returns the length of the longest text.
func longestOf(texts []string) int {
	n := 0
	for _, text := range texts {
		n = max(n, utf8.RuneCountInString(text))
	}
	return n
}

// maxTogether is the maximum number of combinations of states that are told apart.
const maxTogether = 150

// states records which states have been seen, up to 64 of them.
type states struct {
	with, without uint64 // those that held once, and those that did not
	together      map[uint64]bool
}

// see records which states hold, and reports whether one of them is new, or has
// not failed to hold before, or all of them together are new.
func (s *states) see(hold ...bool) bool {
	var all uint64
	for i, holds := range hold {
		if holds {
			all |= 1 << i
		}
	}
	isNew := all&^s.with != 0 || ^all&^s.without != 0
	s.with, s.without = s.with|all, s.without|^all
	if !s.together[all] && len(s.together) < maxTogether {
		s.together[all], isNew = true, true
	}
	return isNew
}

// chosen is a list of what was chosen, in order and without repetition.
type chosen[T comparable] struct {
	list     []T
	known    map[T]bool
	shown    map[[2]string]bool    // kinds and values of first
	kinds    []string              // of extremes, in order of appearance
	extremes map[string]extreme[T] // by kind
}

// extreme is that of which there is most, and how much.
type extreme[T any] struct {
	of T
	n  int
}

func newChosen[T comparable]() *chosen[T] {
	return &chosen[T]{known: map[T]bool{}, shown: map[[2]string]bool{}, extremes: map[string]extreme[T]{}}
}

func (c *chosen[T]) add(t T) {
	if !c.known[t] {
		c.known[t] = true
		c.list = append(c.list, t)
	}
}

// first chooses t if it is the first of a kind with this value.
func (c *chosen[T]) first(kind, value string, t T) {
	if key := [2]string{kind, value}; !c.shown[key] {
		c.shown[key] = true
		c.add(t)
	}
}

// most makes finish choose t unless n is higher for another t of the kind, or as
// high for an earlier one.
func (c *chosen[T]) most(kind string, n int, t T) {
	known, found := c.extremes[kind]
	if !found {
		c.kinds = append(c.kinds, kind)
	}
	if !found || n > known.n {
		c.extremes[kind] = extreme[T]{t, n}
	}
}

// longest is like most, for the length of a text in each language.
func (c *chosen[T]) longest(kind string, text catalogue.Text, t T) {
	for _, lang := range catalogue.Languages {
		c.most(kind+" "+lang, utf8.RuneCountInString(text.In(lang)), t)
	}
}

// finish chooses the extremes.
func (c *chosen[T]) finish() {
	for _, kind := range c.kinds {
		c.add(c.extremes[kind].of)
	}
}
