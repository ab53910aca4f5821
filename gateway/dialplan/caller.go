package dialplan

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// Caller writes a caller's number in a format: e164, digits (e164 without +) or national. What is no telephone number by the
// country's rules, an extension above all, stays as it is; so does everything in another format.
func Caller(number, format, country string) string {
	if number == "" {
		return number
	}
	p := &Plan{rules: Rules{Country: country}}
	n, _ := p.parseNumber(number)
	if n == nil || !phonenumbers.IsValidNumber(n) { // somebody's extension may look like a short number
		return number
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	switch format {
	case formatE164:
		return e164
	case formatDigits:
		return strings.TrimPrefix(e164, "+")
	case formatNational:
		return p.national(n)
	}
	return number
}

const formatDigits = "digits"
