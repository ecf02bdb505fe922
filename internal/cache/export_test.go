package cache

// Cached returns the entry for key if the memory tier holds it.
func (s *Space[V]) Cached(key Key) (*Item[V], bool) { return s.cached(key) }
