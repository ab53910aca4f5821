package sip

import (
	"strings"
	"testing"
)

// TestIdentify is the whole policy: what a trunk is told of each caller.
func TestIdentify(t *testing.T) {
	var (
		ann      = callerID{number: "+4930123", name: "Ann"}
		nameless = callerID{number: "1001"}
		nobody   = callerID{}
		hidden   = callerID{number: "+4930123", name: "Ann", anonymous: true}
	)
	const from, anonymous = `From: "Ann" <sip:+4930123@pbx>`, `From: "Anonymous" <sip:anonymous@anonymous.invalid>`
	for _, tt := range []struct {
		what     string
		identity Identity
		trusted  bool
		caller   callerID
		want     string
	}{
		{"nothing configured", Identity{}, false, ann, from},
		{"no name", Identity{}, false, nameless, "From: <sip:1001@pbx>"},
		{"no caller", Identity{}, false, nobody, "From: <sip:gw@pbx>"},
		{"withheld", Identity{}, false, hidden, anonymous + "|Privacy: id"},
		{"withheld, to a trusted trunk", Identity{}, true, hidden, anonymous + "|Privacy: id"},

		{"asserted", Identity{Assert: AssertedByUs}, true, ann, from + `|P-Asserted-Identity: "Ann" <sip:+4930123@pbx>`},
		{"asserted, no name", Identity{Assert: AssertedByUs}, true, nameless, "From: <sip:1001@pbx>|P-Asserted-Identity: <sip:1001@pbx>"},
		{"asserted, no caller", Identity{Assert: AssertedByUs}, true, nobody, "From: <sip:gw@pbx>"},
		{"asserted, withheld", Identity{Assert: AssertedByUs}, true, hidden, anonymous + `|P-Asserted-Identity: "Ann" <sip:+4930123@pbx>|Privacy: id`},
		{"asserted, withheld from a trunk that is not trusted", Identity{Assert: AssertedByUs}, false, hidden, anonymous + "|Privacy: id"},
		{"preferred", Identity{Assert: PreferredByUs}, false, ann, from + `|P-Preferred-Identity: "Ann" <sip:+4930123@pbx>`},
		{"preferred, withheld", Identity{Assert: PreferredByUs}, true, hidden, anonymous + `|P-Preferred-Identity: "Ann" <sip:+4930123@pbx>|Privacy: id`},
		{"preferred, withheld from a trunk that is not trusted", Identity{Assert: PreferredByUs}, false, hidden, anonymous + "|Privacy: id"},
		{"party", Identity{Assert: RemotePartyByUs}, false, ann, from + `|Remote-Party-ID: "Ann" <sip:+4930123@pbx>;party=calling;screen=no;privacy=off`},
		{"party, withheld", Identity{Assert: RemotePartyByUs}, true, hidden, anonymous + `|Remote-Party-ID: "Ann" <sip:+4930123@pbx>;party=calling;screen=no;privacy=full|Privacy: id`},
		{"party, withheld from a trunk that is not trusted", Identity{Assert: RemotePartyByUs}, false, hidden, anonymous + "|Privacy: id"},

		{"account", Identity{From: FromAccount}, false, ann, `From: "Ann" <sip:gw@pbx>`},
		{"account, asserted", Identity{From: FromAccount, Assert: AssertedByUs}, true, ann, `From: "Ann" <sip:gw@pbx>|P-Asserted-Identity: "Ann" <sip:+4930123@pbx>`},
		{"the call's own account", Identity{From: FromAccount}, false, callerID{number: "1001", name: "Ann", account: "1001-x"}, `From: "Ann" <sip:1001-x@pbx>`},
		{"the call's own account, which matters to From of the account only", Identity{}, false, callerID{number: "1001", account: "1001-x"}, `From: <sip:1001@pbx>`},
		{"account, withheld", Identity{From: FromAccount, Assert: PreferredByUs}, true, hidden, anonymous + `|P-Preferred-Identity: "Ann" <sip:+4930123@pbx>|Privacy: id`},
		{"anonymous, asserted", Identity{From: FromAnonymous, Assert: AssertedByUs}, true, ann, anonymous + `|P-Asserted-Identity: "Ann" <sip:+4930123@pbx>`},

		{"more privacy", Identity{Privacy: []string{"id", "header", "critical"}}, false, hidden, anonymous + "|Privacy: id;header;critical"},
		{"no word of privacy", Identity{Privacy: []string{}}, false, hidden, anonymous},
		{"another way to write a number", Identity{Assert: AssertedByUs, Number: func(s string) string { return strings.Replace(s, "+49", "0", 1) }}, true, ann,
			`From: "Ann" <sip:030123@pbx>|P-Asserted-Identity: "Ann" <sip:030123@pbx>`},
		{"a way that makes nothing of it", Identity{Number: func(string) string { return "\r\n" }}, true, ann, from},
		{"quotes", Identity{Assert: AssertedByUs}, true, callerID{number: "1", name: `A "b" \`},
			`From: "A \"b\" \\" <sip:1@pbx>|P-Asserted-Identity: "A \"b\" \\" <sip:1@pbx>`},
		{"what a user part cannot hold", Identity{Assert: AssertedByUs}, true, callerID{number: "a b@c"}, "From: <sip:a%20b%40c@pbx>|P-Asserted-Identity: <sip:a%20b%40c@pbx>"},
	} {
		trunk := Trunk{Name: "pbx", Address: "192.0.2.20", Domain: "pbx:5070", Username: "gw", Identity: tt.identity, Trusted: tt.trusted}
		if err := trunk.complete(); err != nil {
			t.Fatal(err)
		}
		from, hs := trunk.identify(tt.caller)
		got := []string{from.String()}
		for _, h := range hs {
			got = append(got, h.String())
		}
		if s := strings.Join(got, "|"); s != tt.want {
			t.Errorf("%s:\n got %s\nwant %s", tt.what, s, tt.want)
		}
	}
}

// TestAccountOfATrunk: whoever is registered there is in From, not who answers the challenges.
func TestAccountOfATrunk(t *testing.T) {
	trunk := Trunk{Name: "pbx", Address: "192.0.2.20", Domain: "pbx", Username: "auth", Identity: Identity{From: FromAccount}, Register: &Account{User: "4930123400"}}
	if err := trunk.complete(); err != nil {
		t.Fatal(err)
	}
	if from, _ := trunk.identify(callerID{number: "1001"}); from.Address.User != "4930123400" {
		t.Errorf("From is %s", from.Value())
	}
}

func TestUnknownPrivacy(t *testing.T) {
	trunk := Trunk{Name: "pbx", Address: "192.0.2.20", Identity: Identity{Privacy: []string{"id\r\nX: y"}}}
	if trunk.complete() == nil {
		t.Error("a trunk asks for a privacy that there is not")
	}
}
