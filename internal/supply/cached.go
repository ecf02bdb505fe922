package supply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/klauspost/compress/gzip"

	"pharmacy/internal/cache"

	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/shelf"
)

const (
	groupsKey = "medicines:groups:all"
	topKey    = "medicines:list:top200"
	topCount  = 200
	// maxStamp bounds the stamp of a published catalogue, in bytes.
	maxStamp = 256
)

// Cached is a Store whose catalogue is published in the cache, so that the
// processes of a fleet agree: the one that Later prefers wins in all.
type Cached struct {
	*Store
	groups *cache.Space[[]byte] // gzipped JSON
	top    *cache.Space[[]byte] // JSON array of variant ids
	log    *slog.Logger
	leads  atomic.Pointer[leads]
	gone   chan struct{} // what was published has gone, or is of an earlier catalogue

	mu   sync.Mutex
	last struct { // what was marshalled last, since it is costly
		version string
		gzipped []byte
	}
}

// leads are the leading variants of a snapshot, read out of an entry.
type leads struct {
	of   *shelf.Snapshot
	item *cache.Item[[]byte]
	refs []shelf.Ref
}

// NewCached publishes what store holds, on demand, for at most ttl at a
// time, and lets store adopt what others publish, if it is later.
func NewCached(c *cache.Cache, store *Store, ttl time.Duration, log *slog.Logger) *Cached {
	k := &Cached{Store: store, log: log, gone: make(chan struct{}, 1)}
	k.groups = cache.NewSpace(c, cache.SpaceOptions[[]byte]{
		Name: "groups", TTL: ttl, Codec: cache.Bytes{},
		Keep: func(stamp string, gzipped []byte) bool { return k.consider(stamp, gzipped) },
	})
	k.top = cache.NewSpace(c, cache.SpaceOptions[[]byte]{Name: "top200", TTL: ttl, Codec: cache.Bytes{}})
	if c.Shared() {
		c.Follow(groupsKey, cache.PrefixLength(maxStamp), func(prefix []byte) {
			if len(prefix) == 0 {
				k.publishAgain()
				return
			}
			if theirs, ok := parseStamp(cache.PrefixVariant(prefix)); ok && theirs.Hash != k.Current().Content() {
				// The one that is later, here or there, becomes the one of both.
				go k.Publish(context.Background())
			}
		})
	}
	return k
}

// Groups is the grouped catalogue as JSON, with its version.
func (k *Cached) Groups(ctx context.Context, s *shelf.Snapshot) ([]byte, error) {
	gzipped, err := k.load(ctx, s)
	if err != nil {
		return nil, err
	}
	return gunzip(gzipped)
}

// KeepPublished publishes now, whenever the catalogue changes, and whenever
// what was published has gone from the shared cache, as after a clear, until
// ctx ends. It is for a process that serves: a command that only looks must
// offer its catalogue to nobody.
func (k *Cached) KeepPublished(ctx context.Context) {
	k.OnChange(func(*shelf.Snapshot) { k.publishAgain() })
	for {
		k.Publish(ctx)
		select {
		case <-ctx.Done():
			return
		case <-k.gone:
		}
	}
}

func (k *Cached) publishAgain() {
	select {
	case k.gone <- struct{}{}:
	default: // it is about to be
	}
}

// Publish sees to it that the cache holds this process's catalogue or a
// later one, which this process then adopts, and the variants that lead it.
func (k *Cached) Publish(ctx context.Context) {
	// Not Load: what this process holds says nothing of what others published.
	s := k.Current()
	if _, err := k.groups.LoadShared(ctx, keyOf(s), k.loader(s)); err != nil {
		k.log.Warn("the catalogue could not be published", "error", err)
	}
	s = k.Current()
	if _, err := k.top.LoadShared(ctx, topKeyOf(s), topLoader(s)); err != nil {
		k.log.Warn("the leading variants could not be published", "error", err)
	}
}

func (k *Cached) load(ctx context.Context, s *shelf.Snapshot) ([]byte, error) {
	found, err := k.groups.Load(ctx, keyOf(s), k.loader(s))
	if err != nil {
		return nil, err
	}
	return found.Value, nil
}

func keyOf(s *shelf.Snapshot) cache.Key { return cache.Key{Name: groupsKey, Variant: stampOf(s)} }

func (k *Cached) loader(s *shelf.Snapshot) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) { return k.marshal(s) }
}

func (k *Cached) marshal(s *shelf.Snapshot) ([]byte, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.last.version == s.Version() {
		return k.last.gzipped, nil
	}
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.DefaultCompression)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(catfile.Marshal(s.Catalogue(), s.Version())); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	k.last.version, k.last.gzipped = s.Version(), b.Bytes()
	return b.Bytes(), nil
}

// consider decides about a published catalogue that is not this process's:
// a later one stays where it is and is adopted, an earlier one is replaced.
func (k *Cached) consider(stamp string, gzipped []byte) (keep bool) {
	theirs, ok := parseStamp(stamp)
	if !ok {
		return false
	}
	ours := k.Current().Source()
	if theirs.Hash == ours.Hash {
		// The same content. On the same day it serves all; on another it is
		// replaced.
		return strings.HasPrefix(stamp, k.Current().Version()+" ")
	}
	if !shelf.Later(theirs, ours) {
		return false
	}
	data, err := gunzip(gzipped)
	if err != nil {
		k.log.Warn("a published catalogue could not be read", "error", err)
		return false
	}
	c, _, err := catfile.Parse(data)
	if err != nil {
		k.log.Warn("a published catalogue has faults and is not adopted", "error", err)
		return false
	}
	k.Adopt(c, theirs)
	return true
}

func topKeyOf(s *shelf.Snapshot) cache.Key { return cache.Key{Name: topKey, Variant: s.Version()} }

func topLoader(s *shelf.Snapshot) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) {
		ids := make([]string, 0, topCount)
		for _, ref := range s.Leading(topCount) {
			ids = append(ids, ref.Variant.ID)
		}
		return json.Marshal(ids)
	}
}

// Top returns the 200 variants that lead listings and suggestions: one that
// can be ordered of each medicine, in the file's order, then the others.
func (k *Cached) Top(ctx context.Context, s *shelf.Snapshot) ([]shelf.Ref, error) {
	found, err := k.top.Load(ctx, topKeyOf(s), topLoader(s))
	if err != nil {
		return nil, err
	}
	// Every page that is made asks; the entry is read once.
	if known := k.leads.Load(); known != nil && known.of == s && known.item == found.Item {
		return known.refs, nil
	}
	var ids []string
	if err := json.Unmarshal(found.Value, &ids); err != nil {
		return nil, fmt.Errorf("supply: leading variants: %w", err)
	}
	refs := make([]shelf.Ref, 0, len(ids))
	for _, id := range ids {
		if ref, ok := s.Variant(id); ok {
			refs = append(refs, ref)
		}
	}
	refs = slices.Clip(refs) // who appends gets a copy
	k.leads.Store(&leads{s, found.Item, refs})
	return refs, nil
}

// stampOf says which catalogue a published one is, and where it stands in
// time. It is the variant under which it is stored.
func stampOf(s *shelf.Snapshot) string {
	src := s.Source()
	return strings.Join([]string{
		s.Version(), src.Hash, src.Updated.UTC().Format(time.RFC3339Nano), src.Modified.UTC().Format(time.RFC3339Nano),
	}, " ")
}

func parseStamp(stamp string) (shelf.Source, bool) {
	parts := strings.Split(stamp, " ")
	if len(parts) != 4 || parts[1] == "" {
		return shelf.Source{}, false
	}
	updated, err := time.Parse(time.RFC3339Nano, parts[2])
	modified, err2 := time.Parse(time.RFC3339Nano, parts[3])
	return shelf.Source{Updated: updated, Modified: modified, Hash: parts[1]}, err == nil && err2 == nil
}

// maxJSON bounds what a published catalogue may decompress to, in bytes.
const maxJSON = 512 << 20

func gunzip(b []byte) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(r, maxJSON+1))
	if err == nil && len(data) > maxJSON {
		err = errors.New("supply: published catalogue too large")
	}
	return data, err
}
