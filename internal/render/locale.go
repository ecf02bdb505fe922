package render

// Isolate is a text whose direction must not mix with its surroundings:
// <bdi dir="{{.Dir}}">{{.Text}}</bdi>.
type Isolate struct{ Text, Dir string }

// Locale formats for one language.
type Locale struct{ code string }

// Languages in the order fa, en, tr, ar.
func Languages() []string { return []string{"fa", "en", "tr", "ar"} }

// LocaleFor finds one.
func LocaleFor(lang string) (*Locale, bool) { return &Locale{lang}, true }

func (l *Locale) Code() string                                   { return l.code }
func (l *Locale) Dir() string                                    { return "ltr" }
func (l *Locale) Name() string                                   { return "" }
func (l *Locale) T(key string, args ...any) string               { return "" }
func (l *Locale) Number(n int) string                            { return "" }
func (l *Locale) Digits(s string) string                         { return "" }
func (l *Locale) Money(thousandths int64, currency string) string { return "" }
func (l *Locale) Strength(s string) Isolate                      { return Isolate{} }
func (l *Locale) Pack(amount float64, unit string) Isolate       { return Isolate{} }
func (l *Locale) Form(id string) string                          { return "" }
func (l *Locale) UnitPrice(thousandths int64, currency, per string) string {
	return ""
}
func (l *Locale) Month(year, month int) string     { return "" }
func (l *Locale) Date(year, month, day int) string { return "" }
func (l *Locale) Expiry(year, month, day int, monthOnly bool) string {
	return ""
}
func (l *Locale) Compare() func(a, b string) int { return func(a, b string) int { return 0 } }

// FormNames of a form in all languages.
func FormNames(id string) []string { return nil }

// FormIcon is the icon family of a form.
func FormIcon(id string) string { return "other" }
