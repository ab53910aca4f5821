package dialplan

import (
	"errors"
	"strings"
	"testing"
)

func german(t testing.TB, change func(*Rules)) *Plan {
	t.Helper()
	r := Rules{Country: "DE", Extensions: "1-6 digits", Codes: true}
	if change != nil {
		change(&r)
	}
	p, err := Compile(r)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func none(*Rules) {}

// docs/protocol.md §7.4: "destination" is an internal extension, a number or an allowed URI.
func TestParseAccepts(t *testing.T) {
	noCountry := func(r *Rules) { r.Country = "" }
	national := func(r *Rules) { r.NumberFormat = formatNational }
	asDialled := func(r *Rules) { r.NumberFormat = formatAsDialled }
	american := func(r *Rules) { r.Country = "US" }
	fourDigits := func(r *Rules) { r.Extensions = "4 digits" }
	noExtensions := func(r *Rules) { r.Extensions = "none" }
	uris := func(r *Rules) { r.URIs, r.Hosts = true, []string{"pbx.example.com", "Other.Example.com:5070"} }
	tests := []struct {
		name        string
		rules       func(*Rules)
		destination string
		want        Callee
	}{
		{"extension", none, "600", Callee{Extension, "600", "", "600"}},
		{"one digit", none, "0", Callee{Extension, "0", "", "0"}},
		{"extension with separators", none, " 6-0.0 ", Callee{Extension, "600", "", "600"}},
		{"extension without a country", noCountry, "100200", Callee{Extension, "100200", "", "100200"}},
		{"code", none, "*21#", Callee{Code, "*21#", "", "*21#"}},
		{"code with digits around", none, "8*600", Callee{Code, "8*600", "", "8*600"}},
		{"emergency as extension", none, "112", Callee{Extension, "112", "", "112"}},
		{"emergency beside four digits", fourDigits, "110", Callee{Code, "110", "", "110"}},
		{"emergency without extensions", noExtensions, "112", Callee{Code, "112", "", "112"}},
		{"short number beside four digits", fourDigits, "116117", Callee{Code, "116117", "", "116117"}},
		{"911 in the United States", func(r *Rules) { american(r); noExtensions(r) }, "911", Callee{Code, "911", "", "911"}},
		{"E.164", none, "+4930123456", Callee{Number, "+4930123456", "", "+4930123456"}},
		{"E.164 without a country", noCountry, "+4930123456", Callee{Number, "+4930123456", "", "+4930123456"}},
		{"E.164 as printed", none, "+49 (0) 30 / 12 34-56", Callee{Number, "+4930123456", "", "+4930123456"}},
		{"national", none, "030 123456", Callee{Number, "+4930123456", "", "+4930123456"}},
		{"with the international prefix", none, "0044 20 7946 0018", Callee{Number, "+442079460018", "", "+442079460018"}},
		{"American national", american, "(201) 555-0123", Callee{Number, "+12015550123", "", "+12015550123"}},
		{"American with trunk prefix", american, "1-201-555-0123", Callee{Number, "+12015550123", "", "+12015550123"}},
		{"American international", american, "011 49 30 123456", Callee{Number, "+4930123456", "", "+4930123456"}},
		{"Italian zero stays", none, "+39 06 1234 5678", Callee{Number, "+390612345678", "", "+390612345678"}},
		{"national format", national, "+49 30 123456", Callee{Number, "030123456", "", "+4930123456"}},
		{"national format abroad", national, "+442079460018", Callee{Number, "00442079460018", "", "+442079460018"}},
		{"as dialled", asDialled, "030/123456", Callee{Number, "030123456", "", "+4930123456"}},
		{"uri", uris, "sip:alice@pbx.example.com", Callee{URI, "alice", "sip:alice@pbx.example.com", "sip:alice@pbx.example.com"}},
		{"uri in capitals", uris, "SIP:Alice@PBX.Example.com", Callee{URI, "Alice", "sip:Alice@pbx.example.com", "sip:Alice@pbx.example.com"}},
		{"uri with a permitted port", uris, "sip:a@other.example.com:5070", Callee{URI, "a", "sip:a@other.example.com:5070", "sip:a@other.example.com:5070"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := german(t, tt.rules).Parse(tt.destination)
			if err != nil || got != tt.want {
				t.Errorf("Parse(%q) = %+v, %v; want %+v", tt.destination, got, err, tt.want)
			}
		})
	}
}

func TestParseRefuses(t *testing.T) {
	noCountry := func(r *Rules) { r.Country = "" }
	noExtensions := func(r *Rules) { r.Extensions = "" }
	uris := func(r *Rules) { r.URIs, r.Hosts = true, []string{"pbx.example.com"} }
	tests := []struct {
		name        string
		rules       func(*Rules)
		destination string
		want        Reason
	}{
		{"nothing", none, "", Invalid},
		{"separators only", none, " -()", Invalid},
		{"plus only", none, "+", Invalid},
		{"letters", none, "alice", Invalid},
		{"vanity number", none, "+1 800 FLOWERS", Invalid},
		{"CR LF", none, "600\r\nX-Evil: 1", Invalid},
		{"trailing LF", none, "600\n", Invalid},
		{"NUL", none, "600\x00", Invalid},
		{"tab", none, "600\t1", Invalid},
		{"Arabic-Indic digits", none, "٦٠٠", Invalid},
		{"full-width digits", none, "６００", Invalid},
		{"full-width plus", none, "＋4930123456", Invalid},
		{"no-break space", none, "030\u00a0123456", Invalid},
		{"invalid UTF-8", none, "6\xff0", Invalid},
		{"percent", none, "600%0d%0a", Invalid},
		{"two plus", none, "++4930123456", Invalid},
		{"plus inside", none, "49+30123456", Invalid},
		{"semicolon", none, "+4930123456;ext=5", Invalid},
		{"header in a number", none, "600?Replaces=x", Invalid},
		{"plus in a code", none, "+*21#", Invalid},
		{"endless code", none, "*" + strings.Repeat("1", 40), Invalid},
		{"endless number", none, "+49" + strings.Repeat("1", 40), Invalid},
		{"a megabyte", none, strings.Repeat("1", 1<<20), Invalid},
		{"too short abroad", none, "+4911", Invalid},
		{"no such country code", none, "+9991234567", Invalid},
		{"emergency behind a country code", none, "+49112", Invalid},
		{"without area code", none, "301234567", Invalid},
		{"country code without plus", none, "4930123456", Invalid},
		{"national without a country", noCountry, "030123456", Invalid},
		{"no extensions", func(r *Rules) { noCountry(r); noExtensions(r) }, "600", Invalid},
		{"codes are off", func(r *Rules) { r.Codes = false }, "*21#", NotAllowed},
		{"tel URI", none, "tel:+4930123456", Invalid},
		{"something with an @", none, "alice@pbx.example.com", Invalid},
		{"URIs are off", none, "sip:alice@pbx.example.com", NotAllowed},
		{"other host", uris, "sip:alice@evil.example.com", NotAllowed},
		{"host as a suffix", uris, "sip:alice@evil-pbx.example.com", NotAllowed},
		{"host as a prefix", uris, "sip:alice@pbx.example.com.evil.org", NotAllowed},
		{"other port", uris, "sip:alice@pbx.example.com:22", NotAllowed},
		{"sips", uris, "sips:alice@pbx.example.com", NotAllowed},
		{"header", uris, "sip:alice@pbx.example.com?Replaces=x", Invalid},
		{"parameter", uris, "sip:alice@pbx.example.com;maddr=192.0.2.9", Invalid},
		{"password", uris, "sip:alice:x@pbx.example.com", Invalid},
		{"two hosts", uris, "sip:alice@evil.example.com@pbx.example.com", Invalid},
		{"escape in the user", uris, "sip:al%0d%0aice@pbx.example.com", Invalid},
		{"space in the user", uris, "sip:al ice@pbx.example.com", Invalid},
		{"angle brackets", uris, "sip:alice@pbx.example.com>", Invalid},
		{"no user", uris, "sip:pbx.example.com", Invalid},
		{"IPv6", uris, "sip:alice@[::1]", Invalid},
		{"long user", uris, "sip:" + strings.Repeat("a", 65) + "@pbx.example.com", Invalid},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := german(t, tt.rules).Parse(tt.destination)
			var e *Error
			if !errors.As(err, &e) || e.Reason != tt.want || got != (Callee{}) {
				t.Fatalf("Parse(%q) = %+v, %v; want reason %d", tt.destination, got, err, tt.want)
			}
			if !strings.HasSuffix(e.Message, ".") || strings.ContainsAny(e.Message, "\r\n") {
				t.Errorf("%q is not one sentence for an agent", e.Message)
			}
		})
	}
}

func TestAllowAndDeny(t *testing.T) {
	tests := []struct {
		name        string
		allow, deny []string
		destination string
		allowed     bool
	}{
		{"nothing said", nil, nil, "+4930123456", true},
		{"allowed prefix", []string{"+4930"}, nil, "030123456", true},
		{"not in the list", []string{"+4930"}, nil, "040123456", false},
		{"the list covers extensions too", []string{"+4930"}, nil, "600", false},
		{"extension prefix", []string{"6"}, nil, "600", true},
		{"deny wins", []string{"+49"}, []string{"+49900"}, "09001234567", false},
		{"national prefix denies the E.164 form", nil, []string{"0900"}, "+499001234567", false},
		{"national prefix denies with the international prefix", nil, []string{"0900"}, "0049 900 1234567", false},
		{"national prefix is not about other countries", nil, []string{"0044"}, "+442079460018", true},
		{"regular expression", nil, []string{`/^\+(?:44|1)/`}, "+442079460018", false},
		{"code", nil, []string{"*21"}, "*21#", false},
		{"other code", nil, []string{"*21"}, "*22#", true},
		{"emergency needs no allow", []string{"+49"}, nil, "112", true},
		{"emergency can be denied", nil, []string{"112"}, "112", false},
		{"short number needs allow", []string{"+49"}, nil, "116117", false},
		{"number inside a URI", nil, []string{"+49900"}, "sip:09001234567@pbx.example.com", false},
		{"URI prefix", []string{"sip:bob@"}, nil, "sip:bob@pbx.example.com", true},
		{"other URI", []string{"sip:bob@"}, nil, "sip:bobby@pbx.example.com", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := german(t, func(r *Rules) {
				r.Allow, r.Deny, r.URIs, r.Hosts = tt.allow, tt.deny, true, []string{"pbx.example.com"}
			}).Parse(tt.destination)
			var e *Error
			if (err == nil) != tt.allowed || err != nil && (!errors.As(err, &e) || e.Reason != NotAllowed) {
				t.Errorf("Parse(%q) = %v, want allowed = %t", tt.destination, err, tt.allowed)
			}
		})
	}
}

func TestRulesThatCannotBeUsed(t *testing.T) {
	tests := map[string]Rules{
		"country":            {Country: "de"},
		"national, nowhere":  {NumberFormat: formatNational},
		"format":             {NumberFormat: "E.164"},
		"extensions":         {Extensions: "some"},
		"extensions, none":   {Extensions: "0 digits"},
		"extensions, turned": {Extensions: "6-2 digits"},
		"extensions, long":   {Extensions: "1-16 digits"},
		"extensions, huge":   {Extensions: "1-99999999999999999999 digits"},
		"extensions, regexp": {Extensions: "/[/"},
		"host":               {Hosts: []string{"pbx.example.com/"}},
		"host port":          {Hosts: []string{"pbx.example.com:0"}},
		"allow":              {Allow: []string{"+49 30"}},
		"allow, empty":       {Allow: []string{""}},
		"deny":               {Deny: []string{"/(/"}},
	}
	for name, r := range tests {
		if _, err := Compile(r); err == nil {
			t.Errorf("%s: Compile(%+v) accepts what cannot be used", name, r)
		}
	}
}

// Nothing that is accepted can break out of a SIP message.
func FuzzParse(f *testing.F) {
	for _, s := range []string{"600", "*21#", "+49 30 123456", "030/123456", "sip:a@pbx.example.com", "112", "600\r\n", "%0d", "٦٠٠", "+1 201 555 0123;x"} {
		f.Add(s)
	}
	plans := []*Plan{
		german(f, func(r *Rules) { r.URIs, r.Hosts = true, []string{"pbx.example.com", "192.0.2.1:5080"} }),
		german(f, func(r *Rules) { r.Country, r.Extensions, r.NumberFormat = "US", "4 digits", formatNational }),
		german(f, func(r *Rules) { r.Country, r.Extensions = "", "none" }),
		german(f, func(r *Rules) { r.NumberFormat = formatAsDialled }),
	}
	const safe = letters + digits + "+*-_.!~"
	f.Fuzz(func(t *testing.T, s string) {
		for _, p := range plans {
			c, err := p.Parse(s)
			if err != nil {
				var e *Error
				if !errors.As(err, &e) {
					t.Fatalf("Parse(%q): %T is not an *Error", s, err)
				}
				continue
			}
			if !only(c.User, safe+"#") {
				t.Errorf("Parse(%q) lets the user part %q through", s, c.User)
			}
			if !only(c.Display, safe+":@#") || c.URI != "" && !only(c.URI, safe+":@") {
				t.Errorf("Parse(%q) lets %+v through", s, c)
			}
			if (c.Kind == URI) != (c.URI != "") {
				t.Errorf("Parse(%q) = %+v: only a URI has a URI", s, c)
			}
		}
	})
}

// Emergency numbers are those of the country, dialled as such.
func TestEmergency(t *testing.T) {
	for _, tt := range []struct {
		country, dialled string
		want             bool
	}{
		{"DE", "112", true}, {"DE", "1-1-0", true}, {"DE", "911", false}, {"US", "911", true}, {"", "112", false},
		{"DE", "+49301234567", false}, {"DE", "1001", false},
	} {
		p, err := Compile(Rules{Country: tt.country, NumberFormat: "e164", Extensions: "1-6 digits"})
		if err != nil {
			t.Fatal(err)
		}
		c, err := p.Parse(tt.dialled)
		if err != nil || p.Emergency(c) != tt.want {
			t.Errorf("%s in %q: emergency %v, %v", tt.dialled, tt.country, p.Emergency(c), err)
		}
	}
}
