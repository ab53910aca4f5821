package gateway

import (
	"encoding/json"
	"slices"
	"strings"

	"tieline/gateway/config"
	"tieline/gateway/dialplan"
	"tieline/sip"
)

// identityOf is how a trunk is told who calls, in the user agent's words.
func identityOf(c config.Identity) sip.Identity {
	i := sip.Identity{Privacy: c.Privacy}
	switch c.From {
	case config.FromAccount:
		i.From = sip.FromAccount
	case config.FromAnonymous:
		i.From = sip.FromAnonymous
	case config.FromCaller:
	}
	switch c.Assert {
	case config.AssertPAI:
		i.Assert = sip.AssertedByUs
	case config.AssertPPI:
		i.Assert = sip.PreferredByUs
	case config.AssertRPID:
		i.Assert = sip.RemotePartyByUs
	case config.AssertNone:
	}
	if c.Number != config.AsGiven {
		i.Number = func(number string) string { return dialplan.Caller(number, string(c.Number), c.Country) }
	}
	return i
}

// told are the headers that a peer has sent, as interaction data have them: those of one name separated by commas.
func told(headers []sip.Header) map[string]string {
	all := map[string]string{}
	for _, h := range headers {
		if before, ok := all[h.Name]; ok {
			h.Value = before + ", " + h.Value
		}
		all[h.Name] = h.Value
	}
	return all
}

// answerData is what a callee has said with its answer; nil: nothing.
func answerData(headers []sip.Header) json.RawMessage {
	if len(headers) == 0 {
		return nil
	}
	return encoded(map[string]any{"headers": told(headers)})
}

func encoded(data map[string]any) json.RawMessage {
	b, err := json.Marshal(data)
	if err != nil { // text always encodes
		panic("gateway: a call's data do not encode: " + err.Error())
	}
	return b
}

// passed are the headers of a caller that a station gets; with Identity goes Date, which its signature is about
// (https://www.rfc-editor.org/rfc/rfc8224#section-4.1).
func passed(headers []sip.Header, names []string) []sip.Header {
	var out []sip.Header
	for _, h := range headers {
		if slices.ContainsFunc(names, func(name string) bool {
			return strings.EqualFold(name, h.Name) || strings.EqualFold(name, "Identity") && strings.EqualFold(h.Name, "Date")
		}) {
			out = append(out, h)
		}
	}
	return out
}
