package bridge_test

import (
	"strings"
	"testing"

	"tieline/bridge"
)

// FuzzTarget: a target that is taken is made of ids that are, and is found again below its parent.
func FuzzTarget(f *testing.F) {
	for _, s := range []string{"CONTROL", "s1.g1.c1", "a..b", ".", "*", "s1.>", "ü", "\xff", strings.Repeat("a.", 20)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		target, err := bridge.ParseTarget(s)
		if err != nil {
			return
		}
		if target == bridge.Control {
			return
		}
		if bridge.CheckID(target.ID()) != nil || target.Parent().Child(target.ID()) != target {
			t.Errorf("%q: %q below %q", s, target.ID(), target.Parent())
		}
	})
}
