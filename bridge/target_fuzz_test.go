package bridge_test

import (
	"errors"
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
		space := acme()
		_, _ = space.ParseTo(s)
		_, _ = space.ParseFrom(s)
		_, _ = space.ParseHeaderTarget(s)
		target, err := bridge.ParseTarget(s)
		if err != nil || target == bridge.Control || s == space.HeaderTarget(bridge.Control) {
			return
		}
		to, err := space.ParseTo(space.To(target))
		from, err2 := space.ParseFrom(space.From(target))
		header, err3 := space.ParseHeaderTarget(space.HeaderTarget(target))
		if err := errors.Join(err, err2, err3); err != nil || to != target || from != target || header != target {
			t.Errorf("%q becomes %q, %q and %q: %v", target, to, from, header, err)
		}
		if bridge.CheckID(target.ID()) != nil || target.Parent().Child(target.ID()) != target {
			t.Errorf("%q: %q below %q", s, target.ID(), target.Parent())
		}
	})
}

// FuzzBody: a body is read or is at fault, with INVALID_MESSAGE, whatever its keys are written like.
func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"destination":"600"}`, `{"Destination":1}`, `{"destination":"1","destination":"2"}`, "null", "[]", "{", `{"a":{"b":[{}]}}`, "\xff"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var dial bridge.Dial
		err := bridge.DecodeBody(bridge.Message{Body: data}, &dial)
		var fault *bridge.Error
		if err != nil && (!errors.As(err, &fault) || fault.Code != bridge.InvalidMessage) {
			t.Errorf("%q: %v", data, err)
		}
	})
}
