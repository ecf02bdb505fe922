// Package catalogue defines the data model of a medicine catalogue: plain
// values, and the rules they obey whatever their source. It does no I/O and
// imports no other package of this program.
package catalogue

import (
	"fmt"
	"math"
	"slices"
	"time"
)

// Catalogue is the content of one catalogue file, in the file's order.
type Catalogue struct {
	Updated    time.Time // the file's "updated" member; zero if absent
	Currency   string    // ISO 4217 code of every price; "" if absent
	Categories []Category
	Groups     []Group
}

// Category is a therapeutic class of groups.
type Category struct {
	ID       string
	Name     Text
	Synonyms []string // other search words for its medicines, in any language
}

// Group is a medicine, usually one active ingredient, with the variants it
// is sold as.
type Group struct {
	ID          string
	Category    string // id of a category; "" for none
	ATC         string // of the variants that have no own code; "" when unknown
	Name        Text
	Description Text
	Synonyms    []string // other names of the substance, in any language
	Brands      []string // brand names, in any language; not names of the substance
	// DistinctFrom holds the ids of groups that have similar names but are
	// different medicines. lint.Check does not warn about these pairs.
	DistinctFrom []string
	Leaflet      string // URL; "" for none
	Variants     []Variant
}

// Variant is one strength, form and pack of a group.
type Variant struct {
	ID           string
	Name         Text // zero unless the variant has its own name, as in the legacy file format
	Description  Text
	ATC          string // if it differs from the group's, as of another route; otherwise ""
	Brand        string // "" for a generic
	Form         string // id of a dosage form such as "tablet"; "" when unknown
	Strength     string // such as "2.5 mg/5 ml"; "" when unknown
	Pack         Pack
	Price        Price
	Class        Class
	Expiry       Expiry
	Manufacturer string
	Image        string // path of a picture; "" for none
}

// ATCOf returns the code of a variant of the group: its own or else the group's.
func (g *Group) ATCOf(v *Variant) string {
	if v.ATC != "" {
		return v.ATC
	}
	return g.ATC
}

// ATCs returns the codes of the group's variants, each once, in the order of
// the variants. Those of a group without variants are its own.
func (g *Group) ATCs() []string {
	var codes []string
	add := func(code string) {
		if code != "" && !slices.Contains(codes, code) {
			codes = append(codes, code)
		}
	}
	for i := range g.Variants {
		add(g.ATCOf(&g.Variants[i]))
	}
	if len(g.Variants) == 0 {
		add(g.ATC)
	}
	return codes
}

// Pack is the content of one package of a variant. The zero Pack is unknown.
type Pack struct {
	Amount float64
	Unit   string // a singular word such as "tablet", or "ml" or "g"
}

// Price is what a variant costs, tax included. The zero Price is unknown.
type Price struct {
	Amount Amount
	Known  bool
}

// Class is the sale classification of a variant. The zero Class is
// Prescription, so that a variant without a class cannot be ordered.
type Class uint8

// The classes.
const (
	Prescription Class = iota
	General            // general sale
	Pharmacist         // pharmacist-advised
	Controlled
)

var classNames = [...]string{Prescription: "prescription", General: "general", Pharmacist: "pharmacist", Controlled: "controlled"}

// String returns the class as written in the catalogue file.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// Orderable reports whether medicines of this class may be sold online.
func (c Class) Orderable() bool { return c == General || c == Pharmacist }

// ParseClass parses a class as written in the catalogue file.
func ParseClass(s string) (Class, error) {
	for c, name := range classNames {
		if s == name {
			return Class(c), nil
		}
	}
	return Prescription, fmt.Errorf("unknown class %q: write general, pharmacist, prescription or controlled", s)
}

// Reason is why a variant cannot be ordered.
type Reason string

// The reasons, in order of precedence.
const (
	ReasonNone         Reason = "" // the variant can be ordered
	ReasonControlled   Reason = "controlled"
	ReasonPrescription Reason = "prescription"
	ReasonUnreadable   Reason = "unreadable" // its expiry
	ReasonExpired      Reason = "expired"
	ReasonStrength     Reason = "strength" // it is unclear
	ReasonNoPrice      Reason = "price"
)

// Orderable reports whether the variant may be ordered online on the given
// day. If not, it returns the first reason that applies. A strength is unclear
// if [ReadStrength] does not read it and one of its numbers has two readings,
// as in "400.000 IU".
func (v *Variant) Orderable(day Day) (bool, Reason) {
	switch {
	case v.Class == Controlled:
		return false, ReasonControlled
	case !v.Class.Orderable():
		return false, ReasonPrescription
	case v.Expiry.Unreadable():
		return false, ReasonUnreadable
	case v.Expiry.Expired(day):
		return false, ReasonExpired
	case unclearStrength(v.Strength):
		return false, ReasonStrength
	case !v.Price.Known:
		return false, ReasonNoPrice
	}
	return true, ReasonNone
}

// UnitPrice returns the price of one piece, of 100 ml or of 100 g, rounded to
// a thousandth of the currency unit, and the unit that it applies to, such as
// "tablet" or "100 ml". ok is false if the price or the pack is unknown.
func (v *Variant) UnitPrice() (price Amount, per string, ok bool) {
	exact, kind, ok := v.ExactUnitPrice()
	if !ok {
		return 0, "", false
	}
	per = v.Pack.Unit
	if kind != PerPiece {
		per = "100 " + per
	}
	return Amount(math.Round(exact)), per, true
}

// UnitKind is the basis of a unit price. Only unit prices of the same kind
// are comparable.
type UnitKind uint8

// The kinds of unit prices.
const (
	PerPiece UnitKind = iota
	Per100ml
	Per100g
)

// ExactUnitPrice returns the unit price in thousandths of the currency unit
// before rounding: a tablet in a pack of 1,000 may cost less than one
// thousandth.
func (v *Variant) ExactUnitPrice() (float64, UnitKind, bool) {
	if !v.Price.Known || v.Pack.Amount <= 0 || v.Pack.Unit == "" {
		return 0, 0, false
	}
	each := float64(v.Price.Amount) / v.Pack.Amount
	switch v.Pack.Unit {
	case "ml":
		return each * 100, Per100ml, true
	case "g":
		return each * 100, Per100g, true
	}
	return each, PerPiece, true
}
