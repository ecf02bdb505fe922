package pagecache

import (
	"bytes"
	"context"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"pharmacy/internal/cache"
	"pharmacy/internal/redistest"
)

func FuzzCanonical(f *testing.F) {
	for _, s := range []string{
		"", "category=pain&page=2", "page=2&category=pain", "category=a&category=b", "utm_source=x&q=%D8%A7", "q=a+b%20c", "q=%zz&q=ok", "q=%", "=&=&&",
		"category", "c%61tegory=x", "q=%ff%fe", "q=\xff", "q=a;b", "q=a=b", "q=%26%3D%23%3F", "q=%00", "Q=x", strings.Repeat("q=x&", 100),
	} {
		f.Add(s, uint64(1))
	}
	names := []string{"category", "page", "q", "sort"}
	canonical := func(query string) string {
		a := Address{names: names}
		a.parse(query)
		params := make([]Param, 0, len(names))
		for _, name := range names {
			params = append(params, Param{name, a.Query(name)})
		}
		if a.Query("utm_source") != "" {
			t := "an undeclared parameter is seen"
			panic(t)
		}
		return Canonical("/medicines", params...)
	}
	f.Fuzz(func(t *testing.T, query string, seed uint64) {
		first := canonical(query)
		path, rest, _ := strings.Cut(first, "?")
		if path != "/medicines" || !utf8.ValidString(first) || strings.ContainsAny(rest, " \"<>#\\\r\n\x00") {
			t.Errorf("%q becomes %q", query, first)
		}
		if again := canonical(rest); again != first {
			t.Errorf("%q becomes %q, which becomes %q", query, first, again)
		}
		if values, err := url.ParseQuery(rest); err != nil || len(values) > len(names) {
			t.Errorf("%q becomes %q, which is %v, %v", query, first, values, err)
		}
		// The order of parameters does not matter, except that the first of a name counts.
		pairs := strings.Split(rest, "&")
		rand.New(rand.NewPCG(seed, 0)).Shuffle(len(pairs), func(i, j int) { pairs[i], pairs[j] = pairs[j], pairs[i] })
		for _, other := range []string{strings.Join(pairs, "&"), "utm_source=x&" + strings.Join(pairs, "&") + "&gclid=y", rest + "&" + rest} {
			if got := canonical(other); got != first {
				t.Errorf("%q becomes %q, %q becomes %q", rest, first, other, got)
			}
		}
		// The query is parsed as net/url does, if it can parse it.
		if values, err := url.ParseQuery(query); err == nil {
			a := Address{names: names}
			a.parse(query)
			for _, name := range names {
				if want := strings.ToValidUTF8(values.Get(name), "\uFFFD"); a.Query(name) != want {
					t.Errorf("%q: %s is %q, net/url says %q", query, name, a.Query(name), want)
				}
			}
		}
	})
}

func TestCanonicalSortsAndLeavesOutWhatIsEmpty(t *testing.T) {
	for _, c := range []struct {
		params []Param
		want   string
	}{
		{nil, "/medicines"},
		{[]Param{{"page", ""}, {"q", ""}}, "/medicines"},
		{[]Param{{"sort", "price"}, {"category", "pain"}, {"page", ""}}, "/medicines?category=pain&sort=price"},
		{[]Param{{"q", "a&b=c #?/ä"}}, "/medicines?q=a%26b%3Dc+%23%3F%2F%C3%A4"},
	} {
		if got := Canonical("/medicines", c.params...); got != c.want {
			t.Errorf("%v: got %q, want %q", c.params, got, c.want)
		}
	}
}

func samples(t testing.TB) []*storedPage {
	t.Helper()
	var pages []*storedPage
	for _, d := range []Document{
		{},
		{ContentType: "text/html; charset=utf-8", Language: "fa", Body: []byte("<p>سلام</p>")},
		{ContentType: "application/json", Body: bytes.Repeat([]byte(`{"a":1}`), 1000)},
		{ContentType: "text/plain", Body: make([]byte, maxBrotli+1)},
	} {
		p, err := newPage(d)
		if err != nil {
			t.Fatal(err)
		}
		pages = append(pages, p)
	}
	return pages
}

func FuzzPageCodec(f *testing.F) {
	for _, p := range samples(f) {
		b, err := codec{}.Encode(p)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b)
		f.Add(b[:len(b)-1])
		f.Add(append(bytes.Clone(b), 0))
	}
	f.Add([]byte(nil))
	f.Add([]byte{pageFormat})
	f.Add([]byte{pageFormat, 0xff, 0xff, 0xff, 0xff, 0x03, 0, 0, 5, 'W', '/', '"', 'a', '"', 1, 0, 0})
	f.Add([]byte{pageFormat, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff})
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := codec{}.Decode(b)
		if err != nil {
			return
		}
		for _, text := range []string{p.contentType, p.language, p.etag} {
			if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("control character or non-ASCII text in a field: %q", text)
			}
		}
		if !validETag(p.etag) || len(p.gzip) == 0 || p.length < 0 {
			t.Errorf("accepted: %+v", p)
		}
		again, err := codec{}.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		q, err := codec{}.Decode(again)
		if err != nil || q.etag != p.etag || q.contentType != p.contentType || q.language != p.language || q.length != p.length ||
			!bytes.Equal(q.gzip, p.gzip) || !bytes.Equal(q.brotli, p.brotli) {
			t.Errorf("%+v encodes and decodes to %+v, %v", p, q, err)
		}
		if plain, err := p.withPlain(); err == nil && len(plain.plain) != p.length {
			t.Errorf("body of %d bytes, want %d", len(plain.plain), p.length)
		}
		(codec{}).Size(p)
	})
}

func TestPagesSurviveStoring(t *testing.T) {
	for _, p := range samples(t) {
		b, err := codec{}.Encode(p)
		if err != nil {
			t.Fatal(err)
		}
		q, err := codec{}.Decode(b)
		if err != nil {
			t.Fatal(err)
		}
		one, err := p.withPlain()
		if err != nil {
			t.Fatal(err)
		}
		two, err := q.withPlain()
		if err != nil || !bytes.Equal(one.plain, two.plain) || one.etag != two.etag || len(one.plain) != p.length {
			t.Errorf("%q: %v", p.contentType, err)
		}
		if (q.brotli == nil) != (p.length > maxBrotli) {
			t.Errorf("%d bytes: Brotli %v", p.length, q.brotli != nil)
		}
	}
}

func TestEntityTagsTellDocumentsApart(t *testing.T) {
	seen := map[string]Document{}
	for _, d := range []Document{
		{}, {ContentType: "a"}, {Language: "a"}, {Body: []byte("a")}, {ContentType: "a", Language: "b"}, {ContentType: "ab"}, {Language: "ab"},
		{Body: []byte("ab")}, {ContentType: "b", Language: "a"}, {ContentType: "a", Body: []byte("\x00b")},
	} {
		p, err := newPage(d)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[p.etag]; ok {
			t.Errorf("%+v and %+v have the same entity tag", d, other)
		}
		seen[p.etag] = d
		if !validETag(p.etag) {
			t.Errorf("invalid entity tag %s", p.etag)
		}
	}
}

func FuzzTimes(f *testing.F) {
	now := time.Now().UnixMilli()
	f.Add(now, now+600_000, false)
	f.Add(now-600_000, now, true)
	f.Add(now+5000, now-5000, true)
	f.Add(int64(0), int64(0), false)
	f.Add(int64(-1<<63), int64(1<<63-1), true)
	f.Add(int64(1<<63-1), int64(-1<<63), true)
	age := regexp.MustCompile(`^\d+$`)
	status := regexp.MustCompile(`^pharmacy; hit; ttl=\d{1,15}; detail=(memory|redis)$`) // RFC 9651 allows 15 digits
	f.Fuzz(func(t *testing.T, made, expires int64, memory bool) {
		if made < 0 || expires < made {
			return // no entry has such a lifetime
		}
		tier := cache.Redis
		if memory {
			tier = cache.Memory
		}
		p := new(storedPage)
		item := &cache.Item[*storedPage]{Value: p, Made: made, Expires: expires}
		for range 2 {
			got := stampOf(item, tier, nil)
			a, s := got.age, got.status
			if date, err := http.ParseTime(got.date[0]); err != nil || date.After(time.Now()) || made < 1<<40 && date.Unix() != made/1000 {
				t.Errorf("rendered at %d, Date %q, %v", made, got.date, err)
			}
			if len(a) != 1 || len(s) != 1 || !age.MatchString(a[0]) {
				t.Errorf("Age %q, Cache-Status %q", a, s)
			} else if expires < 1<<53 && !status.MatchString(s[0]) {
				t.Errorf("Cache-Status %q", s)
			}
			if n, err := strconv.ParseInt(a[0], 10, 64); err != nil || made > 0 && n > time.Now().UnixMilli()/1000 {
				t.Errorf("rendered at %d, Age %s, %v", made, a[0], err)
			}
		}
	})
}

// An entry that passes every check but cannot be decompressed fails only its own
// page.
func TestPageThatCannotBeUnpacked(t *testing.T) {
	server := redistest.Start(t)
	open := func() *cache.Cache {
		client, err := cache.Connect(server.URL() + "?read_timeout=10s&dial_timeout=10s&write_timeout=10s")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = client.Close() })
		c, err := cache.New(cache.Options{Memory: 1 << 20, Redis: client})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(c.Close)
		return c
	}
	sound := samples(t)[1]
	longer := storedPage{contentType: sound.contentType, etag: sound.etag, length: sound.length + 1, gzip: sound.gzip}
	shorter := storedPage{contentType: sound.contentType, etag: sound.etag, length: sound.length - 1, gzip: sound.gzip}
	noise := storedPage{contentType: sound.contentType, etag: sound.etag, length: sound.length, gzip: []byte("this is no gzip, but long enough")}
	for name, bad := range map[string]*storedPage{"longer": &longer, "shorter": &shorter, "noise": &noise} {
		c := open()
		forged := cache.NewSpace(open(), cache.SpaceOptions[*storedPage]{Name: "page", TTL: time.Minute, Codec: codec{}})
		if _, err := forged.Load(t.Context(), cache.Key{Name: "page:b:v:-:/" + name}, func(context.Context) (*storedPage, error) { return bad, nil }); err != nil {
			t.Fatal(err)
		}
		pages := New(Options{Cache: c, Build: "b", TTL: time.Minute, ErrorPage: func(string) Document { return Document{ContentType: "text/plain", Body: []byte("failed")} }})
		w := httptest.NewRecorder()
		pages.Handler(func(*Address) Response { return Plan{Version: "v", Lang: "-", Path: "/" + name} }).
			ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/", nil))
		if w.Code != http.StatusInternalServerError || w.Body.String() != "failed" || !slices.Equal(w.Header()["Cache-Control"], noStore) || w.Header()["Etag"] != nil {
			t.Errorf("%s: status %d, %q, %v", name, w.Code, w.Body, w.Header())
		}
	}
}
