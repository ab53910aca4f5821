package interaction

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"tieline/bridge"
)

// What a dial may write into SIP: as long as an INVITE with all of it is still of a sensible size.
const (
	longestNumber = 20
	longestName   = 64
	longestValue  = 256
)

// checkCaller accepts the keys of a dial that are written into SIP as they are, caller-id and headers, where the group
// allows them (protocol.md §7.2). What cannot stand in a SIP header is said here, since behind a call that failed it
// would look like a fault of the callee's.
func (c *Channel) checkCaller(request bridge.Dial) *bridge.Error {
	if id := request.CallerID; id != nil {
		switch {
		case !c.settings.CallerIDAllowed:
			return bridge.NotAllowed.Error("This channel group may not set the caller id.")
		case !telephoneNumber(id.Number):
			return bridge.InvalidMessage.Error(fmt.Sprintf(`The message is invalid: body key "caller-id.number" must be at most %d digits, with or without + in front.`, longestNumber))
		case !oneLine(id.Name, longestName):
			return bridge.InvalidMessage.Error(fmt.Sprintf(`The message is invalid: body key "caller-id.name" must be one line of at most %d bytes.`, longestName))
		}
	}
	for name, value := range request.Headers {
		switch {
		case !slices.ContainsFunc(c.settings.Headers, func(h string) bool { return strings.EqualFold(h, name) }):
			return bridge.NotAllowed.Error(fmt.Sprintf("This channel group may not set the header %q.", clip(name)))
		case !oneLine(value, longestValue):
			return bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: header %q must be one line of at most %d bytes.", clip(name), longestValue))
		}
	}
	return nil
}

// telephoneNumber also takes the empty number: the group's is meant then.
func telephoneNumber(s string) bool {
	digits := strings.TrimPrefix(s, "+")
	return strings.Trim(digits, "0123456789") == "" && len(digits) <= longestNumber && (digits != "" || s == "")
}

// oneLine tells whether s is printable text of a length that fits.
func oneLine(s string, most int) bool {
	return len(s) <= most && !strings.ContainsFunc(s, func(r rune) bool { return !unicode.IsPrint(r) || r == utf8.RuneError })
}
