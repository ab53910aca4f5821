package interaction

import (
	"encoding/hex"
	"fmt"
	"regexp"
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
	longestValue  = 512 // User-to-User has 128 octets, two digits each, and says how they are meant
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
		case strings.EqualFold(name, "User-to-User") && !userToUser(value):
			return bridge.InvalidMessage.Error(`The message is invalid: header "User-to-User" must be digits of a hexadecimal number, two for each byte, or a quoted text, and parameters behind it.`)
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

// userToUser accepts what a header User-to-User may say (https://www.rfc-editor.org/rfc/rfc7433#section-4.1): data, as a token or
// quoted, and parameters. Only data whose encoding is hex, which is the default, are looked into.
func userToUser(s string) bool {
	const token = "[\\w.!%*+`'~-]+"
	whole := regexp.MustCompile(`^("[^"\\]+"|` + token + `)((?:\s*;\s*` + token + `(?:=(?:` + token + `|"[^"\\]*"))?)*)$`)
	parts := whole.FindStringSubmatch(s)
	if parts == nil {
		return false
	}
	encoding := regexp.MustCompile(`(?i);\s*encoding="?([^;"]*)`).FindStringSubmatch(parts[2])
	if encoding != nil && !strings.EqualFold(strings.TrimSpace(encoding[1]), "hex") {
		return true
	}
	_, err := hex.DecodeString(strings.Trim(parts[1], `"`))
	return err == nil
}
