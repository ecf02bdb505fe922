package storefront

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"pharmacy/internal/render"
)

// Nobody who asks for one medicine is handed another: neither in the API nor on
// the page. want is what is asked back first, or "" for nothing.
func TestNoOtherMedicine(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for _, test := range []struct{ lang, query, not, want string }{
		{"en", "citalopram", "escitalopram", "escitalopram"},
		{"fa", "سیتالوپرام", "escitalopram", "escitalopram"},
		{"ar", "سيتالوبرام", "escitalopram", "escitalopram"},
		{"tr", "sitalopram", "escitalopram", "escitalopram"},
		{"en", "tretinoin", "isotretinoin", "isotretinoin"},
		{"fa", "ترتینوئین", "isotretinoin", "isotretinoin"},
		{"tr", "tretinoin", "isotretinoin", "isotretinoin"},
		{"en", "glycerin", "glyceryl-trinitrate", "glyceryl-trinitrate"},
		{"tr", "gliserin", "glyceryl-trinitrate", "glyceryl-trinitrate"},
		{"fa", "گلیسیرین", "glyceryl-trinitrate", "glyceryl-trinitrate"},
		{"ar", "جليسرين", "glyceryl-trinitrate", "glyceryl-trinitrate"},
		{"en", "ephedrine", "pseudoephedrine", "pseudoephedrine"},
		{"tr", "efedrin", "pseudoephedrine", "pseudoephedrine"},
		{"fa", "افدرین", "pseudoephedrine", "pseudoephedrine"},
		{"en", "menadione", "phytomenadione", "phytomenadione"},
		{"en", "phenol", "mycophenolate-mofetil", "mycophenolate-mofetil"},
		{"en", "opium", "tiotropium ipratropium-inhaled ipratropium-salbutamol", "tiotropium"},
		{"en", "ethisterone", "norethisterone estradiol-norethisterone", "norethisterone"},
		{"en", "barbital", "phenobarbital", "phenobarbital"},
		{"ar", "ريفو", "clonazepam", "clonazepam"},
		{"ar", "سيتال", "escitalopram", "escitalopram"},
		{"tr", "Upren", "buprenorphine", "buprenorphine"},
		{"tr", "Letroks", "levothyroxine", ""},
		{"tr", "Elitrex", "valaciclovir", "valaciclovir"},
		{"tr", "Zolamid", "dorzolamide", "dorzolamide"},
		{"tr", "Avil", "amitriptyline", "amitriptyline"},
		{"tr", "Cephix", "lamivudine", "lamivudine"},
		{"tr", "Loksetin", "duloxetine", "duloxetine"},
		{"en", "Orap", "insulin-aspart", "insulin-aspart"},
		{"en", "Imeth", "sulfamethoxazole-trimethoprim", "sulfamethoxazole-trimethoprim"},
		{"en", "lsartan", "valsartan losartan", "valsartan"},
		{"en", "estril", "lisinopril", "lisinopril"},
		{"en", "tropium", "tiotropium", "tiotropium"},
		{"en", "etoprofen", "dexketoprofen", "dexketoprofen"},
		{"en", "thamine", "ketorolac", "ketorolac"},
		{"tr", "acyl", "tropicamide", "tropicamide"},
		{"tr", "arex", "fluorometholone", "fluorometholone"},
		{"tr", "atren", "carvedilol", "carvedilol"},
		{"tr", "dex-forte", "dexamethasone", ""},
		{"fa", "پرازول", "alprazolam omeprazole esomeprazole pantoprazole lansoprazole aripiprazole", "omeprazole"},
		{"ar", "برازول", "alprazolam omeprazole pantoprazole", "omeprazole"},
		{"ar", "بيندازول", "albendazole mebendazole", "mebendazole"},
		{"fa", "وپورینول", "allopurinol", "allopurinol"},
		{"ar", "داكتون", "spironolactone", "spironolactone"},
		{"en", "salicylic acid", "acetylsalicylic-acid acetylsalicylic-acid-antiplatelet", "acetylsalicylic-acid"},
		{"fa", "اسید سالیسیلیک", "acetylsalicylic-acid acetylsalicylic-acid-antiplatelet mesalazine", ""},
		{"ar", "حمض الساليسيليك ١٠", "acetylsalicylic-acid mesalazine", ""},
		{"ar", "حمض الساليسيليك", "acetylsalicylic-acid mesalazine", "acetylsalicylic-acid"},
		{"ar", "السيتالوبرام", "escitalopram", "escitalopram"},
		{"fa", "آلفنتانیل", "fentanyl", ""},
		{"ar", "ألفنتانيل 10", "fentanyl", ""},
		{"fa", "قرص ال\u200cلیزین", "lisinopril", ""},
		{"tr", "lizin", "lisinopril", ""},
		{"en", "tenofovir alafenamide", "tenofovir-disoproxil emtricitabine-tenofovir-disoproxil", ""},
		{"en", "aminosalicylic acid tablet", "mesalazine", ""},
		{"fa", "سیستئین", "acetylcysteine carbocisteine", "acetylcysteine"},
		{"fa", "سولفات مس", "terbutaline-inhaled mesalazine", ""},
		{"en", "sodium phosphate", "dexamethasone betamethasone", ""},
		{"ar", "النيستاتين", "codeine-paracetamol", ""},
		{"ar", "اليوريا", "gliclazide hydroxycarbamide", ""},
		{"en", "parathyroid hormone", "cinacalcet", ""},
		{"en", "hyoscine", "hyoscine-butylbromide", "hyoscine-butylbromide"},
		{"en", "povidone", "povidone-iodine-skin", "povidone-iodine-skin"},
		{"en", "panthenol", "dexpanthenol-skin", "dexpanthenol-skin"},
		{"tr", "Aferin", "oxymetazoline-nasal", ""},
		{"en", "chlorothiazide", "hydrochlorothiazide", "hydrochlorothiazide"},
		{"en", "norgestrel", "levonorgestrel levonorgestrel-ethinylestradiol desogestrel", "levonorgestrel"},
		{"en", "acetyl carbo", "acetylcysteine carbocisteine acetylsalicylic-acid", ""},
		{"ar", "وفاج", "metformin", "metformin"},
		{"fa", "ویراکس", "aciclovir aciclovir-skin", "aciclovir"},
	} {
		f := v.ask(test.lang, test.query)
		a := v.get("/" + test.lang + "/medicines?q=" + url.QueryEscape(test.query)).wants(http.StatusOK)
		for _, not := range strings.Fields(test.not) {
			if slices.ContainsFunc(f.Results, func(r foundItem) bool { return r.Group == not }) || slices.Contains(a.cards(), not) {
				t.Errorf("%s: %q is answered with %s", test.lang, test.query, not)
			}
		}
		if test.want != "" && (len(f.Questions) == 0 || f.Questions[0].Group != test.want || len(a.all(".mean a")) == 0) {
			t.Errorf("%s: %q asks %+v, want %s", test.lang, test.query, f.Questions, test.want)
		}
		// No dead end.
		if len(a.cards()) == 0 && len(a.all(".mean a, .none .ways a")) == 0 {
			t.Errorf("%s: %q leads nowhere", test.lang, test.query)
		}
	}
}

// What is not on the shelf is said before anything near.
func TestNotOnOurShelf(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for _, test := range []struct{ lang, query, note, question string }{
		{"en", "citalopram", "Citalopram is not on our shelf.", "escitalopram"},
		{"fa", "سیتالوپرام ۲۰", "سیتالوپرام در قفسهٔ ما نیست.", ""},
		{"tr", "sitalopram", "Sitalopram rafımızda yok.", "escitalopram"},
		{"ar", "سيتالوبرام", "سيتالوبرام غير متوفر على رفنا.", "escitalopram"},
		{"en", "tretinoin", "Tretinoin is not on our shelf.", "isotretinoin"},
	} {
		f := v.ask(test.lang, test.query)
		if !slices.Contains(f.Notes, test.note) || len(f.Results) > 0 || test.question != "" && (len(f.Questions) == 0 || f.Questions[0].Group != test.question) {
			t.Errorf("%s: %q: %+v", test.lang, test.query, f)
		}
		a := v.get("/" + test.lang + "/medicines?q=" + url.QueryEscape(test.query)).wants(http.StatusOK)
		if notes := a.all(".mean"); len(notes) == 0 || text(notes[0]) != spaced(test.note) {
			t.Errorf("%s: the page for %q does not begin with %q", test.lang, test.query, test.note)
		}
	}
	for query, want := range map[string][2]string{
		"warfarin 7":     {"warfarin", "We have: "},
		"warfarin cream": {"warfarin", "We have: tablet."},
	} {
		f := v.ask("en", query)
		if len(f.Results) > 0 || len(f.Questions) != 1 || f.Questions[0].Group != want[0] || !strings.Contains(spaced(f.Questions[0].Text), want[1]) {
			t.Errorf("%q: %+v, want %q", query, f, want)
		}
		if a := v.get("/en/medicines?q=" + url.QueryEscape(query)).wants(http.StatusOK); !strings.Contains(text(a.document()), want[1]) {
			t.Errorf("the page for %q does not say %q", query, want[1])
		}
	}
}

// Every result and question says what matched if it is not the name shown.
func TestWhatMatchedIsSaid(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	for _, test := range []struct{ lang, query, group, match string }{
		{"en", "paracetamol", "paracetamol", ""},
		{"en", "Parol", "paracetamol", "Parol, a brand of paracetamol"},
		{"tr", "Parol", "paracetamol", "Parol, parasetamol etkin maddeli bir marka"},
		{"en", "acetaminophen", "paracetamol", "acetaminophen (Paracetamol)"},
		{"ar", "أدول", "paracetamol", "أدول، اسم تجاري لـباراسيتامول"},
		{"ar", "paracetamol", "paracetamol", "Paracetamol (باراسيتامول)"},
		{"en", "N02BE01", "paracetamol", "N02BE01"},
		{"en", "fever", "paracetamol", "Category: Pain and fever"},
		{"en", "diarrhoea", "loperamide", "Used to relieve sudden short-term diarrhoea (diarrhea)."},
		{"en", "insulin glargine", "insulin-glargine", ""},
	} {
		f := v.ask(test.lang, test.query)
		if len(f.Results) == 0 || f.Results[0].Group != test.group || plainText(f.Results[0].Match) != test.match {
			t.Errorf("%s: %q: %+v, want %s with %q", test.lang, test.query, f.Results, test.group, test.match)
			continue
		}
		a := v.get("/" + test.lang + "/medicines?q=" + url.QueryEscape(test.query)).wants(http.StatusOK)
		if test.match != "" && !strings.Contains(plainText(text(a.all(".cards li")[0])), test.match) {
			t.Errorf("%s: the first card for %q does not say %q", test.lang, test.query, test.match)
		}
	}
	f := v.ask("en", "zyrt")
	if len(f.Results) > 0 || !slices.Equal(f.Suggestions, []string{"Zyrtec (Cetirizine)"}) || f.Questions[0].Text != "Did you mean: Zyrtec, a brand of cetirizine" {
		t.Errorf("zyrt: %+v", f)
	}
	// A suggestion, searched for, finds the medicine.
	if f := v.ask("en", f.Suggestions[0]); len(f.Results) == 0 || f.Results[0].Group != "cetirizine" {
		t.Errorf("%+v", f)
	}
}

// plainText returns a text without isolates.
func plainText(s string) string {
	return strings.NewReplacer("\u2068", "", "\u2069", "").Replace(s)
}

// What people call things leads to the medicines, in every language of the
// page.
func TestWhatPeopleCallThings(t *testing.T) {
	v := newSite(t, siteOptions{}).visitor()
	snap := v.store.Current()
	// Queries for each category, or for each group after "=".
	for want, queries := range map[string]string{
		"pain-and-fever":                   "painkillers, fever, مسکن\u200cها, مسکن ها, ağrı kesiciler, مسكنات, headache, سردرد, baş ağrısı, صداع, period pain, diş ağrısı",
		"heart-and-blood-pressure":         "blood pressure medicine, داروی فشار خون, قرص فشار, tansiyon ilacı, دواء الضغط",
		"cough-cold-and-flu":               "flu, öksürük ilacı, cough syrup, شربت سرفه, grip, دواء السعال, داروی سرماخوردگی",
		"bacterial-infections":             "antibiyotikler, antibiotics, مضادات حيوية, آنتی بیوتیک\u200cها",
		"stomach-and-bowel":                "mide, heartburn, mide yanması, سوزش معده",
		"allergy":                          "hay fever, allergies, saman nezlesi",
		"=loperamide":                      "diarrhoea, diarrhea, اسهال, ishal, إسهال",
		"=lactulose":                       "constipation, constipated, یبوست, kabızlık, إمساك",
		"=flurbiprofen-throat":             "sore throat, گلو درد, گلودرد, boğaz ağrısı, التهاب الحلق",
		"=levonorgestrel-ethinylestradiol": "contraceptive pill, birth control, doğum kontrol hapı, قرص ضدبارداری, حبوب منع الحمل",
		"=zolpidem":                        "uykusuzluk, أرق, sleeping pills",
		"=cyanocobalamin":                  "vitb12, vit b12, vitamin b 12",
	} {
		for query := range strings.SplitSeq(queries, ", ") {
			f := v.ask("en", query)
			if len(f.Results) == 0 {
				t.Errorf("%q finds nothing", query)
				continue
			}
			g, _ := snap.Group(f.Results[0].Group)
			if group, one := strings.CutPrefix(want, "="); one && g.ID != group || !one && g.Category != want {
				t.Errorf("%q finds %s first, want %s", query, g.ID, want)
			}
		}
	}
	// An organ with a form, plural or not: the variants whose form has both.
	for form, queries := range map[string]string{
		"ear-drops eye-ear-drops": "ear drops, kulak damlası, kulak damlaları, قطره گوش, قطره\u200cهای گوش, قطرة الأذن, قطرات الأذن",
		"eye-drops eye-ear-drops": "eye drops, eyedrops, göz damlaları, قطره چشم, قطره های چشمی, قطرات العين",
		"nasal-drops":             "nose drops, nasal drops, burun damlası, قطره بینی, قطرة الأنف",
		"transdermal-patch":       "patches, transdermal patches",
		"suppository":             "suppositories, supozituvarlar, تحاميل",
	} {
		for query := range strings.SplitSeq(queries, ", ") {
			f := v.ask("en", query)
			if len(f.Results) == 0 {
				t.Errorf("%q finds nothing", query)
				continue
			}
			if ref, _ := snap.Variant(f.Results[0].Variant); !slices.Contains(strings.Fields(form), ref.Variant.Form) {
				t.Errorf("%q finds %s first, %s", query, f.Results[0].Variant, ref.Variant.Form)
			}
		}
	}
	// A complaint's page says what its descriptions say, and nothing more.
	for _, lang := range render.Languages() {
		a := v.get("/" + lang + "/medicines?q=headache").wants(http.StatusOK)
		if len(a.all(".mean")) == 0 || !strings.Contains(text(a.document()), spaced(locale(lang).T("search.described"))) {
			t.Errorf("%s: the page for a complaint does not say why", lang)
		}
	}
	// Nothing found: the nearest category is offered.
	if a := v.get("/en/medicines?q=stomach+xyzzyx").wants(http.StatusOK); len(a.all(`.mean a[href*="category=stomach-and-bowel"]`)) == 0 {
		t.Error("no category near stomach")
	}
}
