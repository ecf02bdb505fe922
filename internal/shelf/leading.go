package shelf

import "pharmacy/internal/catalogue"

// Leading returns the first n variants to offer: the first orderable variant of
// each group, in file order, then all others.
func (s *Snapshot) Leading(n int) []Ref {
	refs := make([]Ref, 0, n)
	chosen := make(map[*catalogue.Variant]bool, n)
	add := func(g *catalogue.Group, v *catalogue.Variant) {
		if len(refs) < n && !chosen[v] {
			chosen[v] = true
			refs = append(refs, Ref{g, v})
		}
	}
	groups := s.catalogue.Groups
	for i := range groups {
		for j := range groups[i].Variants {
			if ok, _ := groups[i].Variants[j].Orderable(s.day); ok {
				add(&groups[i], &groups[i].Variants[j])
				break
			}
		}
	}
	for i := range groups {
		for j := range groups[i].Variants {
			if len(refs) >= n {
				return refs
			}
			add(&groups[i], &groups[i].Variants[j])
		}
	}
	return refs
}
