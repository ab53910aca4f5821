package bridge_test

import (
	"testing"

	"tieline/bridge"
)

func acme() bridge.Space { return bridge.Space{Prefix: "cti", Processor: "acme"} }

// protocol.md §2: bridge → gateway is cti.<processor>.to.<target>, gateway → bridge is
// cti.<processor>.from.<target>, the prefix is configurable.
func TestSubjects(t *testing.T) {
	for _, row := range []struct {
		space    bridge.Space
		target   bridge.Target
		to, from string
	}{
		{acme(), bridge.Control, "cti.acme.to.CONTROL", "cti.acme.from.CONTROL"},
		{acme(), "s1.sales.1001", "cti.acme.to.s1.sales.1001", "cti.acme.from.s1.sales.1001"},
		{bridge.Space{Prefix: "prod.cti", Processor: "b"}, "s1", "prod.cti.b.to.s1", "prod.cti.b.from.s1"},
	} {
		if got := row.space.To(row.target); got != row.to {
			t.Errorf("towards the gateway: %s, want %s", got, row.to)
		}
		if got := row.space.From(row.target); got != row.from {
			t.Errorf("towards the bridge: %s, want %s", got, row.from)
		}
		if got, err := row.space.ParseTo(row.to); got != row.target || err != nil {
			t.Errorf("%s names %s: %s, %v", row.to, row.target, got, err)
		}
		if got, err := row.space.ParseFrom(row.from); got != row.target || err != nil {
			t.Errorf("%s names %s: %s, %v", row.from, row.target, got, err)
		}
	}
	if got := acme().FromAll(); got != "cti.acme.from.>" {
		t.Errorf("everything for the bridge: %s", got)
	}
}

func TestForeignSubjects(t *testing.T) {
	for _, foreign := range []string{
		"", "cti.acme.to", "cti.acme.to.", "cti.acme.from.s1", "cti.other.to.s1", "x.acme.to.s1", "cti.acme.to.s1.*",
		"cti.acme.to.s1..c", "cti.acme.to.a.b.c.d.e.f", "$JS.API.INFO",
	} {
		if target, err := acme().ParseTo(foreign); err == nil {
			t.Errorf("%q addresses nothing here: %s", foreign, target)
		}
	}
}

// protocol.md §4: processor control is {processor}.CONTROL in the target header.
func TestControlInTheHeader(t *testing.T) {
	if got := acme().HeaderTarget(bridge.Control); got != "acme.CONTROL" {
		t.Errorf("control in the header: %s", got)
	}
	if got := acme().HeaderTarget("s1.g1"); got != "s1.g1" {
		t.Errorf("another target in the header: %s", got)
	}
	for header, want := range map[string]bridge.Target{
		"acme.CONTROL": bridge.Control, "CONTROL": bridge.Control, "other.CONTROL": "other.CONTROL", "s1.g1": "s1.g1",
	} {
		if got, err := acme().ParseHeaderTarget(header); got != want || err != nil {
			t.Errorf("header %s names %s: %s, %v", header, want, got, err)
		}
	}
	h, _ := acme().Encode(bridge.Message{Type: bridge.TypeQuery, Name: bridge.ControlCapabilities, Target: bridge.Control, RequestID: "1"})
	if h["target"][0] != "acme.CONTROL" {
		t.Errorf("the codec writes the processor: %v", h)
	}
	m, _, err := acme().Decode(h, nil)
	if m.Target != bridge.Control || err != nil {
		t.Errorf("and takes it away again: %v, %v", m.Target, err)
	}
}
