package trunk

import (
	"cmp"
	"slices"
)

// Share is a trunk's part in the calls of somebody.
type Share struct {
	Name     string
	Priority int // the lowest is tried first
	Weight   int // among those of one priority: how many of the calls it gets first, as against the others'; at least 1
}

// Order gives the order in which trunks are tried for one call: by priority, and within one by chance, in proportion to
// their weights (as in https://www.rfc-editor.org/rfc/rfc2782). What is left when some are down or full has the
// proportions of the rest.
func Order(shares []Share, chance func(n int) int) []string {
	shares = slices.Clone(shares)
	slices.SortStableFunc(shares, func(a, b Share) int { return cmp.Compare(a.Priority, b.Priority) })
	names := make([]string, 0, len(shares))
	for len(shares) > 0 {
		i := draw(shares, chance)
		names = append(names, shares[i].Name)
		shares = slices.Delete(shares, i, i+1)
	}
	return names
}

// draw is the next one.
func draw(shares []Share, chance func(n int) int) int {
	sum, last := 0, 0
	for i, s := range shares {
		if s.Priority == shares[0].Priority {
			sum, last = sum+max(s.Weight, 1), i
		}
	}
	if last == 0 {
		return 0
	}
	at := chance(sum)
	for i, s := range shares[:last] {
		if at -= max(s.Weight, 1); at < 0 {
			return i
		}
	}
	return last
}
