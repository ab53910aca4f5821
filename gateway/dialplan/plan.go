package dialplan

import (
	"errors"
	"fmt"
	"regexp"
)

// Rules are a channel group's dialling rules as the configuration states them.
type Rules struct {
	Country      string   // ISO 3166 region for national and short numbers; empty: none
	NumberFormat string   // "e164" (or empty), "national" or "as-dialled"
	Extensions   string   // see CheckExtensions; empty: none
	Codes        bool     // whether * and # codes may be dialled
	URIs         bool     // whether sip: URIs may be dialled
	Hosts        []string // the hosts (or host:port) that such a URI may name
	Allow, Deny  []string // see CheckPattern; an empty Allow allows everything, Deny wins
}

// Plan is a compiled set of Rules.
type Plan struct {
	rules       Rules
	extension   *regexp.Regexp // nil: no extensions
	hosts       map[string]bool
	allow, deny []pattern
}

// Compile makes a Plan; the error names the first rule that cannot be used.
func Compile(r Rules) (*Plan, error) {
	p := &Plan{rules: r, hosts: map[string]bool{}}
	if err := errors.Join(CheckCountry(r.Country), checkFormat(r)); err != nil {
		return nil, err
	}
	var err error
	if p.extension, err = compileExtensions(r.Extensions); err != nil {
		return nil, err
	}
	for _, h := range r.Hosts {
		if err := CheckHost(h); err != nil {
			return nil, err
		}
		p.hosts[lower(h)] = true
	}
	if p.allow, err = compilePatterns(r.Allow); err != nil {
		return nil, err
	}
	p.deny, err = compilePatterns(r.Deny)
	return p, err
}

func checkFormat(r Rules) error {
	switch r.NumberFormat {
	case "", formatE164, formatAsDialled:
		return nil
	case formatNational:
		if r.Country == "" {
			return errors.New("the national number format needs a country")
		}
		return nil
	}
	return fmt.Errorf("unknown number format %q", r.NumberFormat)
}

// The values of Rules.NumberFormat.
const (
	formatE164      = "e164"
	formatNational  = "national"
	formatAsDialled = "as-dialled"
)

// permits applies Allow and Deny; a destination may be known by several subjects (an E.164
// and a national form), and a rule that fits one of them fits.
func (p *Plan) permits(subjects ...string) bool {
	return !matchAny(p.deny, subjects) && (len(p.allow) == 0 || matchAny(p.allow, subjects))
}
