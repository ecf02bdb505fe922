// Package catalogue says what a medicine is: plain values, and the rules that
// they keep wherever they come from. It reads no file and imports nothing of
// this program.
package catalogue

import (
	"fmt"
	"math"
	"time"
)

// Catalogue is the content of one catalogue file, in the file's order.
type Catalogue struct {
	Updated    time.Time // what the file claims; zero when it does not say
	Currency   string    // ISO 4217 code of every price; "" when the file does not say
	Categories []Category
	Groups     []Group
}

// Category is a therapeutic class of groups.
type Category struct {
	ID       string
	Name     Text
	Synonyms []string // other words, in any language, by which its medicines are found
}

// Group is a medicine, usually one active ingredient, with the variants in
// which it is sold.
type Group struct {
	ID          string
	Category    string // id of a category; "" for none
	ATC         string // "" when unknown
	Name        Text
	Description Text
	Synonyms    []string // other names in any language
	// DistinctFrom has the ids of groups whose names look like this one's
	// and which are other medicines: Check does not warn of these pairs.
	DistinctFrom []string
	Leaflet      string // address; "" for none
	Variants     []Variant
}

// Variant is one strength, form and pack of a group.
type Variant struct {
	ID           string
	Name         Text // empty unless the variant has a name of its own, as in the replaced application's file
	Description  Text
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

// Pack says how much of a variant is sold at once. The zero Pack is unknown.
type Pack struct {
	Amount float64
	Unit   string // a singular word such as "tablet", or "ml" or "g"
}

// Price is what a variant costs, tax included. The zero Price is unknown.
type Price struct {
	Amount Amount
	Known  bool
}

// Class says how a variant may be sold. The zero Class is Prescription, so
// that a variant of which nothing is known cannot be ordered.
type Class uint8

// The classes.
const (
	Prescription Class = iota
	General            // general sale
	Pharmacist         // pharmacist-advised
	Controlled
)

var classNames = [...]string{Prescription: "prescription", General: "general", Pharmacist: "pharmacist", Controlled: "controlled"}

// String returns the class as it stands in the catalogue file.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return fmt.Sprintf("Class(%d)", uint8(c))
}

// Orderable reports whether medicines of this class may be sold online.
func (c Class) Orderable() bool { return c == General || c == Pharmacist }

// ParseClass reads a class as it stands in the catalogue file.
func ParseClass(s string) (Class, error) {
	for c, name := range classNames {
		if s == name {
			return Class(c), nil
		}
	}
	return Prescription, fmt.Errorf("unknown class %q: write general, pharmacist, prescription or controlled", s)
}

// Reason says why a variant cannot be ordered.
type Reason string

// The reasons, in the order in which they are given when several hold.
const (
	ReasonNone         Reason = "" // it can
	ReasonControlled   Reason = "controlled"
	ReasonPrescription Reason = "prescription"
	ReasonExpired      Reason = "expired"
	ReasonNoPrice      Reason = "price"
)

// Orderable reports whether the variant may be ordered online on a day, and
// if not, why.
func (v *Variant) Orderable(day Day) (bool, Reason) {
	switch {
	case v.Class == Controlled:
		return false, ReasonControlled
	case !v.Class.Orderable():
		return false, ReasonPrescription
	case v.Expiry.Expired(day):
		return false, ReasonExpired
	case !v.Price.Known:
		return false, ReasonNoPrice
	}
	return true, ReasonNone
}

// UnitPrice returns the price of one piece ("tablet", "dose", …), of 100 ml
// or of 100 g, rounded to a thousandth of the currency unit, and what it is
// the price of. It is false when the price or the pack is unknown.
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

// UnitKind groups unit prices that can be compared.
type UnitKind uint8

// The kinds of unit prices.
const (
	PerPiece UnitKind = iota
	Per100ml
	Per100g
)

// ExactUnitPrice is UnitPrice in thousandths before rounding: of a pack of 1,000
// a tablet may cost less than one.
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
