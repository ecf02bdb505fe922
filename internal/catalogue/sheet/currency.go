package sheet

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/text/currency"
)

// currencySigns are the signs and names of currencies in number formats, with
// the codes that each may stand for.
var currencySigns = map[string]string{
	"€": "EUR", "£": "GBP EGP LBP SYP", "₺": "TRY", "TL": "TRY",
	"﷼": "IRR SAR QAR OMR YER", "ریال": "IRR", "ريال": "IRR SAR QAR OMR YER", // the latter also with the Arabic yeh of old Persian texts
	"$": "USD AUD CAD NZD SGD HKD TWD ARS CLP COP MXN", "US$": "USD", "A$": "AUD", "AU$": "AUD", "C$": "CAD", "CA$": "CAD", "R$": "BRL",
	"¥": "JPY CNY", "₹": "INR", "Rs": "INR PKR LKR NPR", "₽": "RUB", "₴": "UAH", "₾": "GEL", "₼": "AZN", "₸": "KZT", "֏": "AMD", "₪": "ILS",
	"₩": "KRW", "؋": "AFN", "₫": "VND", "฿": "THB", "₦": "NGN", "₱": "PHP", "৳": "BDT", "Fr": "CHF", "SFr": "CHF",
	"kr": "SEK NOK DKK ISK", "Kč": "CZK", "zł": "PLN", "Ft": "HUF", "lei": "RON MDL", "лв": "BGN",
	"درهم": "AED MAD", "دينار": "IQD KWD JOD BHD DZD LYD TND", "دینار": "IQD KWD JOD BHD DZD LYD TND", "ليرة": "LBP SYP TRY", "جنيه": "EGP SDG",
	"د.إ": "AED", "ر.س": "SAR", "ر.ق": "QAR", "ر.ع": "OMR", "ر.ي": "YER", "د.ك": "KWD", "د.ع": "IQD", "د.ب": "BHD", "د.أ": "JOD", "د.ا": "JOD",
	"ج.م": "EGP", "ل.ل": "LBP", "ل.س": "SYP", "د.م": "MAD", "د.ت": "TND", "د.ج": "DZD", "د.ل": "LYD",
}

// currenciesShown returns the codes that the text before and after a number may
// stand for, separated by spaces, or "" if it is not only a currency.
func currenciesShown(before, after string) string {
	codes := currenciesOf(before)
	switch other := currenciesOf(after); {
	case before == "":
		return other
	case after == "":
		return codes
	default:
		return inBoth(codes, other)
	}
}

// currenciesOf returns the codes that a sign or name may stand for, or that it is
// itself.
func currenciesOf(sign string) string {
	sign = strings.TrimFunc(sign, func(r rune) bool { return r == '.' || unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) })
	if codes := currencySigns[sign]; codes != "" {
		return codes
	}
	if _, err := currency.ParseISO(sign); err == nil && sign == strings.ToUpper(sign) {
		return sign
	}
	return ""
}

// isTenfold reports whether the text beside a number is an amount of ten rials.
func isTenfold(text string) bool {
	return slices.Contains([]string{"تومان", "تومن", "toman", "tomans"}, strings.ToLower(text))
}

// inBoth returns the codes that are in both of two lists.
func inBoth(a, b string) string {
	codes := strings.Fields(a)
	return strings.Join(slices.DeleteFunc(codes, func(code string) bool { return !slices.Contains(strings.Fields(b), code) }), " ")
}

// checkCurrencies checks that the prices of a workbook are shown in the currency
// of the catalogue or, if it has none, in one.
func (m *merge) checkCurrencies(rows []row, currency string) {
	defer func() { m.row = row{} }()
	first := row{}
	for _, r := range rows {
		for i, c := range r.cells[:min(len(r.cells), len(m.columns))] {
			if f := m.columns[i].field; c.currencies == "" || f == nil || f.numbers != prices {
				continue
			}
			common := c.currencies
			if currency != "" {
				common = inBoth(currency, c.currencies)
			}
			m.row = r
			shown := c.currencies
			if strings.Contains(shown, " ") {
				shown = "one of " + strings.ReplaceAll(shown, " ", ", ")
			}
			switch {
			case common != "":
				if currency == "" || len(common) < len(currency) {
					first = r
				}
				currency = common
			case first.number != 0:
				m.repeat("currency of price", i, "%q: the format of the cell shows %s but that of row %d %s: use one currency", c.text, shown, first.number, strings.ReplaceAll(currency, " ", ", "))
			default:
				m.repeat("currency of price", i, "%q: the format of the cell shows %s but other prices are in %s: use one currency", c.text, shown, currency)
			}
		}
	}
}
