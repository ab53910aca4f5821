package config

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"tieline/bridge"
	"tieline/gateway/dialplan"
)

// group returns g with its secrets.
func (k *checker) group(path, name string, g ChannelGroup, trunks map[string]Trunk) ChannelGroup {
	k.id(path, name)
	if name == string(bridge.Control) {
		k.wrong(path, "CONTROL is the address of processor control: choose another name")
	}
	k.groupTrunks(path+".trunks", g.Trunks, trunks)
	k.destinations(path+".destinations", g.Destinations)
	k.callerID(path+".caller-id", g.CallerID)
	k.headers(path+".headers", g.Headers)
	k.number(path+".max-interactions", g.MaxInteractions, 1, 100)
	k.limits(path+".limits", g.Limits)
	k.dial(path+".dial", g.Dial)
	k.talking(path, g, trunks)
	k.duration(path+".wrap-up", g.WrapUp, 0, 24*time.Hour)
	k.duration(path+".wrap-up-limit", g.WrapUpLimit, time.Second, 7*24*time.Hour)
	if g.WrapUp > g.WrapUpLimit {
		k.wrong(path+".wrap-up", "must not be longer than wrap-up-limit (%s)", short(g.WrapUpLimit))
	}
	g.Registration = k.registration(path, g, trunks)
	return g
}

func (k *checker) limits(path string, l Limits) {
	k.number(path+".calls-per-second", l.CallsPerSecond, 0, 10000)
	k.number(path+".concurrent", l.Concurrent, 0, 100000)
}

func (k *checker) destinations(path string, d Destinations) {
	k.check(path+".country", dialplan.CheckCountry(d.Country))
	k.check(path+".extensions", dialplan.CheckExtensions(d.Extensions))
	oneOf(k, path+".number-format", d.NumberFormat, E164, National, AsDialled)
	if d.NumberFormat == National && d.Country == "" {
		k.wrong(path+".number-format", "national needs a country: add country")
	}
	if d.SIPURIs.Allow && len(d.SIPURIs.Hosts) == 0 {
		k.wrong(path+".sip-uris.hosts", "is missing: list the hosts that may be dialled")
	}
	for i, h := range d.SIPURIs.Hosts {
		k.check(indexed(path+".sip-uris.hosts", i), dialplan.CheckHost(h))
	}
	for i, p := range d.Allow {
		k.check(indexed(path+".allow", i), dialplan.CheckPattern(p))
	}
	for i, p := range d.Deny {
		k.check(indexed(path+".deny", i), dialplan.CheckPattern(p))
	}
}

func (k *checker) check(path string, err error) {
	if err != nil {
		k.wrong(path, "%v", err)
	}
}

func (k *checker) callerID(path string, c CallerID) {
	digits, _ := strings.CutPrefix(c.Number, "+")
	if c.Number != "" && (digits == "" || strings.Trim(digits, "0123456789") != "" || len(digits) > 20) {
		k.wrong(path+".number", "must be digits, with or without + in front")
	}
	k.printable(path+".name", c.Name)
	if len(c.Name) > 64 {
		k.wrong(path+".name", "must be at most 64 bytes long")
	}
}

// headers checks the names that a dial may set.
func (k *checker) headers(path string, names []string) {
	for i, name := range names {
		k.header(indexed(path, i), name)
	}
}

// header checks one of them. The names that SIP itself needs stay ours,
// in their long and compact forms (RFC 3261, https://www.rfc-editor.org/rfc/rfc3261#section-20).
func (k *checker) header(path, name string) {
	ours := strings.Fields(`via v from f to t call-id i cseq contact m max-forwards route record-route content-length l
		content-type c content-encoding e authorization proxy-authorization require proxy-require supported k allow
		allow-events u expires session-expires x min-se replaces refer-to r refer-sub referred-by b rack rseq event o
		subscription-state user-agent server www-authenticate proxy-authenticate authentication-info reason
		p-asserted-identity p-preferred-identity remote-party-id privacy identity y diversion history-info`)
	switch {
	case !isToken(name):
		k.wrong(path, "must be the name of a SIP header, like X-Account")
	case len(name) == 1:
		k.wrong(path, "is a compact form: write the header's whole name")
	case slices.Contains(ours, strings.ToLower(name)):
		k.wrong(path, "is a header that the gateway sets itself: remove it")
	}
}

// headersIn checks the names of headers that come in. Only what SIP itself needs, and who calls, is told in other ways.
func (k *checker) headersIn(path string, names []string) {
	const most = 16
	if len(names) > most {
		k.wrong(path, "must be at most %d names", most)
	}
	for i, name := range names {
		at := indexed(path, i)
		switch same := func(s string) bool { return strings.EqualFold(s, name) }; {
		case slices.ContainsFunc(names[:i], same):
			k.wrong(at, "stands here a second time: keep one")
		case same("Identity"), same("Date"), same("Reason"), same("Referred-By"), same("History-Info"), same("Diversion"), same("User-Agent"):
			// comes in, but is not for a dial to set
		default:
			k.header(at, name)
		}
	}
}

// passHeaders checks the names of what a station gets to see of a caller's headers.
func (k *checker) passHeaders(path string, s Station, trunks map[string]Trunk) {
	for i, name := range s.PassHeaders {
		at := indexed(path, i)
		same := func(s string) bool { return strings.EqualFold(s, name) }
		taken := false
		for _, t := range trunks {
			taken = taken || slices.ContainsFunc(t.HeadersIn, same)
		}
		switch {
		case !taken:
			k.wrong(at, "no trunk takes this header in: add it to headers-in of a trunk")
		case !same("Identity") && !same("Date"):
			k.headers(at, []string{name})
		}
	}
}

func isToken(s string) bool {
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
	return s != "" && len(s) <= 64 && strings.Trim(s, allowed) == ""
}

func (k *checker) dial(path string, d Dial) {
	oneOf(k, path+".success-on", d.SuccessOn, OnProgress, OnAnswer)
	k.duration(path+".progress-timeout", d.ProgressTimeout, 100*time.Millisecond, 3*time.Minute)
	k.duration(path+".ring-timeout", d.RingTimeout, time.Second, time.Hour)
	k.duration(path+".max-timeout", d.MaxTimeout, time.Second, 2*time.Hour)
	for _, part := range []struct {
		key string
		d   time.Duration
	}{{"progress-timeout", d.ProgressTimeout}, {"ring-timeout", d.RingTimeout}} {
		if part.d > d.MaxTimeout {
			k.wrong(fmt.Sprintf("%s.%s", path, part.key), "must not be longer than max-timeout (%s)", short(d.MaxTimeout))
		}
	}
}
