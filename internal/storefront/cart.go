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

// maxForm is the maximum size of a form body, in bytes.
const maxForm = 16 << 10

// visit holds the inputs of a personal page.
type visit struct {
	lang    string
	locale  *render.Locale
	snap    *shelf.Snapshot
	session *session.Session
	form    func(name string) string
	path    func(name string) string
}

// reply is the response of a personal page: a document; a redirect to the
// address in to, with status 303, so that reloading the page does not repeat the
// change; or an error page.
type reply struct {
	status   int
	document pagecache.Document
	to       string
	failure  *failureKind
}

// failed returns a reply with the error page of a kind.
func failed(kind failureKind) reply { return reply{failure: &kind} }

// personal returns a handler that runs page with the visitor's session. It
// writes the response after the session is saved, so that a failing store does
// not leave a partial response.
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
		switch rep := s.inSession(w, r, lang, page); {
		case rep.failure != nil:
			s.fail(w, r, lang, *rep.failure)
		case rep.to != "":
			w.Header().Set("Cache-Control", "no-store")
			http.Redirect(w, r, rep.to, http.StatusSeeOther)
		default:
			pagecache.WriteUncached(w, r, rep.status, rep.document)
		}
	}
}

// inSession opens the session, runs page, and saves the session with its cookies
// in the header of w. It closes the session before the response is written, so
// that a slow client does not hold it.
func (s *Shop) inSession(w http.ResponseWriter, r *http.Request, lang string, page func(*visit) (reply, error)) reply {
	sess, err := s.opts.Sessions.Open(r)
	if err != nil {
		return s.unavailable(err)
	}
	defer sess.Close()
	rep, err := page(&visit{
		lang: lang, locale: locale(lang), snap: s.opts.Medicines.Current(), session: sess,
		form: r.PostForm.Get, path: func(name string) string { return chi.URLParam(r, name) },
	})
	if err != nil {
		s.opts.Logger.Error("cannot render personal page", "error", err)
		return failed(failInternal)
	}
	if err := sess.Save(w); err != nil {
		if r.Method == http.MethodPost {
			return s.unavailable(err)
		}
		// A read-only store can still show a basket. All that is lost is that
		// the message has been seen.
		s.opts.Logger.Error("cannot save session", "error", err)
	}
	return rep
}

// readForm parses the URL-encoded form of a request. If it cannot, it returns
// the kind of failure and false. An empty body needs no Content-Type.
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

// unavailable logs err and returns a reply that says that the basket is
// unavailable. The cookie stays, so that the basket is back when the session
// store is.
func (s *Shop) unavailable(err error) reply {
	s.opts.Logger.Error("cannot reach session store", "error", err)
	return failed(failSessions)
}

// showCart shows the basket and the message of the last change.
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

// cartReply returns the page of the basket with the given status. n may be nil.
func (s *Shop) cartReply(v *visit, status int, n *notice) (reply, error) {
	basket := v.session.Cart()
	d, err := s.showBasket(v.locale, v.snap, basket, n)
	if err != nil {
		return reply{}, err
	}
	// A price change is shown once.
	if seen, changed := basket.Acknowledge(v.snap); changed {
		v.session.SetCart(seen)
	}
	return reply{status: status, document: d}, nil
}

// showBasket renders the page of a basket. n may be nil.
func (s *Shop) showBasket(l *render.Locale, snap *shelf.Snapshot, basket cart.Cart, n *notice) (pagecache.Document, error) {
	lang := l.Code()
	base := s.base(lang, "/cart")
	base.Title, base.Section, base.NoIndex = s.titled(l, l.T("title.cart"), 1), "cart", true
	if n != nil {
		// A screen reader announces the title of a new page first. It often
		// ignores a live region that is present from the start.
		base.Title = l.T("title.site", n.Title, base.Title)
	}
	base.Demonstration = s.opts.Demonstration != nil && s.opts.Demonstration(snap)
	p := cartPage{layout: base, Notice: n, Empty: "/" + lang + "/cart/empty", Count: basket.Count()}
	p.TaxNote = l.T("cart.tax")
	lines, total := basket.Price(snap)
	currency := snap.Catalogue().Currency
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
		cl.item = s.item(l, snap, line.Ref)
		cl.Change = quantityField(line.Quantity, quantityOfLabel(l, cl.item))
		switch line.Problem {
		case cart.Refused:
			key := "cart.problem.class"
			switch line.Reason {
			case catalogue.ReasonUnreadable:
				key = "cart.problem.unreadable"
			case catalogue.ReasonExpired:
				key = "cart.problem.expired"
			case catalogue.ReasonStrength:
				key = "cart.problem.strength"
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
	return s.page("cart", lang, "cart", p)
}

// quantityOfLabel returns the accessible name of the quantity field of a line.
func quantityOfLabel(l *render.Locale, it item) string {
	return l.T("cart.quantity_of", it.Name+" "+it.Strength.Text)
}

// nothingChosen returns the state of an empty basket.
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

// change applies a change to the basket, sets done as the message of the next
// page, and redirects to the basket. If the change is refused, it returns the
// unchanged basket with the reason.
func (s *Shop) change(v *visit, id string, quantityOK bool, done string, apply func(cart.Cart) (cart.Cart, error)) (reply, error) {
	l := v.locale
	ref, known := v.snap.Variant(id)
	var limit *cart.LimitError
	var basket cart.Cart
	err := cart.ErrUnknown
	if known {
		basket, err = apply(v.session.Cart())
		// That a variant may not be sold takes precedence over an invalid
		// quantity.
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
		switch reason {
		case catalogue.ReasonUnreadable, catalogue.ReasonExpired, catalogue.ReasonStrength, catalogue.ReasonNoPrice:
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

// quantityOf parses a quantity in ASCII, Persian or Arabic-Indic digits. An
// empty string means 1.
func quantityOf(s string) (int, bool) {
	s = catalogue.WesternDigits(s)
	if s == "" {
		return 1, true
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 0 && !strings.HasPrefix(s, "+")
}
