package dialplan

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Kind says what a callee is.
type Kind int

// The kinds of callee.
const (
	Extension Kind = iota
	Code           // service code with * or #, emergency and other short numbers
	Number
	URI
)

// String names the kind.
func (k Kind) String() string {
	return [...]string{"extension", "code", "number", "uri"}[k]
}

// Callee is a destination that has been understood.
type Callee struct {
	Kind Kind
	// User is what to call at the trunk. A '#' in it stands for itself; who writes the
	// Request-URI escapes it (https://www.rfc-editor.org/rfc/rfc3261#section-25.1, "user").
	User string
	// URI is the whole Request-URI, for Kind URI only.
	URI string
	// Display is what an agent is shown: the extension or code, the E.164 number, or the URI.
	Display string
}

const (
	maxDestination = 255 // bytes
	maxDigits      = 32  // characters of a code or number without separators
	maxNumber      = 15  // digits of an E.164 number, country code included
	maxUser        = 64
	maxHost        = 253
)

// Parse understands destination by the group's rules. The error is always an *Error.
//
// In this order: a text with ':' or '@' is a URI; a text with '*' or '#' a code; digits
// without '+' that fit the extensions an extension; emergency and short numbers of the
// country a code; everything else has to be a telephone number. Spaces and the separators
// - . / ( ) are dropped, except in URIs.
func (p *Plan) Parse(destination string) (Callee, error) {
	switch {
	case destination == "":
		return invalid("Nothing was dialled: enter an extension or a number.")
	case len(destination) > maxDestination:
		return invalid("This is too long to be an extension or a number.")
	case !printableASCII(destination):
		return invalid("This contains a character that cannot be dialled: use digits, +, * and # only.")
	case strings.ContainsAny(destination, ":@"):
		return p.uri(destination)
	}
	dialled := withoutSeparators(destination)
	switch {
	case !only(strings.TrimPrefix(dialled, "+"), digits+"*#"):
		return invalid("This is neither an extension nor a number: use digits, +, * and # only.")
	case len(dialled) > maxDigits:
		return invalid("This is too long to be an extension or a number.")
	case strings.ContainsAny(dialled, "*#"):
		return p.code(dialled)
	case dialled[0] != '+' && p.extension != nil && p.extension.MatchString(dialled):
		return p.short(Extension, dialled)
	case p.isShortNumber(dialled):
		return p.short(Code, dialled)
	}
	return p.number(dialled)
}

func (p *Plan) code(dialled string) (Callee, error) {
	switch {
	case !p.rules.Codes:
		return notAllowed("Codes with * and # may not be dialled here.")
	case dialled[0] == '+':
		return invalid("This is not a service code: use digits, * and # only.")
	}
	return p.short(Code, dialled)
}

// short is an extension or a code: dialled as it is. An emergency number needs no Allow;
// only an explicit Deny keeps it from being dialled.
func (p *Plan) short(k Kind, dialled string) (Callee, error) {
	if !p.permits(dialled) && (!p.emergency(dialled) || matchAny(p.deny, []string{dialled})) {
		return notAllowed("This extension or code may not be dialled here.")
	}
	return Callee{Kind: k, User: dialled, Display: dialled}, nil
}

// Emergency tells whether a callee is an emergency number of the group's country.
func (p *Plan) Emergency(c Callee) bool { return c.URI == "" && p.emergency(c.User) }

func (p *Plan) emergency(dialled string) bool {
	return p.rules.Country != "" && phonenumbers.IsEmergencyNumber(dialled, p.rules.Country)
}

func (p *Plan) isShortNumber(dialled string) bool {
	if p.rules.Country == "" || dialled[0] == '+' {
		return false
	}
	if p.emergency(dialled) {
		return true
	}
	n, err := phonenumbers.Parse(dialled, p.rules.Country)
	return err == nil && phonenumbers.IsValidShortNumberForRegion(n, p.rules.Country)
}
