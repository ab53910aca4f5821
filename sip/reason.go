package sip

import (
	"strings"

	"tieline/sip/invite"
)

const (
	// mostReasons is how many reasons are passed on: one of each protocol is usual.
	mostReasons     = 2
	longestProtocol = 16
)

// passedReason is what one leg was told with a Reason header (https://www.rfc-editor.org/rfc/rfc3326#section-2), to be said on
// another one. It is written anew: a peer's text does not get into our messages as it came. What is none counts as a call
// that ends as calls do.
func passedReason(value string) invite.Reason {
	var said []string
	for _, one := range splitList(value) {
		if r := reasonValue(one); r != "" && len(said) < mostReasons {
			said = append(said, r)
		}
	}
	if said == nil {
		return invite.NormalClearing
	}
	return invite.Reason(strings.Join(said, ", "))
}

// reasonValue is one value with the parameters that it should have; empty: it is none.
func reasonValue(value string) string {
	protocol, params, _ := strings.Cut(value, ";")
	protocol = strings.TrimSpace(protocol)
	if protocol == "" || len(protocol) > longestProtocol || strings.Trim(protocol, tokenChars) != "" {
		return ""
	}
	params, text := cutText(params)
	said := protocol
	if cause := (party{params: params}).param("cause"); cause != "" && len(cause) <= 3 && strings.Trim(cause, "0123456789") == "" {
		said += ";cause=" + cause
	}
	if text != "" {
		said += `;text="` + text + `"`
	}
	return said
}

// cutText takes the parameter text out, without what would have to be escaped.
func cutText(params string) (rest, text string) {
	before, after, found := strings.Cut(params, `"`)
	if !found || !strings.HasSuffix(strings.ToLower(strings.TrimSpace(before)), "text=") {
		return before, ""
	}
	text, after = unquote(after)
	return before + after, tidy(strings.NewReplacer(`"`, "", `\`, "").Replace(text))
}
