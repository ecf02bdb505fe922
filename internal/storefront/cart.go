package storefront

import (
	"errors"
	"mime"
	"net/http"
	"strconv"
	"strings"

	"github.com/go-chi/chi/v5"

	"pharmacy/internal/cart"
	"pharmacy/internal/catalogue"
	"pharmacy/internal/pagecache"
	"pharmacy/internal/render"
	"pharmacy/internal/session"
	"pharmacy/internal/shelf"
)

// maxForm bounds the body of a form, in bytes.
const maxForm = 16 << 10

// visit is what a personal page works with.
type visit struct {
	lang    string
	locale  *render.Locale
	snap    *shelf.Snapshot
	session *session.Session
	form    func(name string) string
	path    func(name string) string
}

// reply is what a personal page answers: a page, or, with to, a redirect
// after a change (303, so that reloading repeats nothing).
type reply struct {
	status   int
	document pagecache.Document
	to       string
	failure  *failureKind
}

func failed(kind failureKind) reply { return reply{failure: &kind} }

// personal lets a page work with the visitor's session, and only then writes,
// so that a store which fails never leaves half an answer.
func (s *Shop) personal(lang string, page func(*visit) (reply, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !s.selling() {
			s.fail(w, r, lang, failNotFound)
			return
		}
		if r.Method == http.MethodPost {
			if kind, ok := readForm(w, r); !ok {
				s.fail(w, r, lang, kind)
				return
			}
		}
		switch answer := s.inSession(w, r, lang, page); {
		case answer.failure != nil:
			s.fail(w, r, lang, *answer.failure)
		case answer.to != "":
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, answer.to, http.StatusSeeOther)
		default:
			pagecache.WriteUncached(w, r, answer.status, answer.document)
		}
	}
}

// inSession opens the session, lets a page work with it, and saves it, with
// its cookies in w. It is closed before anything is written: a visitor who
// reads slowly must not keep others from theirs.
func (s *Shop) inSession(w http.ResponseWriter, r *http.Request, lang string, page func(*visit) (reply, error)) reply {
	sess, err := s.opts.Sessions.Open(r)
	if err != nil {
		return s.unavailable(err)
	}
	defer sess.Close()
	answer, err := page(&visit{
		lang: lang, locale: locale(lang), snap: s.opts.Medicines.Current(), session: sess,
		form: r.PostForm.Get, path: func(name string) string { return chi.URLParam(r, name) },
	})
	if err != nil {
		s.opts.Logger.Error("a personal page could not be made", "error", err)
		return failed(failInternal)
	}
	if err := sess.Save(w); err != nil {
		if r.Method == http.MethodPost {
			return s.unavailable(err)
		}
		// A store that can be read and not written still shows a basket:
		// what would have been saved is that a message has been seen.
		s.opts.Logger.Error("a session could not be saved", "error", err)
	}
	return answer
}

// readForm reads a form in the one coding that ours are sent in, or says
// which failure it is. A form without fields needs no body and no type.
func readForm(w http.ResponseWriter, r *http.Request) (failureKind, bool) {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if (err != nil || media != "application/x-www-form-urlencoded") && (r.ContentLength != 0 || r.Header.Get("Content-Type") != "") {
		return failMediaType, false
	}
	if err := r.ParseForm(); err != nil {
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			return failTooLarge, false
		}
		return failBadRequest, false
	}
	return 0, true
}

// unavailable says that baskets cannot be reached just now. The visitor's
// cookie stays, so that the basket is there again when the store is.
func (s *Shop) unavailable(err error) reply {
	s.opts.Logger.Error("a basket could not be reached", "error", err)
	return failed(failSessions)
}

func (s *Shop) showCart(v *visit) (reply, error) {
	var n *notice
	if m, ok := v.session.TakeMessage(); ok {
		args := make([]any, len(m.Args))
		for i, a := range m.Args {
			args[i] = a
		}
		n = &notice{Kind: "success", Title: v.locale.T(m.Key, args...)}
	}
	return s.cartReply(v, http.StatusOK, n)
}

// cartReply shows the basket as it is.
func (s *Shop) cartReply(v *visit, status int, n *notice) (reply, error) {
	l, lang := v.locale, v.lang
	base := s.base(lang, "/cart")
	base.Title, base.Section, base.NoIndex = s.titled(l, l.T("title.cart"), 1), "cart", true
	if n != nil {
		// The title is what a screen reader says first of a new page; a live
		// region that is there from the start often stays silent.
		base.Title = l.T("title.site", n.Title, base.Title)
	}
	base.Demonstration = s.opts.Demonstration != nil && s.opts.Demonstration(v.snap)
	basket := v.session.Cart()
	p := cartPage{layout: base, Notice: n, Empty: "/" + lang + "/cart/empty", Count: basket.Count()}
	p.TaxNote = l.T("cart.tax")
	lines, total := basket.Price(v.snap)
	currency := v.snap.Catalogue().Currency
	for _, line := range lines {
		cl := cartLine{
			Quantity: line.Quantity,
			Update:   "/" + lang + "/cart/items/" + line.Variant,
			Remove:   "/" + lang + "/cart/items/" + line.Variant + "/remove",
		}
		if line.Problem == cart.Gone {
			cl.item = item{ID: line.Variant, Name: line.Variant}
			cl.Problem = l.T("cart.problem.gone")
			p.Lines = append(p.Lines, cl)
			continue
		}
		cl.item = s.item(l, v.snap, line.Ref)
		cl.Change = quantityField(line.Quantity, quantityOfLabel(l, cl.item))
		switch line.Problem {
		case cart.Refused:
			key := "cart.problem.class"
			switch line.Reason {
			case catalogue.ReasonExpired:
				key = "cart.problem.expired"
			case catalogue.ReasonNoPrice:
				key = "cart.problem.price"
			}
			cl.Problem = l.T(key)
		case cart.PriceChanged:
			cl.Problem = l.T("cart.problem.price_changed", l.Money(int64(line.Seen), currency), cl.Price)
			fallthrough
		default:
			cl.Total = l.Money(int64(line.Total), currency)
		}
		p.Lines = append(p.Lines, cl)
	}
	if len(p.Lines) > 0 {
		p.Total = l.Money(int64(total), currency)
	} else {
		p.Nothing = nothingChosen(l)
	}
	// A change has now been announced; the next visit is not told again.
	if seen, changed := basket.Acknowledge(v.snap); changed {
		v.session.SetCart(seen)
	}
	d, err := s.page("cart", lang, "cart", p)
	return reply{status: status, document: d}, err
}

// quantityOfLabel says whose quantity a line of the basket changes.
func quantityOfLabel(l *render.Locale, it item) string {
	return l.T("cart.quantity_of", it.Name+" "+it.Strength.Text)
}

// nothingChosen leads on from an empty basket.
func nothingChosen(l *render.Locale) *emptyState {
	return &emptyState{Heading: l.T("cart.empty"), Text: l.T("cart.empty_hint"), WaysOn: waysOn(l)[1:]}
}

func (s *Shop) addItem(v *visit) (reply, error) {
	id := strings.TrimSpace(v.form("variant"))
	quantity, ok := quantityOf(v.form("quantity"))
	return s.change(v, id, ok, "cart.added", func(c cart.Cart) (cart.Cart, error) { return c.Add(v.snap, id, quantity) })
}

func (s *Shop) changeItem(v *visit) (reply, error) {
	id := v.path("variant")
	quantity, ok := quantityOf(v.form("quantity"))
	if ok && quantity == 0 {
		return s.removeItem(v)
	}
	return s.change(v, id, ok, "cart.changed", func(c cart.Cart) (cart.Cart, error) { return c.Set(v.snap, id, quantity) })
}

// change applies one change to the basket. What is refused is explained on
// the basket's page, which is as it was.
func (s *Shop) change(v *visit, id string, quantityOK bool, done string, apply func(cart.Cart) (cart.Cart, error)) (reply, error) {
	l := v.locale
	ref, known := v.snap.Variant(id)
	var limit *cart.LimitError
	var basket cart.Cart
	err := cart.ErrUnknown
	if known {
		basket, err = apply(v.session.Cart())
		// What may not be sold is refused whatever the quantity.
		if !quantityOK && !errors.Is(err, cart.ErrRefused) {
			err = cart.ErrQuantity
		}
	}
	explain := func(status int, text string) (reply, error) {
		return s.cartReply(v, status, &notice{Kind: "error", Title: l.T("error.refused.title"), Texts: []string{text}})
	}
	switch {
	case errors.Is(err, cart.ErrUnknown):
		return failed(failVariant), nil
	case errors.Is(err, cart.ErrRefused):
		_, reason := ref.Variant.Orderable(v.snap.Day())
		status := http.StatusForbidden
		if reason == catalogue.ReasonExpired || reason == catalogue.ReasonNoPrice {
			status = http.StatusConflict
		}
		return explain(status, l.T("refusal."+string(reason)))
	case errors.Is(err, cart.ErrQuantity):
		return explain(http.StatusUnprocessableEntity, l.T("error.quantity", cart.MaxPerIngredient))
	case errors.As(err, &limit):
		name := v.snap.IngredientName(limit.Ingredient, v.lang)
		return explain(http.StatusUnprocessableEntity, l.T("cart.limit", cart.MaxPerIngredient, name))
	case errors.Is(err, cart.ErrFull):
		return explain(http.StatusUnprocessableEntity, l.T("cart.full", cart.MaxLines))
	case err != nil:
		return reply{}, err
	}
	v.session.SetCart(basket)
	v.session.SetMessage(session.Message{Key: done, Args: []string{label(l, ref)}})
	return reply{to: "/" + v.lang + "/cart"}, nil
}

func (s *Shop) removeItem(v *visit) (reply, error) {
	id := v.path("variant")
	v.session.SetCart(v.session.Cart().Remove(id))
	name := id
	if ref, ok := v.snap.Variant(id); ok {
		name = label(v.locale, ref)
	}
	v.session.SetMessage(session.Message{Key: "cart.removed", Args: []string{name}})
	return reply{to: "/" + v.lang + "/cart"}, nil
}

func (s *Shop) emptyCart(v *visit) (reply, error) {
	v.session.SetCart(cart.Cart{})
	v.session.SetMessage(session.Message{Key: "cart.emptied"})
	return reply{to: "/" + v.lang + "/cart"}, nil
}

// quantityOf reads a quantity in any of the digits that visitors type.
// Nothing at all means one.
func quantityOf(s string) (int, bool) {
	s = strings.Map(asciiDigit, strings.TrimSpace(s))
	if s == "" {
		return 1, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && !strings.HasPrefix(s, "+")
}
