package dialplan

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/nyaruka/phonenumbers"
)

// pattern is a prefix or a regular expression.
type pattern struct {
	prefix string
	expr   *regexp.Regexp
}

// CheckPattern tells whether s may stand in Allow or Deny: a prefix like "+4930", "0900",
// "*21" or "sip:bob@", or a regular expression between slashes, like "/^\+49(900|137)/".
func CheckPattern(s string) error {
	_, err := compilePatterns([]string{s})
	return err
}

func compilePatterns(list []string) ([]pattern, error) {
	out := make([]pattern, len(list))
	for i, s := range list {
		expr, isExpr, err := regexpBetweenSlashes(s)
		switch {
		case err != nil:
			return nil, err
		case isExpr:
			out[i].expr = expr
		case !validPrefix(s):
			return nil, errors.New("must be a prefix like +49, 0900, *21 or sip:bob@, without separators, or a regular expression between slashes")
		default:
			out[i].prefix = s
		}
	}
	return out, nil
}

func validPrefix(s string) bool {
	if rest, isURI := strings.CutPrefix(s, "sip:"); isURI {
		return rest == "" || only(rest, userChars+"@:")
	}
	return only(strings.TrimPrefix(s, "+"), digits) || only(s, digits+"*#")
}

func regexpBetweenSlashes(s string) (*regexp.Regexp, bool, error) {
	if len(s) < 3 || s[0] != '/' || s[len(s)-1] != '/' {
		return nil, false, nil
	}
	expr, err := regexp.Compile(s[1 : len(s)-1])
	if err != nil {
		return nil, true, fmt.Errorf("not a regular expression: %w", err)
	}
	return expr, true, nil
}

func matchAny(patterns []pattern, subjects []string) bool {
	for _, p := range patterns {
		for _, s := range subjects {
			if p.expr != nil && p.expr.MatchString(s) || p.expr == nil && strings.HasPrefix(s, p.prefix) {
				return true
			}
		}
	}
	return false
}

// CheckExtensions tells whether s describes extensions: "N digits", "N-M digits" (at most
// 15), a regular expression between slashes for the digits as a whole, "none", or nothing.
func CheckExtensions(s string) error {
	_, err := compileExtensions(s)
	return err
}

func compileExtensions(s string) (*regexp.Regexp, error) {
	if s == "" || s == "none" {
		return nil, nil
	}
	if expr, isExpr, err := regexpBetweenSlashes(s); isExpr {
		if err == nil {
			expr, err = regexp.Compile("^(?:" + expr.String() + ")$")
		}
		return expr, err
	}
	count, unit, _ := strings.Cut(s, " ")
	from, to, isRange := strings.Cut(count, "-")
	if !isRange {
		to = from
	}
	if !only(from, digits) || !only(to, digits) || unit != "digits" && unit != "digit" {
		return nil, errors.New(`must be like "4 digits", "1-6 digits", "/[1-7][0-9]{3}/" or "none"`)
	}
	least, errFrom := strconv.Atoi(from)
	most, errTo := strconv.Atoi(to)
	if errFrom != nil || errTo != nil || least < 1 || most < least || most > maxNumber {
		return nil, fmt.Errorf("the number of digits must rise from at least 1 to at most %d", maxNumber)
	}
	return regexp.Compile(fmt.Sprintf("^[0-9]{%d,%d}$", least, most))
}

// CheckCountry tells whether s is a region code with a numbering plan, or empty.
func CheckCountry(s string) error {
	if s == "" || phonenumbers.GetCountryCodeForRegion(s) != 0 {
		return nil
	}
	return errors.New("must be the two capital letters of a country (ISO 3166), like DE")
}

// CheckHost tells whether s may be a permitted host: a host name or IPv4 address, with or
// without a port.
func CheckHost(s string) error {
	if !validHostPort(s) {
		return errors.New("must be a host or host:port, like pbx.example.com or 192.0.2.7:5060")
	}
	return nil
}
