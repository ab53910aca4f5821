package bridge_test

import (
	"strings"
	"testing"

	"tieline/bridge"
)

// protocol.md §1: "An id is 1–64 visible UTF-8 bytes without ., *, >, white space or control
// characters."
func TestIDGrammar(t *testing.T) {
	for id, allowed := range map[string]bool{
		"s":                       true,
		"1001":                    true,
		"a-b_c@d:e/f#g":           true,
		"Müller":                  true,
		"客服":                      true,
		"CONTROL":                 true,
		strings.Repeat("x", 64):   true,
		strings.Repeat("ü", 32):   true,
		"":                        false,
		strings.Repeat("x", 65):   false,
		strings.Repeat("ü", 33):   false, // bytes count, not letters
		"a.b":                     false,
		"*":                       false,
		">":                       false,
		"a b":                     false,
		" a":                      false,
		"a\t":                     false,
		"a\r\nb":                  false,
		"a\x00b":                  false,
		"a\x7fb":                  false,
		"a\u00a0b":                false, // no-break space
		"a\u2028b":                false, // line separator
		"a\u200bb":                false, // zero width space: not visible
		"a\u202eb":                false, // right-to-left override
		"a\xffb":                  false,
		"a\xc3":                   false,
		"\U000e0001":              false, // language tag: not visible
		strings.Repeat("\xff", 9): false,
	} {
		if err := bridge.CheckID(id); (err == nil) != allowed {
			t.Errorf("id %q: allowed %v, want %v (%v)", id, err == nil, allowed, err)
		}
	}
}

func TestTargetGrammar(t *testing.T) {
	for _, good := range []string{"CONTROL", "s1", "s1.g1", "s1.g1.c1", "s1.g1.c1.i1", "s1.g1.c1.i1.v1"} {
		if target, err := bridge.ParseTarget(good); err != nil || string(target) != good {
			t.Errorf("%q is a target: %q, %v", good, target, err)
		}
	}
	for _, bad := range []string{"", ".", "s1.", ".s1", "s1..c1", "s1.g1.c1.i1.v1.x", "s1.*", "s1.>", "s1. ", "s1.g\n"} {
		if target, err := bridge.ParseTarget(bad); err == nil || target != "" {
			t.Errorf("%q is no target: %q, %v", bad, target, err)
		}
	}
}

func TestTargetFamily(t *testing.T) {
	for _, row := range []struct {
		target, parent bridge.Target
		object         bridge.Object
		id, word       string
	}{
		{"CONTROL", "CONTROL", bridge.ObjectControl, "CONTROL", "cti"},
		{"s1", "CONTROL", bridge.ObjectSession, "s1", "session"},
		{"s1.g1", "s1", bridge.ObjectGroup, "g1", "channelgroup"},
		{"s1.g1.c1", "s1.g1", bridge.ObjectChannel, "c1", "channel"},
		{"s1.g1.c1.i1", "s1.g1.c1", bridge.ObjectInteraction, "i1", "interaction"},
		{"s1.g1.c1.i1.v1", "s1.g1.c1.i1", bridge.ObjectConversation, "v1", "conversation"},
	} {
		if got := row.target.Object(); got != row.object || got.String() != row.word {
			t.Errorf("%s is a %s, not a %s", row.target, row.word, got)
		}
		if got := row.target.Parent(); got != row.parent {
			t.Errorf("the parent of %s is %s, not %s", row.target, row.parent, got)
		}
		if got := row.target.ID(); got != row.id {
			t.Errorf("the id of %s is %s, not %s", row.target, row.id, got)
		}
		if row.target != bridge.Control && row.parent.Child(row.id) != row.target {
			t.Errorf("%s is the child %s of %s, not %s", row.target, row.id, row.parent, row.parent.Child(row.id))
		}
		if got := row.target.At(row.object); got != row.target {
			t.Errorf("%s at its own level is itself, not %s", row.target, got)
		}
		if got := row.target.At(row.object + 1); got != "" {
			t.Errorf("%s has nothing below it: %s", row.target, got)
		}
		if got := row.target.At(bridge.ObjectControl); got != bridge.Control {
			t.Errorf("above everything is control, not %s", got)
		}
	}
	if got := bridge.Target("s1.g1.c1.i1.v1").At(bridge.ObjectChannel); got != "s1.g1.c1" {
		t.Errorf("the channel of a conversation: %s", got)
	}
}
