package dialplan

import "strings"

// uri understands sip:user@host and sip:user@host:port, in a small part of RFC 3261's
// grammar (https://www.rfc-editor.org/rfc/rfc3261#section-25.1): no escapes, password,
// parameters or headers, because each of them can smuggle something past the rules.
func (p *Plan) uri(destination string) (Callee, error) {
	scheme, rest, _ := strings.Cut(destination, ":")
	scheme = lower(scheme)
	switch {
	case scheme != "sip" && scheme != "sips":
		return invalid("This is neither an extension nor a number.")
	case !p.rules.URIs:
		return notAllowed("SIP addresses may not be dialled here.")
	case scheme == "sips": // asks for TLS all the way, and no trunk speaks it
		return notAllowed("Secure SIP addresses (sips:) may not be dialled here.")
	}
	user, hostport, _ := strings.Cut(rest, "@")
	switch {
	case !only(user, userChars), len(user) > maxUser, !validHostPort(hostport):
		return invalid("This is not a SIP address: write it as sip:name@host, without anything behind the host.")
	case !p.hosts[lower(hostport)]:
		return notAllowed("SIP addresses at this host may not be dialled here.")
	}
	uri := "sip:" + user + "@" + lower(hostport)
	subjects := []string{uri, user}
	if only(strings.TrimPrefix(user, "+"), digits) {
		if n, _ := p.parseNumber(user); n != nil {
			subjects = append(subjects, p.subjects(n)...)
		}
	}
	if !p.permits(subjects...) {
		return notAllowed("This SIP address may not be dialled here.")
	}
	return Callee{Kind: URI, User: user, URI: uri, Display: uri}, nil
}
