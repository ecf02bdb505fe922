// Package cart computes a visitor's basket: lines, limits and totals. It
// does no input or output.
package cart

import (
	"errors"
	"slices"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/shelf"
)

const (
	// MaxPerIngredient is how many packs with one active ingredient a basket
	// may hold, over all medicines that contain it and all their variants.
	MaxPerIngredient = 10
	// MaxLines is how many different variants a basket may hold.
	MaxLines = 50
)

// Line is so many packs of a variant. It holds no name: that is the
// catalogue's, in whatever language the basket is shown.
type Line struct {
	Variant  string
	Quantity int
	// Seen is the price when the visitor last saw the line, so that a change
	// can be announced.
	Seen catalogue.Amount
}

// Cart is a basket: lines in the order in which they were added. The zero
// value is an empty one. Its methods return a new Cart and leave the old one
// as it was.
type Cart struct{ Lines []Line }

// The reasons for which a change is refused.
var (
	ErrUnknown  = errors.New("cart: no such variant")
	ErrRefused  = errors.New("cart: the variant may not be ordered online")
	ErrQuantity = errors.New("cart: not a quantity that can be ordered")
	ErrLimit    = errors.New("cart: more packs with one active ingredient than a basket may hold")
	ErrFull     = errors.New("cart: more different products than a basket may hold")
)

// LimitError is the ErrLimit of an active ingredient.
type LimitError struct{ Ingredient string } // as catalogue.Group.Ingredients gives it

func (e *LimitError) Error() string { return ErrLimit.Error() + ": " + e.Ingredient }

// Unwrap returns ErrLimit.
func (e *LimitError) Unwrap() error { return ErrLimit }

// Count returns the number of packs.
func (c Cart) Count() int {
	n := 0
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// Add puts quantity packs of a variant into the basket. The error is one of
// this package's; the basket is then unchanged.
func (c Cart) Add(s *shelf.Snapshot, variant string, quantity int) (Cart, error) {
	have := 0
	if i := c.index(variant); i >= 0 {
		have = c.Lines[i].Quantity
	}
	if quantity < 1 {
		have = 0 // nothing to add is no quantity, whatever is there
	}
	return c.Set(s, variant, have+min(quantity, MaxPerIngredient+1))
}

// Set makes the line of a variant hold quantity packs, which must be one or
// more. Fewer packs than before are always accepted. The error is one of this
// package's; the basket is then unchanged.
func (c Cart) Set(s *shelf.Snapshot, variant string, quantity int) (Cart, error) {
	ref, ok := s.Variant(variant)
	if !ok {
		return c, ErrUnknown
	}
	if ok, _ := ref.Variant.Orderable(s.Day()); !ok {
		return c, ErrRefused
	}
	if quantity < 1 {
		return c, ErrQuantity
	}
	i := c.index(variant)
	if i < 0 || quantity > c.Lines[i].Quantity {
		for _, ingredient := range ref.Group.Ingredients() {
			if quantity > MaxPerIngredient-c.holds(s, ingredient, variant) {
				return c, &LimitError{ingredient}
			}
		}
	}
	lines := slices.Clone(c.Lines)
	line := Line{Variant: variant, Quantity: quantity, Seen: ref.Variant.Price.Amount}
	if i >= 0 {
		lines[i] = line
	} else if len(lines) >= MaxLines {
		return c, ErrFull
	} else {
		lines = append(lines, line)
	}
	return Cart{lines}, nil
}

// holds counts the packs with an active ingredient, but for those of one
// variant.
func (c Cart) holds(s *shelf.Snapshot, ingredient, but string) int {
	n := 0
	for _, l := range c.Lines {
		if ref, ok := s.Variant(l.Variant); ok && l.Variant != but && slices.Contains(ref.Group.Ingredients(), ingredient) {
			n += l.Quantity
		}
	}
	return n
}

// Remove takes the line of a variant out, whether or not it is there.
func (c Cart) Remove(variant string) Cart {
	return Cart{slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return l.Variant == variant })}
}

func (c Cart) index(variant string) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.Variant == variant })
}

// Problem says why a line of a basket needs the visitor's attention.
type Problem uint8

// The problems of a line.
const (
	NoProblem    Problem = iota
	Gone                 // the catalogue no longer has the variant
	Refused              // it may no longer be ordered online
	PriceChanged         // it can be ordered, at another price than last seen
)

// Priced is a line as the catalogue has it now.
type Priced struct {
	Line
	Ref     shelf.Ref // zero when the variant is gone
	Reason  catalogue.Reason
	Problem Problem
	Total   catalogue.Amount // 0 when it cannot be ordered
}

// Price looks every line up. The total counts what can be ordered.
func (c Cart) Price(s *shelf.Snapshot) (lines []Priced, total catalogue.Amount) {
	for _, l := range c.Lines {
		p := Priced{Line: l}
		ref, ok := s.Variant(l.Variant)
		switch {
		case !ok:
			p.Problem = Gone
		default:
			p.Ref = ref
			orderable, reason := ref.Variant.Orderable(s.Day())
			if !orderable {
				p.Problem, p.Reason = Refused, reason
				break
			}
			p.Total = ref.Variant.Price.Amount * catalogue.Amount(l.Quantity)
			if ref.Variant.Price.Amount != l.Seen {
				p.Problem = PriceChanged
			}
		}
		total += p.Total
		lines = append(lines, p)
	}
	return lines, total
}

// Acknowledge records the present prices as seen, of what can be ordered: a
// price that nobody was shown is still to be announced.
func (c Cart) Acknowledge(s *shelf.Snapshot) (_ Cart, changed bool) {
	lines := slices.Clone(c.Lines)
	for i, l := range lines {
		if ref, ok := s.Variant(l.Variant); ok && ref.Variant.Price.Amount != l.Seen {
			if orderable, _ := ref.Variant.Orderable(s.Day()); !orderable {
				continue
			}
			lines[i].Seen = ref.Variant.Price.Amount
			changed = true
		}
	}
	return Cart{lines}, changed
}
