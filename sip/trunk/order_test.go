package trunk

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestOrder(t *testing.T) {
	list := []Share{{"a", 1, 1}, {"b", 2, 3}, {"c", 2, 1}, {"d", 3, 1}}
	for _, tt := range []struct {
		what   string
		shares []Share
		chance int // of a hundred
		want   string
	}{
		{"none", nil, 0, ""},
		{"one", list[:1], 99, "a"},
		{"by priority, then the first", list, 0, "a b c d"},
		{"three of four calls", list, 74, "a b c d"},
		{"the fourth", list, 75, "a c b d"},
		{"whatever the order of the list", []Share{list[3], list[2], list[1], list[0]}, 99, "a b c d"},
		{"no weight counts as 1", []Share{{"a", 1, 0}, {"b", 1, 0}}, 50, "b a"},
	} {
		before := slices.Clone(tt.shares)
		got := Order(tt.shares, func(n int) int { return n * tt.chance / 100 })
		if strings.Join(got, " ") != tt.want {
			t.Errorf("%s: got %v, want %s", tt.what, got, tt.want)
		}
		if !slices.Equal(before, tt.shares) {
			t.Errorf("%s: the list was changed", tt.what)
		}
	}
}

// TestProportions: the calls are shared by weight, also among those that are left when one is down.
func TestProportions(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	shares := []Share{{"a", 1, 5}, {"b", 1, 3}, {"c", 1, 2}}
	const calls = 20000
	first, withoutA := map[string]int{}, map[string]int{}
	for range calls {
		order := Order(shares, r.IntN)
		first[order[0]]++
		withoutA[slices.DeleteFunc(order, func(s string) bool { return s == "a" })[0]]++
	}
	near := func(what string, got int, want float64) {
		t.Helper()
		if d := float64(got)/calls - want; d < -.015 || d > .015 {
			t.Errorf("%s: %d of %d, want %.0f %%", what, got, calls, want*100)
		}
	}
	near("a", first["a"], .5)
	near("b", first["b"], .3)
	near("c", first["c"], .2)
	near("b without a", withoutA["b"], .6)
	near("c without a", withoutA["c"], .4)
}
