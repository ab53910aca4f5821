package sip

import (
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Diversion is who sent the call on, and why (https://www.rfc-editor.org/rfc/rfc5806#section-7).
type Diversion struct{ Number, Name, Reason string }

// diversion is the latest diversion of a call, or nil. Where Diversion and History-Info tell of it, the first does: whoever
// sends both writes the same into them (https://www.rfc-editor.org/rfc/rfc7544).
func diversion(req *gosip.Request) *Diversion {
	if list := values(req, "Diversion"); len(list) > 0 && list[0] != "" {
		p := parseParty(list[0])
		return p.diverted(p.param("reason"))
	}
	return history(values(req, "History-Info"))
}

func (p party) diverted(reason string) *Diversion {
	number, name := p.respected().identity()
	return &Diversion{Number: number, Name: name, Reason: tidy(reason)}
}

// history finds the latest diversion in the targets that a call has had (https://www.rfc-editor.org/rfc/rfc7044#section-5):
// the latest target that is another user's (mp), or has a cause (https://www.rfc-editor.org/rfc/rfc4458#section-2), or comes
// behind a target that has failed.
func history(entries []string) *Diversion {
	targets := make([]target, len(entries))
	for i, entry := range entries {
		targets[i] = newTarget(entry)
	}
	for i := len(targets) - 1; i > 0; i-- {
		from, cause := targets[i-1], targets[i].cause
		for _, t := range targets[:i] {
			if t.index != "" && t.index == targets[i].mp {
				from = t
			}
		}
		if cause == "" {
			cause = from.failure
		}
		if cause == "" && targets[i].mp == "" {
			continue
		}
		if from.hidden {
			from.party = party{uri: nowhere}
		}
		return from.diverted(reasonOf(cause))
	}
	return nil
}

// target is an entry of History-Info. Its URI has, behind a question mark, what became of it.
type target struct {
	party
	index, mp string // mp: the index of the target that it was mapped from
	cause     string // why the call was sent here
	failure   string // the status that it ended with here
	hidden    bool
}

func newTarget(entry string) target {
	p := parseParty(entry)
	uri, headers, _ := strings.Cut(p.uri, "?")
	t := target{party: party{name: p.name, uri: uri}, index: p.param("index"), mp: p.param("mp")}
	t.cause = party{params: uri}.param("cause")
	for h := range strings.SplitSeq(headers, "&") {
		name, value, _ := strings.Cut(h, "=")
		value = unescape(value)
		switch strings.ToLower(name) {
		case "reason":
			if protocol, _, _ := strings.Cut(value, ";"); strings.EqualFold(strings.TrimSpace(protocol), "sip") {
				t.failure = party{params: value}.param("cause")
			}
		case "privacy": // https://www.rfc-editor.org/rfc/rfc7044#section-10.1.2
			t.hidden = strings.Contains(strings.ToLower(value), "history")
		}
	}
	return t
}

// reasonOf is Diversion's word for a cause of History-Info (https://www.rfc-editor.org/rfc/rfc7544).
func reasonOf(cause string) string {
	switch cause {
	case "302":
		return "unconditional"
	case "486":
		return "user-busy"
	case "408":
		return "no-answer"
	case "480", "487":
		return "deflection"
	case "503":
		return "unavailable"
	}
	return "unknown"
}
