package render

import (
	"math"
	"strconv"
	"strings"
	"testing"
)

func locale(t testing.TB, lang string) *Locale {
	t.Helper()
	l, ok := LocaleFor(lang)
	if !ok {
		t.Fatalf("no locale %q", lang)
	}
	return l
}

// plain shows no-break spaces as "_", to make tables readable.
func plain(s string) string { return strings.ReplaceAll(s, noBreak, "_") }

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		n              int
		fa, en, tr, ar string
	}{
		{0, "۰", "0", "0", "0"},
		{7, "۷", "7", "7", "7"},
		{999, "۹۹۹", "999", "999", "999"},
		{1000, "۱٬۰۰۰", "1,000", "1.000", "1,000"},
		{123456, "۱۲۳٬۴۵۶", "123,456", "123.456", "123,456"},
		{1234567890, "۱٬۲۳۴٬۵۶۷٬۸۹۰", "1,234,567,890", "1.234.567.890", "1,234,567,890"},
		{-12, "-۱۲", "-12", "-12", "-12"},
		{-1234, "-۱٬۲۳۴", "-1,234", "-1.234", "-1,234"},
	} {
		for lang, want := range map[string]string{"fa": c.fa, "en": c.en, "tr": c.tr, "ar": c.ar} {
			if got := locale(t, lang).Number(c.n); got != want {
				t.Errorf("%s: Number(%d) = %q, want %q", lang, c.n, got, want)
			}
		}
	}
}

func TestDigits(t *testing.T) {
	const s = "2027-08, B12 ۳"
	for lang, want := range map[string]string{"fa": "۲۰۲۷-۰۸, B۱۲ ۳", "en": s, "tr": s, "ar": s} {
		if got := locale(t, lang).Digits(s); got != want {
			t.Errorf("%s: %q, want %q", lang, got, want)
		}
	}
}

func TestMoney(t *testing.T) {
	for _, c := range []struct {
		thousandths    int64
		code           string
		fa, en, tr, ar string
	}{
		{2400, "EUR", "۲٫۴۰_یورو", "€2.40", "2,40_€", "2.40_يورو"},
		{1234567, "EUR", "۱٬۲۳۴٫۵۷_یورو", "€1,234.57", "1.234,57_€", "1,234.57_يورو"},
		{2404, "EUR", "۲٫۴۰_یورو", "€2.40", "2,40_€", "2.40_يورو"},
		{2405, "EUR", "۲٫۴۱_یورو", "€2.41", "2,41_€", "2.41_يورو"},
		{5, "EUR", "۰٫۰۱_یورو", "€0.01", "0,01_€", "0.01_يورو"},
		{0, "EUR", "۰٫۰۰_یورو", "€0.00", "0,00_€", "0.00_يورو"},
		{1250000000, "IRR", "۱٬۲۵۰٬۰۰۰_ریال", "IRR_1,250,000", "1.250.000_IRR", "1,250,000_ريال إيراني"},
		{1499, "IRR", "۱_ریال", "IRR_1", "1_IRR", "1_ريال إيراني"}, // rounded once, not digit by digit
		{2445, "JPY", "۲_JPY", "2_JPY", "2_JPY", "2_JPY"},
		{89900, "TRY", "۸۹٫۹۰_لیر ترکیه", "TRY_89.90", "89,90_₺", "89.90_ليرة تركية"},
		{9000, "USD", "۹٫۰۰_دلار آمریکا", "$9.00", "9,00_$", "9.00_دولار أمريكي"},
		{9000, "GBP", "۹٫۰۰_پوند بریتانیا", "£9.00", "9,00_£", "9.00_جنيه إسترليني"},
		{9000, "AED", "۹٫۰۰_درهم امارات", "AED_9.00", "9,00_AED", "9.00_درهم إماراتي"},
		{9000, "SAR", "۹٫۰۰_ریال سعودی", "SAR_9.00", "9,00_SAR", "9.00_ريال سعودي"},
		{1234, "KWD", "۱٫۲۳۴_دینار کویت", "KWD_1.234", "1,234_KWD", "1.234_دينار كويتي"},
		{2400, "XXX", "۲٫۴۰_XXX", "2.40_XXX", "2,40_XXX", "2.40_XXX"},
		{2400, "", "۲٫۴۰", "2.40", "2,40", "2.40"},
	} {
		for lang, want := range map[string]string{"fa": c.fa, "en": c.en, "tr": c.tr, "ar": c.ar} {
			if got := plain(locale(t, lang).Money(c.thousandths, c.code)); got != want {
				t.Errorf("%s: Money(%d, %q) = %q, want %q", lang, c.thousandths, c.code, got, want)
			}
		}
	}
}

func TestUnitPrice(t *testing.T) {
	for _, c := range []struct {
		thousandths    int64
		per            string
		fa, en, tr, ar string
	}{
		{120, "tablet", "۰٫۱۲_یورو برای هر قرص", "€0.12 per tablet", "tablet başına 0,12_€", "0.12_يورو لكل قرص"},
		{120, "tablets", "۰٫۱۲_یورو برای هر قرص", "€0.12 per tablet", "tablet başına 0,12_€", "0.12_يورو لكل قرص"},
		{1200, "100 ml", "۱٫۲۰_یورو برای هر ۱۰۰_میلی\u200cلیتر", "€1.20 per 100_ml", "100_ml başına 1,20_€", "1.20_يورو لكل 100_مل"},
		{1200, "100 g", "۱٫۲۰_یورو برای هر ۱۰۰_گرم", "€1.20 per 100_g", "100_g başına 1,20_€", "1.20_يورو لكل 100_غ"},
		{4, "dose", "۰٫۰۰۴_یورو برای هر دوز", "€0.004 per dose", "doz başına 0,004_€", "0.004_يورو لكل جرعة"},
		{5, "dose", "۰٫۰۱_یورو برای هر دوز", "€0.01 per dose", "doz başına 0,01_€", "0.01_يورو لكل جرعة"},
		{120, "wafer", "۰٫۱۲_یورو برای هر \u2068wafer\u2069", "€0.12 per wafer", "wafer başına 0,12_€", "0.12_يورو لكل \u2068wafer\u2069"},
	} {
		for lang, want := range map[string]string{"fa": c.fa, "en": c.en, "tr": c.tr, "ar": c.ar} {
			if got := plain(locale(t, lang).UnitPrice(c.thousandths, "EUR", c.per)); got != want {
				t.Errorf("%s: UnitPrice(%d, %q) = %q, want %q", lang, c.thousandths, c.per, got, want)
			}
		}
	}
}

// For any amount, decimal returns a number within half a unit in the last place.
func FuzzDecimal(f *testing.F) {
	for _, n := range []int64{0, 1, -1, 4, 5, 499, 500, -2405, 999_999, math.MaxInt64, math.MinInt64} {
		f.Add(n, 0)
		f.Add(n, 2)
		f.Add(n, 3)
	}
	f.Fuzz(func(t *testing.T, n int64, decimals int) {
		if decimals < 0 || decimals > 3 {
			t.Skip()
		}
		s := decimal(n, decimals)
		_, fraction, _ := strings.Cut(s, ".")
		if len(fraction) != decimals {
			t.Fatalf("decimal(%d, %d) = %q", n, decimals, s)
		}
		if n > 1<<50 || n < -1<<50 {
			return // beyond the exact range of float64
		}
		v, err := strconv.ParseFloat(s, 64)
		if off := math.Abs(v*1000 - float64(n)); err != nil || off > 500/math.Pow10(decimals)+0.01 {
			t.Fatalf("decimal(%d, %d) = %q: %v, off by %v thousandths", n, decimals, s, err, off)
		}
	})
}
