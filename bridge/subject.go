package bridge

import (
	"fmt"
	"strings"
)

// Space is the part of the subject space that one processor owns (protocol.md §2). The
// prefix is "cti" unless configured otherwise.
type Space struct {
	Prefix    string
	Processor string
}

// To is the subject on which the bridge addresses t.
func (s Space) To(t Target) string { return s.Prefix + "." + s.Processor + ".to." + string(t) }

// From is the subject on which t speaks to the bridge.
func (s Space) From(t Target) string { return s.Prefix + "." + s.Processor + ".from." + string(t) }

// FromAll is the wildcard that covers everything a bridge receives.
func (s Space) FromAll() string { return s.Prefix + "." + s.Processor + ".from.>" }

// ParseTo finds the target in a subject made by To.
func (s Space) ParseTo(subject string) (Target, error) { return s.parse(subject, ".to.") }

// ParseFrom finds the target in a subject made by From.
func (s Space) ParseFrom(subject string) (Target, error) { return s.parse(subject, ".from.") }

func (s Space) parse(subject, direction string) (Target, error) {
	rest, ok := strings.CutPrefix(subject, s.Prefix+"."+s.Processor+direction)
	if !ok {
		return "", fmt.Errorf("subject %q is not of processor %s", subject, s.Processor)
	}
	return ParseTarget(rest)
}

// HeaderTarget is t as the "target" header writes it.
func (s Space) HeaderTarget(t Target) string {
	if t == Control {
		return s.Processor + "." + string(Control)
	}
	return string(t)
}

// ParseHeaderTarget reads a "target" header; "CONTROL" alone is accepted too.
func (s Space) ParseHeaderTarget(h string) (Target, error) {
	if h == s.Processor+"."+string(Control) {
		return Control, nil
	}
	return ParseTarget(h)
}
