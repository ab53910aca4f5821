package sip

import (
	"strings"
	"unicode"
	"unicode/utf8"

	gosip "github.com/emiago/sipgo/sip"
)

// longestName bounds what of a peer's text is kept, in bytes.
const longestName = 128

func values(req *gosip.Request, name string) []string {
	var all []string
	for _, h := range req.GetHeaders(name) {
		all = append(all, splitList(h.Value())...)
	}
	return all
}

// party is a name-addr or addr-spec with its parameters (https://www.rfc-editor.org/rfc/rfc3261#section-25.1), read
// leniently: what cannot be read is empty.
type party struct{ name, uri, params string }

func parseParty(s string) party {
	s = strings.TrimSpace(s)
	var p party
	if rest, ok := strings.CutPrefix(s, `"`); ok {
		p.name, s = unquote(rest)
	}
	before, after, bracketed := strings.Cut(s, "<")
	if !bracketed {
		p.uri, p.params, _ = strings.Cut(strings.TrimSpace(s), ";")
		return p
	}
	if p.name == "" {
		p.name = strings.TrimSpace(before)
	}
	p.uri, p.params, _ = strings.Cut(after, ">")
	return p
}

// unquote reads a quoted-string behind its first quote.
func unquote(s string) (text, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '\\' && i+1 < len(s):
			i++
			b.WriteByte(s[i])
		case s[i] == '"':
			return b.String(), s[i+1:]
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String(), ""
}

// param is the value of a parameter in lower case, without quotes.
func (p party) param(name string) string {
	for kv := range strings.SplitSeq(p.params, ";") {
		k, v, _ := strings.Cut(kv, "=")
		if strings.EqualFold(strings.TrimSpace(k), name) {
			return strings.ToLower(strings.Trim(strings.TrimSpace(v), `"`))
		}
	}
	return ""
}

// dialable reports a sip or tel URI.
func (p party) dialable() bool {
	scheme, _ := cutScheme(p.uri)
	return scheme == "sip" || scheme == "sips" || scheme == "tel"
}

// nowhere is the URI of somebody who shall not be known (https://www.rfc-editor.org/rfc/rfc3323#section-4.1.1.3).
const nowhere = "sip:anonymous@anonymous.invalid"

// respected leaves out what the parameter privacy of Remote-Party-ID and Diversion asks to be kept from the called
// (https://www.rfc-editor.org/rfc/rfc5806#section-4).
func (p party) respected() party {
	switch p.param("privacy") {
	case "full", "uri":
		return party{uri: nowhere, params: p.params}
	case "name":
		p.name = ""
	}
	return p
}

// anonymous reports that the party is said to be nobody, in one of the ways that PBXs have for that.
func (p party) anonymous() bool {
	_, rest := cutScheme(p.uri)
	_, host, _ := strings.Cut(rest, "@")
	host, _, _ = strings.Cut(host, ";")
	user := tidy(userOf(p.uri))
	if user == "" {
		user = tidy(p.name)
	}
	return strings.EqualFold(host, "anonymous.invalid") || strings.EqualFold(user, "anonymous") || strings.EqualFold(user, "restricted")
}

// identity is the number and the name; neither of somebody who is anonymous.
func (p party) identity() (number, name string) {
	if p.anonymous() {
		return "", ""
	}
	return tidy(userOf(p.uri)), tidy(p.name)
}

// verstat is what became of the check of the caller's number, a parameter of it or of the URI around it
// (3GPP TS 24.229, 7.2A.20).
func (p party) verstat() string {
	for part := range strings.FieldsFuncSeq(p.uri+";"+p.params, func(r rune) bool { return r == ';' || r == '@' }) {
		if k, v, ok := strings.Cut(part, "="); ok && strings.EqualFold(strings.TrimSpace(k), "verstat") {
			return tidy(v)
		}
	}
	return ""
}

func cutScheme(uri string) (scheme, rest string) {
	scheme, rest, found := strings.Cut(uri, ":")
	if !found {
		return "", uri
	}
	return strings.ToLower(strings.TrimSpace(scheme)), rest
}

// userOf is the user part of a URI without parameters and escapes, or the number of a tel URI without what only makes
// it look better (https://www.rfc-editor.org/rfc/rfc3966#section-3).
func userOf(uri string) string {
	scheme, rest := cutScheme(uri)
	user, _, found := strings.Cut(rest, "@")
	if scheme == "tel" {
		user, found = strings.NewReplacer("-", "", ".", "", "(", "", ")", "").Replace(before(rest, ";")), true
	}
	if !found {
		return ""
	}
	user = before(before(user, ";"), ":")
	return unescape(user)
}

func before(s, sep string) string {
	s, _, _ = strings.Cut(s, sep)
	return s
}

// unescape resolves %XX; what is none stays as it is.
func unescape(s string) string {
	if !strings.Contains(s, "%") {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]) {
			b.WriteByte(unhex(s[i+1])<<4 | unhex(s[i+2]))
			i += 2
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func unhex(c byte) byte {
	if c <= '9' {
		return c - '0'
	}
	return c&^0x20 - 'A' + 10
}

// tidy makes a peer's text harmless: valid UTF-8, no control characters or marks that turn the direction of writing, no
// spaces around it, and not too long. It is a copy: a part of a message's text would keep the whole message in memory.
func tidy(s string) string {
	var b strings.Builder
	for _, r := range strings.TrimSpace(s) {
		if r == utf8.RuneError || unicode.IsControl(r) || unicode.Is(unicode.Bidi_Control, r) || r == '\u2028' || r == '\u2029' {
			continue
		}
		if b.Len()+utf8.RuneLen(r) > longestName {
			break
		}
		b.WriteRune(r)
	}
	return strings.TrimSpace(b.String())
}
