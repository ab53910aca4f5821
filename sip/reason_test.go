package sip

import (
	"strings"
	"testing"

	"tieline/sip/invite"
)

// TestPassedReason: what a peer says of why a call ends is passed on, and nothing that it smuggles into it.
func TestPassedReason(t *testing.T) {
	const none = string(invite.NormalClearing)
	for said, want := range map[string]string{
		`Q.850;cause=17;text="User busy"`:                      `Q.850;cause=17;text="User busy"`,
		` SIP ;cause=200 ;text="Call completed elsewhere";x=1`: `SIP;cause=200;text="Call completed elsewhere"`,
		`Q.850;text="a;cause=5, \"b\" \\";cause=16`:            `Q.850;cause=16;text="a;cause=5, b"`,
		`SIP;cause=486, Q.850;cause=17, X;cause=1`:             `SIP;cause=486, Q.850;cause=17`,
		`Q.850`:            `Q.850`,
		`Q.850;cause=1234`: `Q.850`,
		`Q.850;cause=x`:    `Q.850`,
		`Q.850;cause=16;text="` + strings.Repeat("a", 1000) + `"`: `Q.850;cause=16;text="` + strings.Repeat("a", longestName) + `"`,
		"Q.850;cause=16;text=\"a\r\nVia: b\"":                     `Q.850;cause=16;text="aVia: b"`,
		`Q.850;cause=16;text="open`:                               `Q.850;cause=16;text="open"`,
		`"Q.850";cause=16`:                                        none,
		`, ,`:                                                     none,
		"":                                                        none,
	} {
		if got := string(passedReason(said)); got != want {
			t.Errorf("%s: %s, want %s", said, got, want)
		}
	}
}
