package config

import (
	"reflect"
	"testing"
)

// A list of names is an order; a priority is for those that share.
func TestGroupTrunks(t *testing.T) {
	const text = `
processor: {id: acme}
trunks: {a: {address: a}, b: {address: b}, c: {address: c}, d: {address: d}}
channel-groups:
  names: {trunks: [b, a]}
  shares: {trunks: [{name: a, weight: 3}, {name: b, priority: 1}, c, {name: d, priority: 9}]}
`
	c, err := Parse([]byte(text), env, files)
	if err != nil {
		t.Fatal(err)
	}
	for group, want := range map[string]GroupTrunks{
		"names":  {{"b", 1, 1}, {"a", 2, 1}},
		"shares": {{"a", 1, 3}, {"b", 1, 1}, {"c", 2, 1}, {"d", 9, 1}},
	} {
		if got := c.ChannelGroups[group].Trunks.Complete(); !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, want %v", group, got, want)
		}
	}
}
