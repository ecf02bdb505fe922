// Package cart implements a visitor's basket: lines, limits and totals. It
// performs no I/O.
package cart

import (
	"errors"
	"fmt"
	"slices"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/shelf"
)

const (
	// MaxPerIngredient is the maximum number of packs in a basket that contain
	// the same active ingredient, across all medicines and variants.
	MaxPerIngredient = 10
	// MaxLines is the maximum number of different variants in a basket.
	MaxLines = 50
)

// Line is a quantity of packs of one variant. It holds no name, because a
// basket may be shown in any language.
type Line struct {
	Variant  string
	Quantity int
	// Seen is the price that the visitor last saw. A different current price
	// is pointed out.
	Seen catalogue.Amount
}

// Cart is a basket. Its lines are in the order in which they were added. The
// zero value is an empty basket. Methods do not modify the receiver but return
// a new Cart.
type Cart struct{ Lines []Line }

// Errors of Add and Set, beside *LimitError.
var (
	ErrUnknown  = errors.New("cart: unknown variant")
	ErrRefused  = errors.New("cart: variant may not be ordered online")
	ErrQuantity = errors.New("cart: invalid quantity")
	ErrFull     = fmt.Errorf("cart: more than %d different variants", MaxLines)
)

// LimitError is the error of Add and Set if the basket would exceed
// MaxPerIngredient.
type LimitError struct {
	Ingredient string // in the form of catalogue.Group.Ingredients
}

func (e *LimitError) Error() string {
	return fmt.Sprintf("cart: more than %d packs with %s", MaxPerIngredient, e.Ingredient)
}

// Count returns the number of packs in the basket.
func (c Cart) Count() int {
	n := 0
	for _, l := range c.Lines {
		n += l.Quantity
	}
	return n
}

// Add adds quantity packs of a variant, which must be one or more. It returns an
// unchanged basket and one of this package's errors if that is not allowed.
func (c Cart) Add(s *shelf.Snapshot, variant string, quantity int) (Cart, error) {
	have := 0
	if i := c.index(variant); i >= 0 {
		have = c.Lines[i].Quantity
	}
	if quantity < 1 {
		have = 0 // makes Set return ErrQuantity
	}
	return c.Set(s, variant, have+min(quantity, MaxPerIngredient+1))
}

// Set sets the quantity of a variant, which must be one or more, and adds a line
// if there is none. A reduction is allowed even if the basket exceeds
// MaxPerIngredient. Set returns an unchanged basket and one of this package's
// errors if the change is not allowed.
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

// holds returns the number of packs that contain an active ingredient, except
// those of the variant but.
func (c Cart) holds(s *shelf.Snapshot, ingredient, but string) int {
	n := 0
	for _, l := range c.Lines {
		if ref, ok := s.Variant(l.Variant); ok && l.Variant != but && slices.Contains(ref.Group.Ingredients(), ingredient) {
			n += l.Quantity
		}
	}
	return n
}

// Remove removes the line of a variant, if there is one.
func (c Cart) Remove(variant string) Cart {
	return Cart{slices.DeleteFunc(slices.Clone(c.Lines), func(l Line) bool { return l.Variant == variant })}
}

// index returns the index of the line of a variant, or -1.
func (c Cart) index(variant string) int {
	return slices.IndexFunc(c.Lines, func(l Line) bool { return l.Variant == variant })
}

// Problem is the reason why a line needs the visitor's attention.
type Problem uint8

// The problems of a line.
const (
	NoProblem    Problem = iota
	Gone                 // the variant is no longer in the catalogue
	Refused              // the variant may no longer be ordered online
	PriceChanged         // the price differs from the one last seen
)

// Priced is a line with its current price.
type Priced struct {
	Line
	Ref     shelf.Ref        // zero if Problem is Gone
	Reason  catalogue.Reason // why it may not be ordered, if Problem is Refused
	Problem Problem
	Total   catalogue.Amount // 0 if it may not be ordered
}

// Price returns the lines with their current prices, and the total of those that
// may be ordered.
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

// Acknowledge records the current prices as seen and reports whether any has
// changed. It skips lines that may not be ordered, because their prices are not
// shown.
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
