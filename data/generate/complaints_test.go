package main

import (
	"slices"
	"strings"
	"testing"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/search"
)

// complaints are what people ask a pharmacy for, in four languages: each of the
// words, separated by commas, must stand whole in the name or the synonyms of
// each of the categories, or in that language's description of each of the
// groups, that lead names. A group may come under others too.
var complaints = []struct{ lead, en, fa, tr, ar string }{
	// Pain and fever.
	{"pain-and-fever", "pain, fever, painkiller, analgesic", "درد, تب, مسکن", "ağrı, ateş, ağrı kesici", "ألم, حمى, مسكن"},
	{"paracetamol", "painkiller, fever", "تب\u200cبر, مسکن", "ateş düşürücü, ağrı kesici", "خافض حرارة, مسكن"},
	{"acetylsalicylic-acid ibuprofen", "headache, toothache, period pain", "سردرد, دندان\u200cدرد, درد قاعدگی", "baş ağrısı, diş ağrısı, âdet ağrısı", "صداع, ألم الأسنان, ألم الدورة الشهرية"},
	{"acetylsalicylic-acid-paracetamol-caffeine sumatriptan rizatriptan", "migraine", "میگرن", "migren", "الشقيقة, الصداع النصفي"},
	{"diclofenac-topical", "muscle pain, joint pain", "درد عضلات, درد مفاصل", "kas ağrısı, eklem ağrısı", "ألم العضلات, ألم المفاصل"},
	{"diclofenac", "back pain", "کمردرد", "bel ağrısı", "ألم الظهر"},
	{"phenazone-lidocaine", "earache", "گوش\u200cدرد, درد گوش", "kulak ağrısı", "ألم الأذن"},

	// Colds and allergy.
	{"cough-cold-and-flu", "cough, cold, flu, influenza", "سرفه, سرماخوردگی, آنفلوانزا, آنفولانزا", "öksürük, soğuk algınlığı, grip, nezle", "السعال, الزكام, الإنفلونزا, الرشح, نزلة برد, كحة"},
	{"flurbiprofen-throat benzydamine-throat", "sore throat", "گلودرد", "boğaz ağrısı", "ألم الحلق, التهاب الحلق"},
	{"benzydamine-throat", "mouth ulcers", "آفت دهان", "ağız yarası, aft", "قرحة الفم"},
	{"oxymetazoline-nasal", "blocked nose, stuffy nose", "گرفتگی بینی", "burun tıkanıklığı", "انسداد الأنف"},
	{"pseudoephedrine", "congestion", "گرفتگی بینی", "burun tıkanıklığı", "احتقان الأنف"},
	{"loratadine", "runny nose, sneezing", "آبریزش بینی, عطسه", "burun akıntısı, hapşırma", "سيلان الأنف, العطاس"},
	{"allergy", "allergy, hay fever, allergic", "آلرژی, حساسیت, حساسیت فصلی", "alerji, saman nezlesi, alerjik", "حساسية, حمى القش"},
	{"cetirizine levocetirizine loratadine desloratadine fexofenadine bilastine rupatadine ebastine chlorphenamine promethazine ketotifen diphenhydramine azelastine-nasal olopatadine-eye",
		"antihistamine", "آنتی\u200cهیستامین", "antihistaminik", "مضاد هيستامين"},
	{"cetirizine", "hives, itching", "کهیر, خارش", "kurdeşen, ürtiker, kaşıntı", "الشرى, أرتيكاريا, الحكة"},
	{"promethazine", "travel sickness, motion sickness, sedative", "بیماری حرکت, ماشین\u200cگرفتگی, آرام\u200cبخش", "taşıt tutması, araç tutması, yatıştırıcı", "دوار السفر, دوار الحركة, مهدئ"},
	{"asthma-and-breathing", "asthma", "آسم, تنگی نفس", "astım, nefes darlığı", "الربو, ضيق التنفس"},

	// Stomach and bowel.
	{"lansoprazole famotidine aluminium-hydroxide-magnesium-hydroxide", "heartburn", "سوزش سر دل, سوزش معده", "mide yanması", "حرقة المعدة"},
	{"omeprazole", "acid reflux", "رفلاکس", "reflü", "الارتجاع, ارتجاع المريء"},
	{"aluminium-hydroxide-magnesium-hydroxide", "indigestion, antacid", "سوءهاضمه, ضداسید, آنتی\u200cاسید", "hazımsızlık, antasit", "عسر الهضم, مضاد حموضة"},
	{"domperidone", "nausea, vomiting", "تهوع, استفراغ", "mide bulantısı, kusma", "الغثيان, القيء, الاستفراغ"},
	{"loperamide", "diarrhoea, diarrhea", "اسهال", "ishal", "إسهال"},
	{"lactulose macrogol bisacodyl", "constipation, laxative", "یبوست, ملین", "kabızlık, laksatif", "إمساك, ملين"},
	{"simeticone", "bloating, gas", "نفخ, گاز", "şişkinlik, gaz", "الانتفاخ, غازات"},
	{"mebendazole albendazole pyrantel", "worms", "کرم روده, انگل روده", "bağırsak kurdu", "ديدان, ديدان الأمعاء"},

	// Heart, blood and diabetes.
	{"heart-and-blood-pressure", "blood pressure, hypertension", "فشار خون, فشار", "tansiyon, yüksek tansiyon", "ضغط الدم, الضغط, ارتفاع ضغط الدم"},
	{"amlodipine enalapril valsartan bisoprolol atenolol carvedilol", "high blood pressure", "فشار خون بالا", "yüksek tansiyon", "ارتفاع ضغط الدم"},
	{"cholesterol-and-clotting", "cholesterol, blood clots", "کلسترول, چربی خون", "kolesterol", "كوليسترول, دهون الدم"},
	{"warfarin rivaroxaban apixaban edoxaban dabigatran-etexilate enoxaparin heparin", "blood thinner, anticoagulant", "رقیق\u200cکننده خون, ضد انعقاد", "kan sulandırıcı, antikoagülan", "مميع للدم, مضاد للتخثر"},
	{"enalapril spironolactone carvedilol", "heart failure", "نارسایی قلبی", "kalp yetmezliği", "قصور القلب"},
	{"glyceryl-trinitrate verapamil carvedilol", "angina", "آنژین", "anjina", "الذبحة الصدرية"},
	{"furosemide hydrochlorothiazide spironolactone", "diuretic", "ادرارآور", "diüretik, idrar söktürücü", "مدر للبول"},
	{"diabetes", "diabetes, blood sugar", "دیابت, قند خون, قند, مرض قند", "diyabet, şeker hastalığı, kan şekeri", "السكري, مرض السكر, سكر الدم"},
	{"hormones-and-thyroid", "thyroid, hormones", "تیروئید", "tiroit, tiroid", "الغدة الدرقية, الغدة"},
	{"prednisolone prednisone methylprednisolone dexamethasone betamethasone deflazacort", "steroid, corticosteroid", "استروئید", "steroid, kortikosteroid", "ستيرويد"},

	// Women and men.
	{"levonorgestrel-ethinylestradiol drospirenone-ethinylestradiol desogestrel", "contraceptive pill, birth control, birth control pill", "قرص ضدبارداری, ضدبارداری, پیشگیری از بارداری", "doğum kontrol hapı, doğum kontrol", "حبوب منع الحمل, منع الحمل"},
	{"drospirenone-ethinylestradiol", "contraception", "ضدبارداری", "doğum kontrol", "منع الحمل"},
	{"levonorgestrel", "morning-after pill, emergency contraception", "قرص اورژانسی, ضدبارداری", "ertesi gün hapı", "حبوب الصباح التالي, حبوب منع الحمل"},
	{"estradiol conjugated-estrogens estradiol-norethisterone", "menopause", "یائسگی", "menopoz", "سن اليأس"},
	{"clomifene", "infertility", "ناباروری", "kısırlık", "عقم"},
	{"progesterone follitropin-alfa", "infertility", "ناباروری", "kısırlık", "العقم"},
	{"clotrimazole-vaginal", "vaginal thrush, yeast infection", "عفونت قارچی واژن, برفک", "vajinal mantar", "فطريات المهبل"},
	{"nitrofurantoin", "urinary tract infection, urinary infection, cystitis", "عفونت ادراری", "idrar yolu enfeksiyonu, sistit", "التهاب المسالك البولية"},
	{"kidneys-bladder-and-prostate", "prostate", "پروستات", "prostat", "البروستاتا"},
	{"oxybutynin trospium", "incontinence", "بی\u200cاختیاری ادرار", "idrar kaçırma", "سلس البول"},
	{"sildenafil tadalafil", "erectile dysfunction, impotence", "اختلال نعوظ", "ereksiyon bozukluğu, sertleşme sorunu", "ضعف الانتصاب"},

	// Skin, eyes.
	{"benzoyl-peroxide", "acne, pimples", "آکنه, جوش", "akne, sivilce", "حب الشباب"},
	{"adapalene isotretinoin", "acne", "آکنه", "akne", "حب الشباب"},
	{"betamethasone-skin mometasone-skin clobetasol-skin", "eczema", "اگزما", "egzama", "الأكزيما"},
	{"betamethasone-skin mometasone-skin clobetasol-skin calcipotriol", "psoriasis", "پسوریازیس", "sedef hastalığı", "الصدفية"},
	{"clotrimazole-skin", "fungal infection, athlete's foot, ringworm", "عفونت قارچی, قارچ پا, کچلی", "mantar enfeksiyonu, ayak mantarı, mantar", "العدوى الفطرية, فطريات القدم, السعفة"},
	{"terbinafine-skin", "athlete's foot, ringworm", "قارچ پا, کچلی", "ayak mantarı", "فطريات القدم, سعفة"},
	{"permethrin", "scabies, lice, head lice", "گال, شپش", "uyuz, baş biti", "الجرب, قمل, قمل الرأس"},
	{"minoxidil-skin", "hair loss", "ریزش مو", "saç dökülmesi", "تساقط الشعر"},
	{"ketoconazole-skin", "dandruff", "شوره", "kepek", "قشرة الرأس"},
	{"povidone-iodine-skin", "antiseptic, wounds, burns", "ضدعفونی\u200cکننده, آنتی\u200cسپتیک, زخم, سوختگی", "antiseptik, yara, yanık", "مطهر, الجروح, الحروق"},
	{"hypromellose", "dry eyes, artificial tears", "خشکی چشم, اشک مصنوعی", "göz kuruluğu, suni", "جفاف العين, دموع اصطناعية"},
	{"chloramphenicol-eye tobramycin-eye", "eye infection", "عفونت چشم", "göz enfeksiyonu", "التهاب العين"},
	{"timolol-eye latanoprost", "glaucoma", "گلوکوم, آب سیاه", "glokom, göz tansiyonu", "الزرق, الغلوكوما"},

	// Mind and nerves.
	{"zolpidem", "insomnia, sleeping pill", "بی\u200cخوابی, قرص خواب", "uykusuzluk, uyku ilacı", "الأرق, منوم"},
	{"melatonin", "insomnia", "بی\u200cخوابی", "uykusuzluk", "الأرق"},
	{"diazepam alprazolam", "anxiety, sedative", "اضطراب, آرام\u200cبخش", "anksiyete, kaygı, sakinleştirici, yatıştırıcı", "القلق, مهدئ"},
	{"sertraline fluoxetine escitalopram venlafaxine duloxetine mirtazapine amitriptyline", "depression, antidepressant", "افسردگی, ضدافسردگی", "antidepresan", "الاكتئاب, مضاد اكتئاب"},
	{"fluoxetine venlafaxine", "depression", "افسردگی", "depresyon", "اكتئاب"},
	{"quetiapine aripiprazole sodium-valproate", "bipolar", "دوقطبی", "bipolar", "ثنائي القطب"},
	{"risperidone olanzapine quetiapine aripiprazole", "schizophrenia", "اسکیزوفرنی", "şizofreni", "الفصام"},
	{"methylphenidate", "attention deficit, ADHD", "بیش\u200cفعالی", "dikkat eksikliği, hiperaktivite, DEHB", "فرط الحركة"},
	{"sodium-valproate carbamazepine lamotrigine topiramate gabapentin", "epilepsy", "صرع", "epilepsi", "الصرع"},
	{"levodopa-carbidopa pramipexole rasagiline", "Parkinson's disease", "پارکینسون", "Parkinson", "باركنسون"},
	{"donepezil rivastigmine", "dementia", "زوال عقل", "demans, bunama", "الخرف"},
	{"memantine", "Alzheimer's disease", "آلزایمر", "Alzheimer", "ألزهايمر"},
	{"fampridine fingolimod", "multiple sclerosis, MS", "ام\u200cاس", "multipl skleroz, MS", "التصلب المتعدد"},
	{"gabapentin pregabalin", "nerve pain", "درد عصبی", "sinir ağrısı", "ألم الأعصاب"},
	{"varenicline nicotine", "smoking cessation", "ترک سیگار", "sigara bırakma", "الإقلاع عن التدخين"},

	// Muscles, bones, vitamins.
	{"magnesium-citrate", "muscle cramp", "گرفتگی عضلات", "kas krampı", "تشنج العضلات"},
	{"baclofen tizanidine methocarbamol thiocolchicoside", "muscle relaxant", "شل\u200cکننده عضلات", "kas gevşetici", "مرخي عضلات"},
	{"diclofenac indometacin", "arthritis, gout", "آرتریت, نقرس", "artrit", "التهاب المفاصل, النقرس"},
	{"allopurinol febuxostat", "gout", "نقرس", "gut", "النقرس"},
	{"alendronic-acid risedronic-acid ibandronic-acid", "osteoporosis", "پوکی استخوان", "osteoporoz, kemik erimesi", "هشاشة العظام"},
	{"ferrous-sulfate ferrous-fumarate iron-polymaltose", "iron, iron deficiency, anaemia, anemia", "آهن, کم\u200cخونی", "demir, demir eksikliği, kansızlık, anemi", "الحديد, فقر الدم"},
	{"colecalciferol", "vitamin D deficiency", "کمبود ویتامین", "vitamini eksikliği", "نقص فيتامين"},
	{"vitamins-and-minerals", "vitamins, supplement", "مکمل", "takviye", "فيتامينات, مكملات"},

	// Infections and cancer.
	{"cancer-and-immune-system", "cancer", "سرطان", "kanser", "السرطان"},
	{"bacterial-infections", "antibiotic", "آنتی\u200cبیوتیک", "antibiyotik", "مضاد حيوي"},
	{"dolutegravir emtricitabine-tenofovir-disoproxil", "HIV, AIDS", "اچ\u200cآی\u200cوی, ایدز", "HIV, AIDS", "فيروس العوز المناعي البشري, الإيدز"},
	{"entecavir sofosbuvir", "hepatitis", "هپاتیت", "hepatit", "التهاب الكبد"},
	{"aciclovir valaciclovir", "herpes, cold sores", "تبخال", "herpes, uçuk", "هربس, قروح البرد"},
	{"aciclovir-skin", "cold sores", "تبخال", "uçuk", "قروح البرد, هربس"},
	{"chloroquine atovaquone-proguanil artemether-lumefantrine", "malaria", "مالاریا", "sıtma", "الملاريا"},
	{"isoniazid rifampicin", "tuberculosis, TB", "سل", "verem, tüberküloz", "السل"},
}

// proclitics are what Arabic writes together with the word after it: the
// conjunction, some prepositions and the article.
var proclitics = []string{"و", "ب", "ل", "ك", "ال", "وال", "بال", "كال", "لل"}

// readings returns a folded word, and in Arabic also without its proclitics.
func readings(lang, word string) []string {
	all := []string{word}
	if lang == "ar" {
		for _, p := range proclitics {
			if rest, found := strings.CutPrefix(word, search.Fold(p)); found && len(rest) > 2*len("ا") {
				all = append(all, rest)
			}
		}
	}
	return all
}

// holds reports whether the words of a phrase stand in a text, one after
// another.
func holds(lang, text, phrase string) bool {
	words, want := strings.Fields(search.Fold(text)), strings.Fields(search.Fold(phrase))
	for at := 0; at+len(want) <= len(words); at++ {
		i := 0
		for i < len(want) && slices.ContainsFunc(readings(lang, words[at+i]), func(r string) bool {
			return slices.Contains(readings(lang, want[i]), r)
		}) {
			i++
		}
		if i == len(want) {
			return true
		}
	}
	return false
}

func TestComplaintsLeadSomewhere(t *testing.T) {
	f := committed(t)
	texts := map[string]map[string][]string{} // by category or group and by language
	for _, c := range f.Categories {
		texts[c.ID] = map[string][]string{}
		for _, lang := range catalogue.Languages {
			texts[c.ID][lang] = append([]string{c.Name[lang]}, c.Synonyms...)
		}
	}
	for _, g := range f.Groups {
		texts[g.ID] = map[string][]string{}
		for _, lang := range catalogue.Languages {
			texts[g.ID][lang] = []string{g.Description[lang]}
		}
	}
	for _, c := range complaints {
		for lang, phrases := range map[string]string{"en": c.en, "fa": c.fa, "tr": c.tr, "ar": c.ar} {
			for phrase := range strings.SplitSeq(phrases, ", ") {
				for id := range strings.FieldsSeq(c.lead) {
					if texts[id] == nil {
						t.Fatalf("no category or group %q", id)
					}
					if !slices.ContainsFunc(texts[id][lang], func(text string) bool { return holds(lang, text, phrase) }) {
						t.Errorf("%q (%s) does not lead to %s: %q", phrase, lang, id, texts[id][lang])
					}
				}
			}
		}
	}
}
