package sip

import (
	"strings"
	"unicode"
	"unicode/utf8"

	gosip "github.com/emiago/sipgo/sip"
)

// longestName bounds what of a peer's text is kept, in bytes.
const longestName = 128

// readInvitation takes from an INVITE who calls whom.
func readInvitation(req *gosip.Request, trusted bool) Invitation {
	number, name := caller(req, trusted)
	return Invitation{
		Called:       tidy(userOf(req.Recipient.String())),
		Dialled:      tidy(userOf(parseParty(headerValue(req, "To", "t")).uri)),
		CallerNumber: number, CallerName: name,
		Diversion: diversion(headerValue(req, "Diversion")),
	}
}

// caller says who calls: where the trunk is trusted what it asserts, else what the caller says of himself in From
// (https://www.rfc-editor.org/rfc/rfc3325#section-5). Of one who withholds it, nothing: PBXs that say so may leave the
// number in From nevertheless.
func caller(req *gosip.Request, trusted bool) (number, name string) {
	p := parseParty(headerValue(req, "From", "f"))
	if withheld(req) {
		return "", ""
	}
	if trusted {
		if asserted, ok := asserted(req); ok {
			p = asserted
		}
	}
	return p.identity()
}

// withheld reports that the caller asks for privacy (https://www.rfc-editor.org/rfc/rfc3325#section-9.3, and user:
// https://www.rfc-editor.org/rfc/rfc3323#section-4.2).
func withheld(req *gosip.Request) bool {
	for _, h := range req.GetHeaders("Privacy") {
		for value := range strings.FieldsFuncSeq(h.Value(), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
			if strings.EqualFold(value, "id") || strings.EqualFold(value, "user") {
				return true
			}
		}
	}
	return false
}

// asserted is what the network says of the caller: P-Asserted-Identity (https://www.rfc-editor.org/rfc/rfc3325#section-9.1),
// else Remote-Party-ID (draft-ietf-sip-privacy-04, which PBXs still send instead).
func asserted(req *gosip.Request) (party, bool) {
	for _, value := range values(req, "P-Asserted-Identity") {
		if p := parseParty(value); p.dialable() {
			return p, true
		}
	}
	for _, value := range values(req, "Remote-Party-ID") {
		p := parseParty(value)
		if side := p.param("party"); !p.dialable() || side != "" && side != "calling" {
			continue
		}
		switch p.param("privacy") {
		case "full", "uri":
			return party{}, true
		case "name":
			p.name = ""
		}
		return p, true
	}
	return party{}, false
}

// diversion reads the latest diversion, which is the first (https://www.rfc-editor.org/rfc/rfc5806#section-4).
func diversion(value string) *Diversion {
	list := splitList(value)
	if list[0] == "" {
		return nil
	}
	p := parseParty(list[0])
	number, name := p.identity()
	switch p.param("privacy") {
	case "full", "uri":
		number, name = "", ""
	case "name":
		name = ""
	}
	return &Diversion{Number: number, Name: name, Reason: tidy(p.param("reason"))}
}

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

// identity is the number and the name; neither of somebody who calls himself anonymous
// (https://www.rfc-editor.org/rfc/rfc3323#section-4.1.1.3).
func (p party) identity() (number, name string) {
	_, rest := cutScheme(p.uri)
	_, host, _ := strings.Cut(rest, "@")
	host, _, _ = strings.Cut(host, ";")
	number = tidy(userOf(p.uri))
	if strings.EqualFold(number, "anonymous") || strings.EqualFold(host, "anonymous.invalid") {
		return "", ""
	}
	return number, tidy(p.name)
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
