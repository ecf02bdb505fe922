package storefront

import (
	"net/http"
	"net/url"
	"strings"

	"golang.org/x/text/language"

	"pharmacy/internal/render"
)

const (
	// languageCookie is the name of the cookie with the language that a visitor
	// chose.
	languageCookie = "language"
	year           = 365 * 24 * 60 * 60 // seconds
)

// codes[i] is the language to serve for the tag with index i in matcher. Dari
// (prs) maps to Persian, which the matcher does not do by itself.
var (
	codes   = append(render.Languages(), "fa")
	matcher = language.NewMatcher(func() (tags []language.Tag) {
		for _, code := range render.Languages() {
			tags = append(tags, language.MustParse(code))
		}
		return append(tags, language.MustParse("prs"))
	}())
)

// languageOf returns the language of a request: that of the path, the cookie or
// Accept-Language, or the default. Only uncached responses may depend on it.
func (s *Shop) languageOf(r *http.Request) string {
	lang, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if _, ok := render.LocaleFor(lang); ok {
		return lang
	}
	return s.preferred(r)
}

// preferred returns the language of the visitor: that of the cookie or
// Accept-Language, or the default.
func (s *Shop) preferred(r *http.Request) string {
	if c, err := r.Cookie(languageCookie); err == nil {
		if _, ok := render.LocaleFor(c.Value); ok {
			return c.Value
		}
	}
	accept := r.Header.Get("Accept-Language")
	if accept == "" || len(accept) > 1000 {
		return s.opts.DefaultLanguage
	}
	tags, _, err := language.ParseAcceptLanguage(accept)
	if err != nil || len(tags) == 0 {
		return s.opts.DefaultLanguage
	}
	if _, i, confidence := matcher.Match(tags...); confidence > language.No {
		return codes[i]
	}
	return s.opts.DefaultLanguage
}

// negotiate redirects from "/" to the home page in the language of the visitor.
// The redirect is for one visitor, so no cache may store it.
func (s *Shop) negotiate(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("Vary", "Accept-Language, Cookie")
	http.Redirect(w, r, "/"+s.preferred(r)+parameters(r), http.StatusFound)
}

// setLanguage stores the chosen language in a cookie and redirects to the same
// page in that language.
func (s *Shop) setLanguage(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	if kind, ok := readForm(w, r); !ok {
		s.fail(w, r, s.languageOf(r), kind)
		return
	}
	lang := r.PostForm.Get("language")
	if lang == "" {
		lang = r.PostForm.Get("lang")
	}
	if _, ok := render.LocaleFor(lang); !ok {
		s.fail(w, r, s.languageOf(r), failBadRequest)
		return
	}
	http.SetCookie(w, &http.Cookie{
		Name: languageCookie, Value: lang, Path: "/", MaxAge: year,
		SameSite: http.SameSiteLaxMode, HttpOnly: true, Secure: s.opts.PublicURL.Scheme == "https",
	})
	next := r.PostForm.Get("next")
	if next == "" {
		if u, err := url.Parse(r.Referer()); err == nil && (u.Host == r.Host || u.Host == s.opts.PublicURL.Host) {
			next = u.RequestURI()
		}
	}
	http.Redirect(w, r, inLanguage(next, lang), http.StatusSeeOther)
}

// inLanguage returns the address of the same page in another language. For
// anything but a local address of a page with a language it returns the home
// page, so that it is no open redirect.
func inLanguage(address, lang string) string {
	home := "/" + lang
	if strings.ContainsAny(address, "\\\r\n\t") {
		return home
	}
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || strings.Contains(u.Path, "//") {
		return home
	}
	old, rest, more := strings.Cut(strings.TrimPrefix(u.Path, "/"), "/")
	if _, ok := render.LocaleFor(old); !ok || !strings.HasPrefix(u.Path, "/") {
		return home
	}
	to := url.URL{Path: home, RawQuery: u.RawQuery}
	if more && rest != "" {
		to.Path += "/" + rest
	}
	return to.String()
}
