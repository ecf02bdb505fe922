package data

import "iter"

// Substances is interim.
func Substances() iter.Seq[[]string] {
	return func(yield func([]string) bool) {
		for _, s := range [][]string{
			{"citalopram", "sitalopram", "سیتالوپرام", "سيتالوبرام"}, {"tretinoin", "tretinoin", "ترتینوئین"}, {"urea", "üre", "اوره", "يوريا"},
			{"ephedrine", "efedrin", "افدرین"}, {"glycerin", "gliserin", "گلیسیرین", "جليسرين"}, {"opium"}, {"phenol"}, {"heparin"}, {"erythromycin", "eritromisin", "اریترومایسین", "إريثروميسين"},
		} {
			if !yield(s) {
				return
			}
		}
	}
}
