package dialplan

import (
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// number understands a telephone number, dialled with '+' or by the country's rules.
func (p *Plan) number(dialled string) (Callee, error) {
	n, why := p.parseNumber(dialled)
	if n == nil {
		return invalid(why)
	}
	if !p.permits(p.subjects(n)...) {
		return notAllowed("This number may not be dialled here.")
	}
	e164 := phonenumbers.Format(n, phonenumbers.E164)
	user := e164
	switch p.rules.NumberFormat {
	case formatNational:
		user = p.national(n)
	case formatAsDialled:
		user = dialled
	}
	return Callee{Kind: Number, User: user, Display: e164}, nil
}

// parseNumber returns nil and a sentence for the agent when dialled is no telephone number.
func (p *Plan) parseNumber(dialled string) (*phonenumbers.PhoneNumber, string) {
	const international = "Write the number with + and the country code."
	if p.rules.Country == "" && dialled[0] != '+' {
		return nil, "This is not an extension. " + international
	}
	n, err := phonenumbers.ParseAndKeepRawInput(dialled, p.rules.Country)
	if err != nil || phonenumbers.IsPossibleNumberWithReason(n) != phonenumbers.IS_POSSIBLE {
		return nil, "This is neither an extension nor a complete telephone number."
	}
	switch n.GetCountryCodeSource() {
	case phonenumbers.PhoneNumber_FROM_NUMBER_WITH_PLUS_SIGN, phonenumbers.PhoneNumber_FROM_NUMBER_WITH_IDD:
		return n, ""
	}
	// What is left was dialled nationally. The library also reads a number without its trunk
	// prefix (in Germany 301234567 for 0301234567); dialling it would be a guess.
	if dialled != p.national(n) && dialled != phonenumbers.GetNddPrefixForRegion(p.rules.Country, true)+phonenumbers.GetNationalSignificantNumber(n) {
		return nil, "This is not an extension, and as a number it lacks its area code. " + international
	}
	return n, ""
}

// national is n as a telephone in the group's country would dial it.
func (p *Plan) national(n *phonenumbers.PhoneNumber) string {
	if p.domestic(n) {
		return phonenumbers.NormalizeDigitsOnly(phonenumbers.Format(n, phonenumbers.NATIONAL))
	}
	return phonenumbers.NormalizeDigitsOnly(phonenumbers.FormatOutOfCountryCallingNumber(n, p.rules.Country))
}

func (p *Plan) domestic(n *phonenumbers.PhoneNumber) bool {
	return int(n.GetCountryCode()) == phonenumbers.GetCountryCodeForRegion(p.rules.Country)
}

// subjects are the forms in which Allow and Deny may speak of n: E.164 always, the national
// form within the country. They do not depend on how n was dialled, so that "0900" also
// denies +49900.
func (p *Plan) subjects(n *phonenumbers.PhoneNumber) []string {
	out := []string{phonenumbers.Format(n, phonenumbers.E164)}
	if p.rules.Country != "" && p.domestic(n) {
		out = append(out, strings.TrimSpace(p.national(n)))
	}
	return out
}
