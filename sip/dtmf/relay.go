package dtmf

import (
	"fmt"
	"strings"
	"time"
)

// The media types.
const (
	Relay = "application/dtmf-relay"
	Plain = "application/dtmf"
)

// digits in the order of their events (https://www.rfc-editor.org/rfc/rfc4733#section-3.2).
const digits = "0123456789*#ABCD"

// mostDigits bounds what one body may bring.
const mostDigits = 32

// Clean returns digits as they are sent, commas for pauses among them, or false where there is none, or something that is
// no digit.
func Clean(s string) (string, bool) {
	s = strings.ToUpper(s)
	for _, r := range s {
		if r != ',' && !strings.ContainsRune(digits, r) {
			return "", false
		}
	}
	return s, s != ""
}

// Body is that of the INFO for a digit, in application/dtmf-relay.
func Body(digit byte, tone time.Duration) []byte {
	return fmt.Appendf(nil, "Signal=%c\r\nDuration=%d\r\n", digit, tone.Milliseconds())
}

// Parse returns the digits in the body of an INFO. known is false where the media type is another one; no digits mean
// that the body has something else in it, such as the flash of a hook.
func Parse(mediaType string, body []byte) (found string, known bool) {
	mediaType, _, _ = strings.Cut(mediaType, ";")
	switch strings.ToLower(strings.TrimSpace(mediaType)) {
	case Relay:
		for line := range strings.Lines(string(body)) {
			name, value, ok := strings.Cut(line, "=")
			if ok && strings.EqualFold(strings.TrimSpace(name), "signal") {
				if found = signal(value); len(found) > 1 {
					found = "" // a signal is one: this is the number of another event
				}
				return found, true
			}
		}
		return "", true
	case Plain:
		return signal(string(body)), true
	default:
		return "", false
	}
}

// signal reads digits, or one digit by the number of its event, as Cisco's gateways send it.
func signal(s string) string {
	s = strings.TrimSpace(s)
	for i := 10; i < len(digits); i++ {
		if s == fmt.Sprint(i) {
			return digits[i : i+1]
		}
	}
	if found, ok := Clean(s); ok && len(found) <= mostDigits {
		return found
	}
	return ""
}
