// Package search finds medicines by what people type: half-remembered names,
// in Persian, Arabic, Turkish or English letters, with any keyboard's digits,
// with or without spaces.
//
// An [Index] is built once from [Document]s, is immutable and safe for
// concurrent use. A search returns either hits, which answer the query, or
// suggestions, which must be presented as questions. A medicine is never
// answered with another: what only resembles the query is asked back, since the
// names of two medicines often differ by a single letter.
//
// # Folding
//
// [Fold] returns the form in which texts are compared. The same rules apply to
// names and queries, in this order:
//
//  1. Broken UTF-8 and U+FFFD separate words; ™ and ℠ vanish (their
//     compatibility forms would add letters to a brand).
//  2. Compatibility decomposition, NFKD (Unicode Standard Annex #15):
//     presentation forms, full-width forms, ligatures, superscripts. It takes
//     the hamza or madda off أ إ آ ؤ ئ ۀ ۂ and the diacritic off ğ ü ş ö ç İ.
//  3. Nonspacing and enclosing marks vanish (general categories Mn, Me): fatha
//     to sukun, shadda, superscript alef, the Latin diacritics of rule 2.
//  4. Format characters vanish (general category Cf): bidirectional marks,
//     embeddings, overrides and isolates (UAX #9), joiners, soft hyphen, BOM.
//     The zero-width non-joiner, which Persian writes inside compounds (The
//     Unicode Standard, section 23.2), vanishes too; both halves can still be
//     found on their own. Tatweel U+0640, a stretcher of lines, vanishes.
//  5. Case: upper and then lower (UnicodeData.txt), so that final sigma and
//     the like agree. I, ı, İ and i are all i: Latin and Turkish casing
//     (SpecialCasing.txt, tr) disagree about them, and a query does not say
//     its language. ß æ œ ø ł đ ð þ become ss ae oe o l d d th (CLDR
//     transform Latin-ASCII).
//  6. Arabic letters: ي ى ے and Kurdish and Pashto forms are ی; ك and ڪ are ک;
//     ة ە ہ ھ ۃ are ه; ٱ is ا; ؤ and Kurdish forms of و are و; ڤ is ف; a hamza of
//     its own vanishes. Persian (CLDR fa, main exemplar; ISIRI 6219) writes ی and ک
//     where Arabic (CLDR ar) writes ي ى and ك, keyboards mix them, and ة has
//     become ه or ت in Persian.
//  7. Digits U+0660 to 0669 and U+06F0 to 06F9 are 0 to 9 (UnicodeData.txt,
//     decimal digit values; CLDR numbering systems arab, arabext, latn).
//  8. Numbers. The decimal point is . (CLDR en), , (tr) or ٫ (fa, ar); , . ٬ ،
//     before groups of three digits separate thousands. "1,500" is 1500,
//     "2,5" is 2.5, "0,125" is 0.125; a single . separates thousands only
//     before "000", since nobody writes three empty decimals. Persian
//     typewriting uses a slash for the decimal point: "0/5" is 0.5, as no
//     strength is zero. Leading zeros and empty decimals vanish.
//  9. A digit beside a letter starts a new word: 500mg, b12. An ATC code of the
//     third level or below (N02BE01) stays one word.
//  10. Units take one form, whichever language and spacing they have (CLDR
//     unit names and abbreviations of en, fa, tr, ar; the SI brochure for
//     symbols): mg, mcg, ng, g, kg, ml, l, units, mmol, meq, %, dose, hour,
//     and the words million and thousand. Spellings that are also words or
//     letters, such as g, u or واحد, are units only after a number or a unit.
//     A percent sign before its number, as in Turkish, is put after it.
//  11. Apostrophes between letters vanish (St John's), points between single
//     letters too (i.u.). Every other character separates words.
//
// [Fold] is idempotent. Spaces inside compounds are no obstacle: an index
// holds neighbouring words joined as well, and a query's neighbouring words
// are tried joined, so that میلی‌گرم, میلی گرم and میلیگرم, or آموکسی‌سیلین and
// آموکسی سیلین, are the same.
//
// # Answers
//
// All words of a query must match, except stop words between names: and, with,
// ve, ile, و, با, مع. A hit explains them by
//
//   - whole words of its names, synonyms, brands, category and codes, and of one
//     or several variants;
//   - words, or beginnings of words, of one name of the substance; or
//   - the spelling of a name of the substance in another language; see
//     [Index.Search].
//
// Words taken from several names count only whole. The beginning of a brand, a
// part inside a word, and a word that sounds like a brand are suggestions.
//
// A space or hyphen within a name of one word does not make two: "es citalopram"
// is not found by citalopram. Which words are one word, a list of [Substances]
// tells, and the other names of the index: what stands before the name of
// another substance and is no salt, form or substance itself belongs to it. For
// the same reason the name of a substance matches no other by its beginning:
// heparin is no heparinoid. A substance of the list is found by all its
// spellings, whichever of them the names have.
//
// Numbers match only whole. One or two letters with a number, such as B12, are
// one word, so that B2 finds neither B12 nor B1 in packs of 2. A single letter
// among other words matches only itself. Arabic's article and the conjunction
// written onto a word (ال, و, لل, بال) are optional.
//
// Words that no name matches must match items: a strength, a form or a pack
// narrows a medicine to its [Item]s that have it. Quantities compare by value,
// so 1000 mg is 1 g. A bare number is milligrams if an item has as many, else
// the value of a strength in another unit, else the amount of a pack. In a
// query, a number with a point or comma before three digits may be either of
// two. Amounts that a query joins, as in 10/5 mg, must follow each other so in a
// strength. After the whole name of a combination a number also matches the sum of
// the strengths (co-amoxiclav 625 is 500 mg/125 mg).
//
// Kinds of medicines and complaints match the category by a whole part of its
// names ("fever" of "Pain and fever", but not the blood of "blood pressure"),
// and a description by words in any order. Both are compared by stems, without
// words for medicines in general: "öksürük ilacı" is öksürük.
//
// # Questions
//
// If nothing answers the query, suggestions are medicines that the query names
// and that lack the strength or form; names that contain it or brands that begin
// with it; and names that are a slip or two away. They explain every word of
// the query: half of it is not what was meant. A substance of the list that no
// document has is named in [Result.Unstocked].
//
// # Reading the code
//
// A search passes through the files in this order: query.go parses the query
// (by the rules in fold.go, units.go and words.go), lookup.go looks up its
// words in the inverted index that index.go builds, match.go walks their
// postings to find matching documents and items, and rank.go ranks them.
// topic.go looks up categories and descriptions by the stems of stem.go.
// substances.go and qualifiers.go hold what is known of names. search.go combines
// the steps, and suggest.go computes suggestions if nothing matches.
//
// # Limits
//
// Only the first 256 characters and 16 words of a query count. A search visits
// at most 20,000 documents, and that many substring matches for each word of
// the query. Suggestions take at most 60 more searches and, for each of at most
// three unmatched words, three passes over the distinct words of the index. The
// work is therefore bounded for any input, and any text is a valid query.
package search
