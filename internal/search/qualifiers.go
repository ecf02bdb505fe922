package search

import "strings"

// qualifiers are words beside a substance's name that do not make it the name
// of another substance: salts, esters and hydrates, and words that say how or
// from what a medicine is made or where it is used. In folded form.
var qualifiers = folded(
	// English.
	`acetate, acetonide, acid, adipate, aluminium, aluminum, ammonium, anhydrous, arginine, aspartate, axetil,
		benzathine, benzoate, besilate, besylate, bisulfate, bitartrate, bromide, butylbromide, butyrate, calcium,
		camsilate, caproate, carbonate, chloride, choline, cilexetil, citrate, conjugated, cypionate, decanoate, dihydrate,
		dihydrochloride, dimesilate, dipivoxil, diphosphate, dipropionate, disodium, disoproxil, edisilate, embonate,
		enantate, enanthate, erbumine, estolate, ester, ethylsuccinate, etexilate, fluoride, formate, glycinate, fumarate,
		furoate, gluceptate, gluconate, glucuronate, hcl, hemifumarate, hemihydrate, heptahydrate, hexahydrate, human,
		hyclate, hydrate, hydrobromide, hydrochloride, hydrogen, hydroxide, inhaled, iodide, isetionate, isethionate,
		lactate, lactobionate, laurilsulfate, lysine, magnesium, malate, maleate, medoxomil, meglumine, mesilate, mesylate,
		methylsulfate, micronised, micronized, mofetil, monohydrate, monohydrochloride, monosodium, mononitrate, mucate,
		napadisilate, napsilate, napsylate, nitrate, oleate, olamine, oral, orotate, oxalate, oxide, palmitate, pamoate,
		pegylated, pentahydrate, phenylpropionate, phosphate, picosulfate, pidolate, pivalate, pivoxil, polistirex,
		potassium, propionate, proxetil, recombinant, resinate, saccharate, salicylate, salt, sesquihydrate, sodium,
		stearate, strontium, succinate, sulfate, sulphate, tartrate, tebutate, teoclate, tetrahydrate, tosilate, tosylate,
		trihydrate, trisodium, trometamol, tromethamine, undecanoate, undecylenate, valerate, xinafoate, zinc, biphasic,
		soluble, isophane, purified, dried, nasal, topical, rectal, vaginal, ophthalmic, intravenous, forte, plus,
		liposomal, lyophilised, live, inactivated, synthetic, natural, base, free, racemic, dental, cutaneous, injectable,
		combined, compound, concentrated, diluted, modified, prolonged, regular, rapid`,
	// Turkish.
	`aksetil, aluminyum, amonyum, anhidr, anhidroz, arginin, asetat, asetonid, asit, askorbat, aspartat, benzatin,
		benzoat, besilat, bitartarat, bitartrat, brom, bromür, butilbromür, bütirat, dekanoat, dihidrat, dihidroklorür,
		dipropiyonat, disodyum, embonat, enantat, estolat, eteksilat, etilsüksinat, fosfat, fumarat, furoat, glukonat,
		hekzahidrat, hemihidrat, heptahidrat, hidrat, hidrobromür, hidrojen, hidroklorid, hidroklorür, hidroksit, hiklat,
		insan, iyodür, kalsiyum, karbonat, klorhidrat, klorür, konjuge, laktat, laktobiyonat, lizin, magnezyum, malat,
		maleat, medoksomil, meglumin, mesilat, mezilat, mikronize, monohidrat, mononitrat, nitrat, oksalat, oksit,
		palmitat, pamoat, pentahidrat, pidolat, pivoksil, potasyum, proksetil, propiyonat, rekombinant, salisilat,
		seskihidrat, sitrat, sodyum, sülfat, süksinat, stearat, tartarat, tartrat, tetrahidrat, tosilat, trihidrat,
		trometamin, undekanoat, valerat, çinko, nazal, topikal, oral, rektal, vajinal, bileşik, kombine, çözünür`,
	// Persian.
	`استات, استونید, اسید, آرژینین, آسپارتات, آلومینیوم, آمونیوم, آنهیدروس, انسانی, انانتات, اکساید, اکسید, استئارات,
		بزیلات, بنزاتین, بنزوات, بوتیل بروماید, برماید, بروماید, بی تارتارات, بی سولفات, پالمیتات, پاموات, پتاسیم,
		پروپیونات, پیوالات, تارتارات, تارترات, تری هیدرات, دکانوات, دی پروپیونات, دی سدیم, دی هیدرات, دی هیدروکلراید, روی,
		سدیم, سوکسینات, سولفات, سیترات, فسفات, فلوراید, فورات, فومارات, کربنات, کلراید, کلرید, کلسیم, کونژوگه, گلوکونات,
		لاکتات, لیزین, مالئات, ماله آت, مزیلات, منیزیم, مونوهیدرات, میکرونیزه, مگلومین, مدوکسومیل, نوترکیب, نیترات,
		همی هیدرات, هیدرات, هیدروبروماید, هیدروکسید, هیدروکلراید, هیدروکلرید, هیکلات, والرات, یدید, یداید, استنشاقی,
		کانژوگه, خوراکی, تزریقی, موضعی, بینی, چشمی, واژینال, ترکیبی`,
	// Arabic.
	`أرجينين, أسيتات, أسيتونيد, أكسيد, ألومنيوم, ألمنيوم, أمونيوم, إستولات, إيثيل سكسينات, باموات, بالميتات, بروبيونات,
		بروميد, بنزاثين, بوتاسيوم, بوتيل بروميد, بيتارترات, بيسيلات, ترتارات, تروميثامين, ثلاثي الهيدرات, ثنائي الصوديوم,
		ثنائي الهيدرات, حمض, ديكانوات, دايهيدرات, ستيارات, سكسينات, سلفات, سترات, سيترات, صوديوم, طرطرات, غلوكونات,
		جلوكونات, فاليرات, فلوريد, فوسفات, فوروات, كالسيوم, كبريتات, كربونات, كلوريد, لاكتات, لايسين, ليسين, لا مائي,
		لامائي, ماغنسيوم, مغنيسيوم, مغنسيوم, ماليات, مالات, مقترن, مقترنة, ميزيلات, مونوهيدرات, أحادي الهيدرات, نترات,
		نيترات, هيدرات, هيدروبروميد, هيدروجين, هيدروكسيد, هيدروكلوريد, هايدروكلورايد, هيدروكلورايد, كلورهيدرات, مؤتلف,
		مأشوب, بشري, بشرية, للاستنشاق, زنك, خارصين, يوديد, فموي, موضعي, أنفي, عيني, مهبلي, مركب`,
)

// sharedWords are words that the names of many substances share. Alone they
// name none of them. In folded form.
var sharedWords = folded(
	`sodium, potassium, calcium, magnesium, acid, vitamin, vitamins, hydrochloride, sulfate, sulphate, phosphate, chloride, acetate, nitrate,
		carbonate, oxide, hydroxide, bromide, citrate, maleate, fumarate, succinate, tartrate, extract, oil, iodine`,
	`sodyum, potasyum, kalsiyum, magnezyum, asit, asidi, vitamini, vitaminler, hidroklorür, sülfat, fosfat, klorür, asetat, nitrat, karbonat, oksit,
		hidroksit, bromür, sitrat, maleat, fumarat, süksinat, tartrat, ekstresi, yağı, iyot`,
	`سدیم, پتاسیم, کلسیم, منیزیم, اسید, ویتامین, ویتامین ها, هیدروکلراید, سولفات, فسفات, کلراید, استات, نیترات, کربنات, اکسید, هیدروکسید, سیترات, عصاره, روغن, ید`,
	`صوديوم, بوتاسيوم, كالسيوم, مغنيسيوم, حمض, فيتامين, فيتامينات, هيدروكلوريد, كبريتات, فوسفات, كلوريد, أسيتات, نترات, كربونات, أكسيد, هيدروكسيد, سترات, خلاصة, زيت, يود`,
)

// acids are the words for acid, in folded form.
var acids = folded(`acid, asit, asidi, اسید, حمض`)

// folded returns the set of the words and, joined, phrases in lists separated
// by commas, in folded form.
func folded(lists ...string) map[string]bool {
	set := map[string]bool{}
	for _, list := range lists {
		for name := range strings.SplitSeq(list, ",") {
			set[keyOf(wordsOf(split(clean(strings.TrimSpace(name)))))] = true
		}
	}
	return set
}
