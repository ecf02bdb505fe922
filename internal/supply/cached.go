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
	"pharmacy/internal/catalogue"
	"pharmacy/internal/catalogue/catfile"
	"pharmacy/internal/shelf"
)

const (
	groupsKey = "medicines:groups:all"
	topKey    = "medicines:list:top200"
	topCount  = 200
	// maxStamp is the maximum length of the stamp of a published catalogue,
	// in bytes.
	maxStamp = 256
)

// Cached is a Store that shares its catalogue through the cache, so that all
// processes of a fleet serve the same one: the latest by [shelf.Later].
type Cached struct {
	*Store
	groups *cache.Space[[]byte] // gzipped JSON
	top    *cache.Space[[]byte] // JSON array of variant ids
	log    *slog.Logger
	leads  atomic.Pointer[leads]
	stale  chan struct{} // signals that the published catalogue is missing or outdated

	mu   sync.Mutex
	last struct { // the last marshalled catalogue, which is costly to recompute
		version string
		gzipped []byte
	}
}

// leads are the leading variants of a snapshot, decoded from a cache entry.
type leads struct {
	of   *shelf.Snapshot
	item *cache.Item[[]byte]
	refs []shelf.Ref
}

// NewCached returns a Cached that publishes the catalogue of store on demand,
// with the given TTL, and makes store adopt later catalogues that other
// processes publish. A nil log discards logs.
func NewCached(c *cache.Cache, store *Store, ttl time.Duration, log *slog.Logger) *Cached {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	k := &Cached{Store: store, log: log, stale: make(chan struct{}, 1)}
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
				// Publish adopts theirs or replaces it, whichever is later.
				go k.Publish(context.Background())
			}
		})
	}
	return k
}

// Groups returns the grouped catalogue as JSON, with its version.
func (k *Cached) Groups(ctx context.Context, s *shelf.Snapshot) ([]byte, error) {
	gzipped, err := k.load(ctx, s)
	if err != nil {
		return nil, err
	}
	return gunzip(gzipped)
}

// KeepPublished publishes the catalogue now, whenever it changes, and whenever
// it disappears from the shared cache, as after a clear. It returns when ctx is
// done. Only servers call it: other commands must not publish their catalogue.
func (k *Cached) KeepPublished(ctx context.Context) {
	k.OnChange(func(*shelf.Snapshot) { k.publishAgain() })
	for {
		k.Publish(ctx)
		select {
		case <-ctx.Done():
			return
		case <-k.stale:
		}
	}
}

func (k *Cached) publishAgain() {
	select {
	case k.stale <- struct{}{}:
	default: // already signalled
	}
}

// Publish makes sure that the cache holds this process's catalogue and its
// leading variants, or adopts a later catalogue that the cache already holds.
func (k *Cached) Publish(ctx context.Context) {
	// Not Load: a hit in local memory does not show what others published.
	s := k.Current()
	if _, err := k.groups.LoadShared(ctx, keyOf(s), k.loader(s)); err != nil {
		k.log.Warn("cannot publish the catalogue", "error", err)
	}
	s = k.Current()
	if _, err := k.top.LoadShared(ctx, topKeyOf(s), topLoader(s)); err != nil {
		k.log.Warn("cannot publish the leading variants", "error", err)
	}
}

func (k *Cached) load(ctx context.Context, s *shelf.Snapshot) ([]byte, error) {
	if k.checkTimes(s.Source()) != nil {
		return k.marshal(s)
	}
	found, err := k.groups.Load(ctx, keyOf(s), k.loader(s))
	if err != nil {
		return nil, err
	}
	return found.Value, nil
}

func keyOf(s *shelf.Snapshot) cache.Key { return cache.Key{Name: groupsKey, Variant: stampOf(s)} }

// loader returns the loader of what is published. It fails if a time of the
// snapshot is too far ahead of the clock, as with the embedded catalogue on a
// machine without a clock, or after a wrong clock was corrected.
func (k *Cached) loader(s *shelf.Snapshot) func(context.Context) ([]byte, error) {
	return func(context.Context) ([]byte, error) {
		if err := k.checkTimes(s.Source()); err != nil {
			return nil, err
		}
		return k.marshal(s)
	}
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

// consider reports whether to keep a published catalogue that is not this
// process's. It adopts a later catalogue and keeps it; one that is earlier, or
// cannot be adopted, is to be replaced.
func (k *Cached) consider(stamp string, gzipped []byte) (keep bool) {
	theirs, ok := parseStamp(stamp)
	if !ok {
		return false
	}
	if err := k.checkTimes(theirs); err != nil {
		k.log.Warn("ignoring a published catalogue", "error", err)
		return false
	}
	ours := k.Current().Source()
	if theirs.Hash == ours.Hash {
		// The same content: keep it if it is of the same day.
		return strings.HasPrefix(stamp, k.Current().Version()+" ")
	}
	if !k.later(theirs, ours) {
		return false
	}
	data, err := gunzip(gzipped)
	if err != nil {
		k.log.Warn("cannot read a published catalogue", "error", err)
		return false
	}
	c, _, err := catfile.ParseMarshalled(data)
	if err != nil {
		k.log.Warn("ignoring a published catalogue with faults", "error", err)
		return false
	}
	return k.adopt(c, theirs)
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

// Top returns the 200 variants that lead listings and suggestions: the first
// orderable variant of each medicine, in file order, then the others.
func (k *Cached) Top(ctx context.Context, s *shelf.Snapshot) ([]shelf.Ref, error) {
	found, err := k.top.Load(ctx, topKeyOf(s), topLoader(s))
	if err != nil {
		return nil, err
	}
	// Every rendered page calls Top; decode each entry only once.
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
	refs = slices.Clip(refs) // a caller that appends gets a copy
	k.leads.Store(&leads{s, found.Item, refs})
	return refs, nil
}

// stampOf returns the version and source of a snapshot as text. It is the
// variant of the published catalogue's cache key.
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

// PublishedUpdated returns the Updated time of the catalogue that the servers of a
// fleet serve, and zero if there is none or it is so far ahead of now that they
// ignore it. read returns the first n bytes at a key of their Redis.
func PublishedUpdated(now time.Time, read func(key string, n int) ([]byte, error)) (time.Time, error) {
	prefix, err := read(groupsKey, cache.PrefixLength(maxStamp))
	if err != nil {
		return time.Time{}, err
	}
	published, ok := parseStamp(cache.PrefixVariant(prefix))
	if !ok || catalogue.CheckUpdated(published.Updated, now) != nil {
		return time.Time{}, nil
	}
	return published.Updated, nil
}

// maxJSON is the maximum decompressed size of a published catalogue, in bytes.
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
