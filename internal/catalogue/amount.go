package catalogue

import (
	"errors"
	"fmt"
	"strings"
)

// Amount is an amount of money in thousandths of the currency's unit:
// 2400 is 2.40. Three places suffice for every currency in use.
type Amount int64

// MaxAmount is the largest valid Amount, one thousand million units.
const MaxAmount Amount = 1_000_000_000 * 1000

// String formats the amount as in the catalogue file, with at least two
// decimals: "2.40", "0.125".
func (a Amount) String() string {
	sign := ""
	if a < 0 {
		sign, a = "-", -a
	}
	if a%10 == 0 {
		return fmt.Sprintf("%s%d.%02d", sign, a/1000, a%1000/10)
	}
	return fmt.Sprintf("%s%d.%03d", sign, a/1000, a%1000)
}

// ParseAmount parses a decimal such as "22.44" exactly. It returns an error
// for a negative amount, more than three decimals other than zeros at the end,
// or an amount above MaxAmount.
func ParseAmount(s string) (Amount, error) {
	if strings.HasPrefix(s, "-") {
		return 0, errors.New("the price is negative: write a positive decimal, or null for an unknown price")
	}
	whole, fraction, point := strings.Cut(s, ".")
	if whole == "" || (point && fraction == "") || !digits(whole) || !digits(fraction) {
		return 0, errors.New("the price is not a decimal: write it as in \"2.40\"")
	}
	if len(strings.TrimRight(fraction, "0")) > 3 {
		return 0, errors.New("the price has more than three decimals: round it")
	}
	var a Amount
	for _, c := range whole {
		if a = a*10 + Amount(c-'0'); a > MaxAmount/1000 {
			return 0, errors.New("the price is above 1,000,000,000: write it in the currency's main unit")
		}
	}
	for i := range 3 {
		a *= 10
		if i < len(fraction) {
			a += Amount(fraction[i] - '0')
		}
	}
	if a > MaxAmount {
		return 0, errors.New("the price is above 1,000,000,000: write it in the currency's main unit")
	}
	return a, nil
}

// ErrZeroPrice is returned for a price of 0, which counts as unknown.
var ErrZeroPrice = errors.New("the price is 0 and counts as unknown")

// ParsePrice parses a price that [ParseAmount] accepts. The error may be
// ErrZeroPrice, with the unknown price.
func ParsePrice(s string) (Price, error) {
	amount, err := ParseAmount(s)
	if err == nil && amount == 0 {
		err = ErrZeroPrice
	}
	if err != nil {
		return Price{}, err
	}
	return Price{Amount: amount, Known: true}, nil
}

func digits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return true
}
