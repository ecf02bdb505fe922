package storefront

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"pharmacy/internal/render"
)

// Details are what the operator says of the pharmacy behind the site. What is
// empty is shown nowhere. Pages show them, so they must be part of the build.
type Details struct {
	Name       Texts
	Address    Texts
	Pharmacist Texts
	Licence    Texts
	Authority  Texts // that supervises the pharmacy, with how to reach it
	LicenceURL string
	Telephone  string // as it is shown: digits, spaces, and a plus in front
	Email      string
	Hours      Hours
}

// Texts is a text by language; under "" is that of every other language.
type Texts map[string]string

// In gives the text in a language, else the common one, else the English or
// whichever comes first. It is "" where there is none.
func (t Texts) In(lang string) string {
	for _, code := range append([]string{lang, "", "en"}, render.Languages()...) {
		if text := t[code]; text != "" {
			return text
		}
	}
	return ""
}

// weekdays are schema.org's two letters of a day, from the first of ISO
// 8601's week.
var weekdays = []string{"Mo", "Tu", "We", "Th", "Fr", "Sa", "Su"}

// Hours are times at which a shop is open, in the order in which they were
// written.
type Hours []Opening

// Opening is a number of days with the same times.
type Opening struct {
	Days  []DayRange
	Times []TimeRange
}

// DayRange is from one weekday to another, both included, 0 for Monday. It
// may pass the end of the week, as from Saturday to Thursday.
type DayRange struct{ From, To int }

// TimeRange is from one time of day to another, "09:00" to "24:00".
type TimeRange struct{ From, To string }

// ParseHours reads opening hours in the form of schema.org's openingHours,
// several separated by semicolons: "Mo-Fr 09:00-13:00,14:00-19:00; Sa
// 10:00-14:00". The error says what is wrong with which part.
func ParseHours(s string) (Hours, error) {
	var hours Hours
	var open [7][]TimeRange
	for part := range strings.SplitSeq(s, ";") {
		fields := strings.Fields(part)
		if len(fields) != 2 {
			return nil, fmt.Errorf("%q is not days and times such as Mo-Fr 09:00-19:00", strings.TrimSpace(part))
		}
		var o Opening
		for text := range strings.SplitSeq(fields[1], ",") {
			r, ok := parseTimes(text)
			if !ok {
				return nil, fmt.Errorf("%q is not a time such as 09:00-19:00 (24:00 is the end of a day)", text)
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
				return nil, fmt.Errorf("%q is not a day or days such as Mo, Sa-Th; the days are %s", text, strings.Join(weekdays, ", "))
			}
			for day := range r.days() {
				for _, times := range o.Times {
					for _, other := range open[day] {
						if times.From < other.To && other.From < times.To {
							return nil, fmt.Errorf("%s has two times that overlap", weekdays[day])
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

// days yields each day of the range, round the end of the week.
func (r DayRange) days() func(yield func(int) bool) {
	return func(yield func(int) bool) {
		for day := r.From; yield(day) && day != r.To; {
			day = (day + 1) % len(weekdays)
		}
	}
}

// schema is the hours as schema.org's openingHours has them: whole weeks
// from Monday, and the last minute for the end of a day.
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

// lines are the hours in words.
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

// shopView is what pages show of the pharmacy. Each member may be empty.
type shopView struct {
	Name, Address, Pharmacist, Licence, Authority string

	LicenceURL string
	Telephone  string
	Dial       string // the telephone number for a tel link (RFC 3966)
	Email      string
	Hours      []hoursLine
}

// hoursLine is days with the times at which the shop is open on them.
type hoursLine struct{ Days, Times string }

// view is nil where nothing is known.
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

// dialled leaves out of a telephone number what is there for the eye.
func dialled(r rune) rune {
	if r == '+' || r >= '0' && r <= '9' {
		return r
	}
	return -1
}

// pharmacy is the shop for search engines: schema.org's Pharmacy, with what
// is known of it.
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
