package config

import (
	"slices"

	"tieline/gateway/dialplan"
)

// Identity is how a trunk is told who calls.
type Identity struct {
	// From is who stands in From.
	From From `yaml:"from"`
	// Assert is the header in which the caller stands besides.
	Assert Assert `yaml:"assert"`
	// Number is how the caller's number is written; Country is what national numbers are of.
	Number  NumberFormat `yaml:"number"`
	Country string       `yaml:"country"`
	// Privacy is what is asked for where the number is withheld.
	Privacy []string `yaml:"privacy"`
}

// From is who stands in From.
type From string

// Whom From names.
const (
	FromCaller    From = "caller"
	FromAccount   From = "account" // the trunk's username
	FromAnonymous From = "anonymous"
)

// Assert is a header that says who calls.
type Assert string

// The headers.
const (
	AssertNone Assert = "none"
	AssertPAI  Assert = "p-asserted-identity"  // https://www.rfc-editor.org/rfc/rfc3325#section-9.1
	AssertPPI  Assert = "p-preferred-identity" // https://www.rfc-editor.org/rfc/rfc3325#section-9.2
	AssertRPID Assert = "remote-party-id"
)

func (k *checker) identity(path string, t Trunk) {
	i := t.Identity
	oneOf(k, path+".from", i.From, FromCaller, FromAccount, FromAnonymous)
	oneOf(k, path+".assert", i.Assert, AssertNone, AssertPAI, AssertPPI, AssertRPID)
	oneOf(k, path+".number", i.Number, AsGiven, E164, Digits, National)
	k.check(path+".country", dialplan.CheckCountry(i.Country))
	switch {
	case i.Assert == AssertPAI && !t.Trusted: // https://www.rfc-editor.org/rfc/rfc3325#section-5
		k.wrong(path+".assert", "is only for a peer that keeps to itself what a caller withholds: say trusted: true, or p-preferred-identity")
	case i.From == FromAccount && t.Username == "":
		k.wrong(path+".from", "account is the trunk's username: add username")
	case i.Number == National && i.Country == "":
		k.wrong(path+".number", "national needs a country: add country")
	}
	for n, p := range i.Privacy {
		at := indexed(path+".privacy", n)
		oneOf(k, at, p, "id", "header", "session", "user", "critical")
		if slices.Contains(i.Privacy[:n], p) {
			k.wrong(at, "stands here a second time: keep one")
		}
	}
}
