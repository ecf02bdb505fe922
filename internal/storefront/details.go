package storefront

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pharmacy/internal/render"
)

// Details describes the pharmacy that runs the site, as configured by the
// operator. Pages omit empty fields. Pages show the details, so they must be part
// of the build.
type Details struct {
	Name       Texts
	Address    Texts
	Pharmacist Texts
	Licence    Texts
	Authority  Texts // supervising authority, with its contact details
	LicenceURL string
	Telephone  string // as shown, such as "+90 212 000 00 00"
	Email      string
	Hours      Hours
}

// Texts maps language codes to a text. The text under "" is for every other
// language.
type Texts map[string]string

// In returns the text in lang. If there is none, it falls back to the text under
// "", then to English, then to the first language with a text. It returns "" if
// t is empty.
func (t Texts) In(lang string) string {
	for _, code := range append([]string{lang, "", "en"}, render.Languages()...) {
		if text := t[code]; text != "" {
			return text
		}
	}
	return ""
}

// weekdays are the two-letter day codes of schema.org, from Monday as in ISO
// 8601.
var weekdays = []string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}

// Hours are opening hours, in the order of the configuration.
type Hours []Opening

// Opening is a set of days with the same opening times.
type Opening struct {
	Days  []DayRange
	Times []TimeRange
}

// DayRange is an inclusive range of weekdays, 0 for Monday. It may wrap around
// the end of the week, as in Saturday to Thursday.
type DayRange struct{ From, To int }

// TimeRange is a range of times of day, such as "09:00" to "24:00".
type TimeRange struct{ From, To string }

// ParseHours parses opening hours in the format of schema.org's openingHours,
// separated by semicolons: "Mo-Fr 09:00-13:00,14:00-19:00; Sa 10:00-14:00".
// It returns an error that quotes the invalid part, or names a day on which
// hours overlap.
func ParseHours(s string) (Hours, error) {
	var hours Hours
	var open [7][]TimeRange
	for part := range strings.SplitSeq(s, ";") {
		fields := strings.Fields(part)
		if len(fields) != 2 {
			return nil, fmt.Errorf("invalid hours %q: want days and times, such as Mo-Fr 09:00-19:00", strings.TrimSpace(part))
		}
		var o Opening
		for text := range strings.SplitSeq(fields[1], ",") {
			r, ok := parseTimes(text)
			if !ok {
				return nil, fmt.Errorf("invalid time range %q: want HH:MM-HH:MM, such as 09:00-19:00 (24:00 is the end of a day)", text)
			}
			o.Times = append(o.Times, r)
		}
		for text := range strings.SplitSeq(fields[0], ",") {
			from, to, isRange := strings.Cut(text, "-")
			if !isRange {
				to = from
			}
			r := DayRange{slices.Index(weekdays, from), slices.Index(weekdays, to)}
			if r.From < 0 || r.To < 0 {
				return nil, fmt.Errorf("invalid days %q: want a day or range, such as Mo or Sa-Th; the days are %s", text, strings.Join(weekdays, ", "))
			}
			for day := range r.days() {
				for _, times := range o.Times {
					for _, other := range open[day] {
						if times.From < other.To && other.From < times.To {
							return nil, fmt.Errorf("overlapping hours on %s", weekdays[day])
						}
					}
					open[day] = append(open[day], times)
				}
			}
			o.Days = append(o.Days, r)
		}
		hours = append(hours, o)
	}
	return hours, nil
}

// parseTimes parses a non-empty range of times.
func parseTimes(s string) (r TimeRange, ok bool) {
	from, to, ok := strings.Cut(s, "-")
	if !ok || !isTime(from) || to != "24:00" && !isTime(to) || from >= to {
		return TimeRange{}, false
	}
	return TimeRange{from, to}, true
}

func isTime(s string) bool {
	_, err := time.Parse("15:04", s)
	return err == nil && len(s) == len("15:04")
}

// days returns an iterator over the days of the range.
func (r DayRange) days() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for day := r.From; yield(day) && day != r.To; {
			day = (day + 1) % len(weekdays)
		}
	}
}

// schema returns the hours as values of schema.org's openingHours. A range that
// wraps around the end of the week becomes a list of days, and 24:00 becomes
// 23:59.
func (h Hours) schema() []string {
	var all []string
	for _, o := range h {
		var days []string
		for _, r := range o.Days {
			switch {
			case r.From == r.To:
				days = append(days, weekdays[r.From])
			case r.From < r.To:
				days = append(days, weekdays[r.From]+"-"+weekdays[r.To])
			default:
				for day := range r.days() {
					days = append(days, weekdays[day])
				}
			}
		}
		for _, t := range o.Times {
			if t.To == "24:00" {
				t.To = "23:59"
			}
			all = append(all, strings.Join(days, ",")+" "+t.From+"-"+t.To)
		}
	}
	return all
}

// lines returns the hours as shown on a page.
func (h Hours) lines(l *render.Locale) []hoursLine {
	day := func(i int) string { return l.T("day." + weekdays[i]) }
	var lines []hoursLine
	for _, o := range h {
		var days, times []string
		for _, r := range o.Days {
			if r.From == r.To {
				days = append(days, day(r.From))
			} else {
				days = append(days, l.T("hours.days", day(r.From), day(r.To)))
			}
		}
		for _, t := range o.Times {
			times = append(times, l.T("hours.times", l.Digits(t.From), l.Digits(t.To)))
		}
		lines = append(lines, hoursLine{strings.Join(days, l.T("list.comma")), strings.Join(times, l.T("list.comma"))})
	}
	return lines
}

// shopView holds the details of the pharmacy as pages show them. Any field may be
// empty.
type shopView struct {
	Name, Address, Pharmacist, Licence, Authority string

	LicenceURL string
	Telephone  string
	Dial       string // the telephone number for a tel link (RFC 3966)
	Email      string
	Hours      []hoursLine
}

// hoursLine holds days and their opening times, as shown on a page.
type hoursLine struct{ Days, Times string }

// view returns the details in a language, or nil if none is set.
func (d *Details) view(l *render.Locale) *shopView {
	lang := l.Code()
	v := shopView{
		Name: d.Name.In(lang), Address: d.Address.In(lang), Pharmacist: d.Pharmacist.In(lang),
		Licence: d.Licence.In(lang), Authority: d.Authority.In(lang), LicenceURL: d.LicenceURL,
		Telephone: d.Telephone, Email: d.Email, Hours: d.Hours.lines(l),
	}
	if d.Telephone != "" {
		v.Dial = strings.Map(dialled, d.Telephone)
	} else if v.Name == "" && v.Address == "" && v.Pharmacist == "" && v.Licence == "" && v.Authority == "" && v.Email == "" && v.Hours == nil {
		return nil
	}
	return &v
}

// dialled is a mapping for strings.Map that keeps the digits and plus of a
// telephone number.
func dialled(r rune) rune {
	if r == '+' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// pharmacy returns the shop as a schema.org Pharmacy with the details that are
// set.
func (s *Shop) pharmacy(l *render.Locale) object {
	d, lang := &s.opts.Details, l.Code()
	o := object{
		"@context": "https://schema.org", "@type": "Pharmacy", "name": s.siteName(l),
		"url": s.origin + "/" + lang, "mainEntityOfPage": webPage(s.origin+"/"+lang, lang),
	}
	set := func(name, value string) {
		if value != "" {
			o[name] = value
		}
	}
	set("address", d.Address.In(lang))
	set("telephone", d.Telephone)
	set("email", d.Email)
	if len(d.Hours) > 0 {
		o["openingHours"] = d.Hours.schema()
	}
	if name := d.Pharmacist.In(lang); name != "" {
		o["employee"] = object{"@type": "Person", "name": name, "jobTitle": l.T("shop.pharmacist")}
	}
	if licence := d.Licence.In(lang); licence != "" {
		id := object{"@type": "PropertyValue", "name": l.T("shop.licence"), "value": licence}
		if d.LicenceURL != "" {
			id["url"] = d.LicenceURL
		}
		o["identifier"] = id
	}
	return o
}
