package sip

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Identity is how a trunk is told who calls. The zero value says it in From and nowhere else.
//
// A caller who withholds the number is nobody in From, asks for Privacy, and is asserted only to a trunk that is trusted to
// keep it to itself (https://www.rfc-editor.org/rfc/rfc3325#section-7).
type Identity struct {
	From   FromPolicy
	Assert Assertion
	// Number writes a caller's number as the trunk wants it. nil: as it is.
	Number func(string) string
	// Privacy is what is asked for where the number is withheld (https://www.rfc-editor.org/rfc/rfc3323#section-4.2):
	// id, header, session, user, critical. Default: id.
	Privacy []string
}

// FromPolicy is who stands in From where nothing is withheld.
type FromPolicy uint8

// The policies.
const (
	FromCaller    FromPolicy = iota // the caller
	FromAccount                     // the account that the call is of, else the trunk's, else Trunk.FromUser; with the caller's name
	FromAnonymous                   // nobody: the caller stands in what is asserted alone
)

// Assertion is the header field in which the caller stands besides From.
type Assertion uint8

// The header fields.
const (
	AssertNothing   Assertion = iota
	AssertedByUs              // P-Asserted-Identity (https://www.rfc-editor.org/rfc/rfc3325#section-9.1)
	PreferredByUs             // P-Preferred-Identity, for a peer that asserts it (https://www.rfc-editor.org/rfc/rfc3325#section-9.2)
	RemotePartyByUs           // Remote-Party-ID (draft-ietf-sip-privacy-04)
)

var errPrivacy = errors.New("privacy is neither id, header, session, user nor critical")

// complete fills in defaults.
func (i *Identity) complete() error {
	if i.Privacy == nil {
		i.Privacy = []string{"id"}
	}
	for _, v := range i.Privacy {
		if !slices.Contains([]string{"id", "header", "session", "user", "critical"}, v) {
			return errPrivacy
		}
	}
	return nil
}

// callerID is who calls, as a dial says it.
type callerID struct {
	number, name string
	anonymous    bool
	account      string // the user that the call is registered as; empty: the trunk's own, if any
}

// caller is who calls, as a trunk may be told.
func (c *Call) caller(t *Trunk) callerID {
	who := callerID{number: c.dial.CallerNumber, name: c.dial.CallerName, anonymous: c.dial.Anonymous}
	if user := c.dial.Account; user != "" && c.ua.registrations.line(t.Name, user) != nil {
		who.account = user
	}
	return who
}

// identify says what an INVITE through the trunk tells of its caller: From, without a tag, and header fields behind it.
func (t *Trunk) identify(c callerID) (gosip.FromHeader, []gosip.Header) {
	from := gosip.FromHeader{DisplayName: quoted(c.name), Address: t.person(c.number)}
	switch {
	case c.anonymous || t.Identity.From == FromAnonymous:
		// https://www.rfc-editor.org/rfc/rfc3323#section-4.1.1.3
		from = gosip.FromHeader{DisplayName: "Anonymous", Address: gosip.Uri{Scheme: "sip", User: "anonymous", Host: "anonymous.invalid"}}
	case t.Identity.From == FromAccount:
		from.Address = t.at(cmp.Or(c.account, t.accountUser(), t.FromUser))
	}
	var hs []gosip.Header
	if h := t.assertion(c); h != nil {
		hs = append(hs, h)
	}
	if c.anonymous && len(t.Identity.Privacy) > 0 {
		hs = append(hs, gosip.NewHeader("Privacy", strings.Join(t.Identity.Privacy, ";")))
	}
	return from, hs
}

// assertion is the header field that says who calls besides From; nil: none.
func (t *Trunk) assertion(c callerID) gosip.Header {
	if c.number == "" || c.anonymous && !t.Trusted {
		return nil
	}
	uri := t.person(c.number)
	who := "<" + uri.String() + ">"
	if c.name != "" {
		who = `"` + quoted(c.name) + `" ` + who
	}
	switch t.Identity.Assert {
	case AssertedByUs:
		return gosip.NewHeader("P-Asserted-Identity", who)
	case PreferredByUs:
		return gosip.NewHeader("P-Preferred-Identity", who)
	case RemotePartyByUs:
		privacy := "off"
		if c.anonymous {
			privacy = "full"
		}
		return gosip.NewHeader("Remote-Party-ID", who+";party=calling;screen=no;privacy="+privacy)
	case AssertNothing:
	}
	return nil
}

// person is a caller's URI at the trunk's domain; without a number that of the trunk's own user.
func (t *Trunk) person(number string) gosip.Uri {
	if write := t.Identity.Number; number != "" && write != nil {
		if written := write(number); written != "" && len(written) <= longestUser && safeText(written) {
			number = written
		}
	}
	return t.at(cmp.Or(number, t.FromUser))
}

// at is a user, which was checked before, at the trunk's domain.
func (t *Trunk) at(user string) gosip.Uri {
	escaped, _ := escapeUser(user)
	address := t.uri(escaped)
	address.Port = 0
	return address
}
