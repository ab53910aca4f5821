package interaction

import (
	"fmt"
	"unicode/utf8"

	"tieline/bridge"
)

// phase is where a destination stands in its life (protocol.md §3).
//
//	setUp ──init answered──▶ inUse ──dispose──▶ tornDown
//	  └────────────────────dispose───────────────▲
type phase int

const (
	setUp    phase = iota // exists, silent
	inUse                 // its init query was answered: events may be raised
	tornDown              // being torn down or gone
)

// destination is what every object has in common: an address and a life. Each kind embeds
// it, and nothing else decides about the init gate.
type destination struct {
	target bridge.Target
	phase  phase
	trace  string // traceparent of what it came about by; empty: none
}

// opened is called in the turn that answers the init query.
func (d *destination) opened() {
	if d.phase == setUp {
		d.phase = inUse
	}
}

// event raises an event of the destination, unless its init query was not answered yet: what
// happens before is folded into that answer (protocol.md §3.2).
func (d *destination) event(a *asks, name bridge.Name, body any) {
	if d.phase != inUse {
		return
	}
	m := eventAt(a, name, d.target, body)
	m.TraceParent = d.trace
	a.emit(Publish{Message: m})
}

func eventAt(a *asks, name bridge.Name, target bridge.Target, body any) bridge.Message {
	m := bridge.Event(name, target, body)
	m.Time = a.now
	return m
}

// always are the requests that are possible before initialization: tearing down and hanging
// up (protocol.md §3).
func always(n bridge.Name) bool {
	switch n {
	case bridge.SessionDispose, bridge.GroupDispose, bridge.ChannelDispose, bridge.ConversationRelease:
		return true
	}
	return false
}

// ends are the requests that hang up or tear down: there is no limit for them (protocol.md §10).
func ends(n bridge.Name) bool {
	return always(n) || n == bridge.InteractionReject || n == bridge.InteractionComplete
}

// admit decides whether the destination takes the message at all: does it have such a
// message, and is it open for it? Nil means yes.
func (d *destination) admit(m bridge.Message) *bridge.Error {
	kind, object, ok := m.Name.Asked()
	switch {
	case !ok:
		return bridge.UnknownName.Error(fmt.Sprintf("There is no message %q.", clip(string(m.Name))))
	case object != d.target.Object():
		return bridge.UnknownName.Error(fmt.Sprintf("A %s has no message %q.", d.target.Object(), m.Name))
	case kind != m.Type:
		return bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: %s must have type %s.", m.Name, kind))
	case d.phase == tornDown && !always(m.Name):
		return bridge.InvalidState.Error(fmt.Sprintf("The %s is being torn down.", d.target.Object()))
	case d.phase == setUp && m.Type == bridge.TypeRequest && !always(m.Name):
		return bridge.NotInitialized.Error(fmt.Sprintf("The %s has not been initialized: send its init query first.", d.target.Object()))
	}
	return nil
}

func unknownTarget(t bridge.Target) *bridge.Error {
	return bridge.UnknownTarget.Error(fmt.Sprintf("There is no %s %q.", t.Object(), clip(string(t))))
}

func unsupported(what string) *bridge.Error {
	return bridge.Unsupported.Error(what + " is not available here.")
}

// invalidBody turns a decoding error into an answer.
func invalidBody(err error) *bridge.Error {
	if e, ok := err.(*bridge.Error); ok { //nolint:errorlint // DecodeBody documents that it returns the bare type
		return e
	}
	return bridge.InvalidMessage.Error("The message is invalid: " + err.Error() + ".")
}

// clip keeps foreign text short enough for one line. It cuts between characters: a header must stay UTF-8.
func clip(s string) string {
	const most = 80
	if len(s) <= most {
		return s
	}
	end := most
	for !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end] + "…"
}
