package catalogue

// dayOfSolarHijri returns the day of a date of Iran's civil calendar: six
// months of 31 days, five of 30, and Esfand of 29, in leap years 30.
func dayOfSolarHijri(year, month, day int) Day {
	first := 31 * (month - 1) // day of the year of the month's first day, from 0
	if month > 6 {
		first = 6*31 + 30*(month-7)
	}
	return nowruz(year) + Day(first+day-1)
}

// lastOfSolarHijri returns the last day of a month.
func lastOfSolarHijri(year, month int) Day {
	if month == 12 {
		return nowruz(year+1) - 1
	}
	return dayOfSolarHijri(year, month+1, 1) - 1
}

// nowruz returns the first day of a Solar Hijri year. It uses a leap year cycle
// of 33 years, which agrees with the official calendar, set by the equinox in
// Tehran, from 1278 to 1479.
func nowruz(year int) Day {
	const first = -492268 // 1 Farvardin 1
	return Day(first + 365*(year-1) + (8*year+21)/33)
}

// dayOfLunarHijri returns the first day of a month of the tabular Islamic
// calendar. Month 13 is the first of the next year. The calendars of countries,
// which are set by observation, differ from it by a day or two.
func dayOfLunarHijri(year, month int) Day {
	const before = -492532 // 1 Muharram 1 is the day -492148
	return Day(before + 354*year + (11*year+3)/30 + 30*month - (month-1)/2)
}
