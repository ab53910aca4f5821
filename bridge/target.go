package bridge

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Object is a kind of destination (protocol.md §1).
type Object int

// The six kinds of destination, from the root down.
const (
	ObjectControl Object = iota
	ObjectSession
	ObjectGroup
	ObjectChannel
	ObjectInteraction
	ObjectConversation
)

// String returns the object's word in message names.
func (o Object) String() string {
	return [...]string{"cti", "session", "channelgroup", "channel", "interaction", "conversation"}[o]
}

// Target is the dotted address of a destination: the ids of every object above it, root
// first (protocol.md §1). The zero value addresses nothing.
type Target string

// Control is the target of processor control as it stands in a subject. In the "target"
// header it is written "{processor}.CONTROL"; the codec translates.
const Control Target = "CONTROL"

const (
	maxID    = 64
	maxDepth = int(ObjectConversation)
)

// CheckID reports whether id may name an object: 1 to 64 visible UTF-8 bytes without
// '.', '*', '>', white space or control characters (protocol.md §1).
func CheckID(id string) error {
	switch {
	case id == "":
		return fmt.Errorf("id is empty")
	case len(id) > maxID:
		return fmt.Errorf("id is %d bytes long, at most %d are allowed", len(id), maxID)
	case !utf8.ValidString(id):
		return fmt.Errorf("id is not UTF-8")
	}
	for _, r := range id {
		if strings.ContainsRune(".*>", r) || unicode.IsSpace(r) || !unicode.IsPrint(r) {
			return fmt.Errorf("id contains %q", r)
		}
	}
	return nil
}

// ParseTarget checks a dotted address below processor control, or CONTROL itself.
func ParseTarget(s string) (Target, error) {
	ids := strings.Split(s, ".")
	if len(ids) > maxDepth {
		return "", fmt.Errorf("target has %d parts, at most %d are allowed", len(ids), maxDepth)
	}
	for _, id := range ids {
		if err := CheckID(id); err != nil {
			return "", fmt.Errorf("target: %w", err)
		}
	}
	return Target(s), nil
}

// Object tells the kind of destination that t addresses.
func (t Target) Object() Object {
	if t == Control {
		return ObjectControl
	}
	return Object(strings.Count(string(t), ".") + 1)
}

// Child returns the target of t's child id. The child of Control is a session.
func (t Target) Child(id string) Target {
	if t == Control {
		return Target(id)
	}
	return t + "." + Target(id)
}

// Parent returns the target of the object above; a session's parent is Control, and
// Control is its own.
func (t Target) Parent() Target {
	if i := strings.LastIndexByte(string(t), '.'); i >= 0 {
		return t[:i]
	}
	return Control
}

// ID returns the last id of t.
func (t Target) ID() string {
	return string(t[strings.LastIndexByte(string(t), '.')+1:])
}

// At returns the ancestor of t (or t itself) that is of kind o, and "" when t lies above.
func (t Target) At(o Object) Target {
	switch {
	case o > t.Object():
		return ""
	case o == ObjectControl:
		return Control
	}
	for t.Object() > o {
		t = t.Parent()
	}
	return t
}
