package sip

import (
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// What of a peer's header fields is kept, so that nobody can fill our memory, or the bus, with them. What does not fit is left
// out as a whole: half a token is worth nothing.
const (
	mostHeaders   = 16
	longestHeader = 4 << 10 // a full PASSporT has some hundreds of bytes (https://www.rfc-editor.org/rfc/rfc8224#section-4)
	longestAll    = 8 << 10
)

// taken are the header fields of a message that a trunk may tell us something by, untouched, under the names of the list
// and in its order. Date comes with Identity, whose signature is about it.
func taken(msg gosip.Message, names []string) []Header {
	var all []Header
	size := 0
	for _, name := range withDate(names) {
		for _, value := range spelled(msg, name) {
			if size += len(value); len(value) > longestHeader || size > longestAll || len(all) == mostHeaders || !safeText(value) {
				size -= len(value)
				continue
			}
			all = append(all, Header{Name: name, Value: value})
		}
	}
	return all
}

// withDate adds Date to Identity.
func withDate(names []string) []string {
	has := func(name string) bool {
		return slices.ContainsFunc(names, func(s string) bool { return strings.EqualFold(s, name) })
	}
	if has("Identity") && !has("Date") {
		return append(slices.Clone(names), "Date")
	}
	return names
}

// spelled are a field's values, copied, under its name or its compact form.
func spelled(msg gosip.Message, name string) []string {
	var values []string
	for _, spelling := range []string{name, compact(name)} {
		if spelling == "" {
			continue
		}
		for _, h := range msg.GetHeaders(spelling) {
			values = append(values, strings.Clone(strings.TrimSpace(h.Value())))
		}
	}
	return values
}

// compact is a field's other name; empty: it has none.
func compact(name string) string {
	switch strings.ToLower(name) {
	case "identity": // https://www.rfc-editor.org/rfc/rfc8224#section-4
		return "y"
	case "subject":
		return "s"
	case "referred-by":
		return "b"
	}
	return ""
}
