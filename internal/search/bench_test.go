package search

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
)

// shelf returns documents that resemble a catalogue: names of several syllables
// with a common stem in two scripts and four spellings, synonyms, and variants of
// form, strength and pack.
func shelf(docs, items int) []Document {
	r := rand.New(rand.NewPCG(1, 2))
	begin := strings.Fields("ab ac al am an ar as at az ba be bi bo bu ca ce ci clo co cy da de di do dro du e fa fe fi flu fo ga ge gli go ha he hy i ib im in iso ke la le li lo lu ma me mi mo na ne ni no nu o of om or pa pe pi pra pro py qui ra re ri ro ru sa se si so sul ta te ti to tra tri u va ve vi xi za zo")
	middle := strings.Fields("ba ce ci clo co cy da di do fa fe flu fo ga ge li lo lu ma me mi mo na ne ni no pa pe pi pra pro ra re ri ro sa se si so ta te ti to tra va ve vi xi za zo ")
	stems := strings.Fields("azepam azole caine cillin cycline dipine floxacin gliptin lol mab micin nib olol oxetine prazole pril profen sartan setron statin tadine tidine triptan vir zepam zide zine zosin mide done lone pine min fen tan")
	forms := [][]string{
		{"tablet", "قرص", "tablet", "قرص"},
		{"capsule", "کپسول", "kapsül", "كبسولة"},
		{"cream", "کرم", "krem", "كريم"},
		{"syrup", "شربت", "şurup", "شراب"},
		{"solution for injection", "محلول تزریقی", "enjeksiyonluk çözelti", "محلول للحقن"},
		{"prolonged-release tablet", "قرص آهسته\u200cرهش", "uzatılmış salımlı tablet", "قرص ممتد المفعول"},
		{"suppository", "شیاف", "supozituvar", "تحميلة"},
		{"eye drops", "قطرهٔ چشمی", "göz damlası", "قطرة عينية"},
		{"ointment", "پماد", "merhem", "مرهم"},
		{"gel", "ژل", "jel", "جل"},
	}
	strengths := []string{"1 mg", "2 mg", "2.5 mg", "5 mg", "10 mg", "20 mg", "25 mg", "40 mg", "50 mg", "75 mg", "100 mg", "150 mg", "200 mg", "250 mg", "300 mg", "400 mg", "500 mg", "600 mg", "750 mg", "1 g", "50 micrograms", "100 units/ml", "0.05 %", "1 %", "2.5 mg/5 ml", "20 mg/12.5 mg", "500 mg/125 mg", "10 mg/ml"}
	packs := []int{1, 5, 6, 7, 10, 12, 14, 15, 20, 21, 28, 30, 40, 50, 56, 60, 84, 90, 98, 100}
	persian := strings.NewReplacer("ph", "ف", "th", "ت", "cy", "سی", "ce", "س", "ci", "سی", "a", "ا", "b", "ب", "c", "ک", "d", "د", "e", "", "f", "ف", "g", "گ", "h", "ه", "i", "ی", "k", "ک", "l", "ل", "m", "م", "n", "ن", "o", "و", "p", "پ", "qu", "ک", "r", "ر", "s", "س", "t", "ت", "u", "و", "v", "و", "w", "و", "x", "کس", "y", "ی", "z", "ز")
	arabic := strings.NewReplacer("پ", "ب", "گ", "غ", "ک", "ك", "ی", "ي")
	turkish := strings.NewReplacer("ce", "se", "ci", "si", "cy", "si", "c", "k", "qu", "k", "x", "ks", "y", "i")
	pick := func(list []string) string { return list[r.IntN(len(list))] }
	out := make([]Document, docs)
	for i := range out {
		inn := pick(begin) + pick(middle) + pick(middle) + pick(stems)
		fa := persian.Replace(inn)
		d := Document{
			Names:    []string{strings.ToUpper(inn[:1]) + inn[1:], fa, turkish.Replace(inn), arabic.Replace(fa)},
			Synonyms: []string{inn + " hydrochloride", inn + " sodyum", fa + " سدیم", arabic.Replace(fa) + " الصوديوم", pick(begin) + pick(middle) + pick(middle) + "ex", pick(begin) + pick(middle) + "on"},
			Codes:    []string{fmt.Sprintf("%c%02dAB%02d", 'A'+i%14, i/14%99, i%97)},
			Topics:   []string{"Category " + pick(begin), "گروه " + persian.Replace(pick(middle))},
		}
		for n := items/docs + (i*items%docs+items%docs)/docs; n > 0; n-- {
			f := forms[r.IntN(len(forms))]
			pack := packs[r.IntN(len(packs))]
			d.Items = append(d.Items, Item{Words: []string{pick(strengths), f[0], f[1], f[2], f[3]}, Pack: fmt.Sprintf("%d tablets", pack)})
		}
		out[i] = d
	}
	return out
}

var sizes = []struct {
	name        string
	docs, items int
}{{"2400", 300, 2400}, {"150000", 20_000, 150_000}}

func built(b *testing.B, docs, items int) (*Index, []Document) {
	b.Helper()
	list := shelf(docs, items)
	return NewIndex(len(list), nil, func(i int) Document { return list[i] }), list
}

// heap returns the number of heap bytes in use.
func heap() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkNewIndex(b *testing.B) {
	for _, s := range sizes {
		b.Run(s.name, func(b *testing.B) {
			list := shelf(s.docs, s.items)
			b.ReportAllocs()
			for b.Loop() {
				NewIndex(len(list), nil, func(i int) Document { return list[i] })
			}
			b.StopTimer()
			before := heap()
			x := NewIndex(len(list), nil, func(i int) Document { return list[i] })
			b.ReportMetric(float64(heap()-before)/1e6, "MB-heap")
			runtime.KeepAlive(x)
			runtime.KeepAlive(list)
		})
	}
}

func BenchmarkSearch(b *testing.B) {
	for _, s := range sizes {
		x, list := built(b, s.docs, s.items)
		name := strings.ToLower(list[17].Names[0])
		fa := list[23].Names[1]
		slip := name[:4] + "w" + name[5:]
		queries := []struct{ name, text string }{
			{"prefix3", name[:3]},
			{"prefix4", name[:4]},
			{"prefix5", name[:5]},
			{"prefixPersian", string([]rune(fa)[:4])},
			{"exact", name},
			{"inside", "cillin"},
			{"narrowed", name + " 500 tablet"},
			{"form", "tablet"},
			{"strength", "500 mg"},
			{"typo", slip},
			{"typoNarrowed", slip + " 500 tablet"},
			{"letter", "a"},
			{"nothing", "qwertyuiop zxcvbnm"},
			{"long", strings.Repeat("paracetamol 500 ", 700)},
			{"marks", strings.Repeat("\u202e\u064b", 5000)},
		}
		for _, q := range queries {
			b.Run(s.name+"/"+q.name, func(b *testing.B) {
				b.ReportAllocs()
				n := 0
				for b.Loop() {
					n = len(x.Search(q.text).Hits)
				}
				b.ReportMetric(float64(n), "hits")
			})
		}
	}
}

func BenchmarkFold(b *testing.B) {
	for _, text := range []string{"Paracetamol 500 mg", "آموکسی\u200cسیلین ۵۰۰ میلی\u200cگرم", "أَمُوكْسِيسِيلِين ٥٠٠ ملغ"} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Fold(text)
			}
		})
	}
}
