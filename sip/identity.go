package sip

import (
	"cmp"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// readInvitation takes from an INVITE who calls whom.
func readInvitation(req *gosip.Request, trusted bool) Invitation {
	who := caller(req, trusted)
	called := tidy(userOf(req.Recipient.String()))
	return Invitation{
		Called: called, Dialled: cmp.Or(dialled(req, trusted), called),
		CallerNumber: who.number, CallerName: who.name, Withheld: who.withheld, Verstat: who.verstat,
		Diversion: diversion(req),
	}
}

// dialled is the number that the caller dialled. To tells, but a proxy that has looked up where somebody is says whom it was
// asked for in P-Called-Party-ID (https://www.rfc-editor.org/rfc/rfc7315#section-4.2).
func dialled(req *gosip.Request, trusted bool) string {
	if trusted {
		for _, value := range values(req, "P-Called-Party-ID") {
			if number := tidy(userOf(parseParty(value).uri)); number != "" {
				return number
			}
		}
	}
	return tidy(userOf(parseParty(headerValue(req, "To", "t")).uri))
}

// identity is who calls.
type identity struct {
	number, name string
	withheld     bool
	verstat      string // what the network has found out about the number, as it says it
}

// caller says who calls: where the trunk is trusted what it asserts, else what the caller says of himself in From
// (https://www.rfc-editor.org/rfc/rfc3325#section-5). Of one who withholds it, nothing: PBXs that say so may leave the
// number in From nevertheless.
func caller(req *gosip.Request, trusted bool) identity {
	p := parseParty(headerValue(req, "From", "f"))
	if withheld(req) {
		return identity{withheld: true}
	}
	verstat := ""
	if trusted {
		verstat = p.verstat()
		if a, ok := asserted(req); ok {
			p, verstat = a, cmp.Or(a.verstat(), verstat)
		}
	}
	number, name := p.identity()
	who := identity{number: number, name: name, withheld: p.anonymous()}
	if !who.withheld {
		who.verstat = verstat
	}
	return who
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
	var all []party
	for _, value := range values(req, "P-Asserted-Identity") {
		if p := parseParty(value); p.dialable() {
			all = append(all, p)
		}
	}
	if len(all) > 0 {
		return oneOfTwo(all), true
	}
	for _, value := range values(req, "Remote-Party-ID") {
		p := parseParty(value)
		if side := p.param("party"); p.dialable() && (side == "" || side == "calling") {
			return p.respected(), true
		}
	}
	return party{}, false
}

// oneOfTwo is the first, or what both say together: one may have the number and the other the name.
func oneOfTwo(all []party) party {
	p := all[0]
	for _, o := range all[1:] {
		if !isNumber(userOf(p.uri)) && isNumber(userOf(o.uri)) {
			p.uri, p.params = o.uri, o.params
		}
		p.name = cmp.Or(p.name, o.name)
	}
	return p
}

func isNumber(s string) bool { return s != "" && only(s, "+0123456789*#") }
