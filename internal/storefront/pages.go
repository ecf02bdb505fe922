package storefront

import (
	"context"

	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/shelf"
)

// wholeAlphabet is the maximum number of medicines on a single A to Z page. With
// more, each letter has its own page.
const wholeAlphabet = 500

func (s *Shop) aToZ(lang string, a *pagecache.Address) pagecache.Response {
	snap := s.opts.Medicines.Current()
	letters := snap.Letters(lang)
	letter := a.Query("letter")
	split := len(snap.Catalogue().Groups) > wholeAlphabet
	if letter == "" || !split {
		if split && len(letters) > 0 {
			letter = letters[0].Text
		} else {
			letter = ""
		}
		return s.aToZPlan(snap, lang, letter)
	}
	for _, known := range letters {
		if known.Text == letter {
			return s.aToZPlan(snap, lang, letter)
		}
	}
	return pagecache.Redirect{To: "/" + lang + "/a-to-z"}
}

func (s *Shop) aToZPlan(snap *shelf.Snapshot, lang, letter string) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: lang, Path: aToZPath(letter),
		Render: func(context.Context) (pagecache.Document, error) { return s.showAToZ(snap, lang, letter) },
	}
}

// aToZPath returns the canonical path and query of an A to Z page, without the
// language.
func aToZPath(letter string) string {
	return pagecache.Canonical("/a-to-z", pagecache.Param{Name: "letter", Value: letter})
}

func (s *Shop) showAToZ(snap *shelf.Snapshot, lang, letter string) (pagecache.Document, error) {
	l := locale(lang)
	path := aToZPath(letter)
	letters, canonical := snap.Letters(lang), path
	if letter != "" && letter == letters[0].Text {
		canonical = aToZPath("") // the same page
	}
	p := azPage{layout: s.public(snap, lang, path, canonical)}
	p.Title, p.Description, p.Section = s.titled(l, l.T("title.az"), 1), l.T("description.az"), "a-to-z"
	if canonical == path && letter != "" {
		p.Title, p.Description = s.titled(l, l.T("title.az.of", letter), 1), l.T("description.az.of", letter)
		// Other languages have other letters, so they have no such page.
		p.Alternates = nil
		for i := range p.Languages {
			if code := p.Languages[i].Code; code != lang {
				p.Languages[i].Href = "/" + code + aToZPath("")
			}
		}
	}
	for _, known := range letters {
		id := "letter-" + known.ID
		if letter != "" {
			p.Letters = append(p.Letters, link{Text: known.Text, Href: "/" + lang + aToZPath(known.Text)})
			if known.Text != letter {
				continue
			}
		} else {
			p.Letters = append(p.Letters, link{Text: known.Text, Href: "#" + id})
		}
		section := azSection{ID: id, Letter: known.Text}
		for _, g := range known.Groups {
			section.Links = append(section.Links, link{Text: g.Name.In(lang), Href: "/" + lang + medicinePath(g)})
		}
		p.Sections = append(p.Sections, section)
	}
	return s.page("a-to-z", lang, "a-to-z", p)
}

func (s *Shop) about(lang string, _ *pagecache.Address) pagecache.Response {
	return s.aboutPlan(s.opts.Medicines.Current(), lang)
}

func (s *Shop) aboutPlan(snap *shelf.Snapshot, lang string) pagecache.Plan {
	return pagecache.Plan{
		Version: snap.Version(), Lang: lang, Path: "/about",
		Render: func(context.Context) (pagecache.Document, error) { return s.showAbout(snap, lang) },
	}
}

func (s *Shop) showAbout(snap *shelf.Snapshot, lang string) (pagecache.Document, error) {
	l := locale(lang)
	p := aboutPage{layout: s.public(snap, lang, "/about", "/about")}
	p.Title, p.Description, p.Section = s.titled(l, l.T("title.about"), 1), l.T("description.about"), "about"
	p.StructData = []any{s.pharmacy(l)}
	for _, c := range []catalogue.Class{catalogue.General, catalogue.Pharmacist, catalogue.Prescription, catalogue.Controlled} {
		meaning := "class." + c.String() + ".meaning"
		if c.Orderable() && !s.selling() {
			meaning = "class." + c.String() + ".shelf"
		}
		p.Classes = append(p.Classes, classMeaning{
			Tag:  classTag{ID: c.String(), Text: l.T("class." + c.String())},
			Text: l.T(meaning),
		})
	}
	c := snap.Catalogue()
	p.Facts = []fact{
		{l.T("about.fact.medicines"), l.Number(len(c.Groups))},
		{l.T("about.fact.products"), l.Number(snap.Count(shelf.Query{}))},
	}
	if !c.Updated.IsZero() {
		year, month, day := c.Updated.UTC().Date()
		p.Facts = append(p.Facts, fact{l.T("about.fact.updated"), l.Date(year, int(month), day)})
	}
	return s.page("about", lang, "about", p)
}
