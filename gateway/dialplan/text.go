package dialplan

import (
	"strconv"
	"strings"
)

// The alphabets of everything that may reach SIP.
const (
	digits     = "0123456789"
	letters    = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
	userChars  = letters + digits + "+*._!~-"
	separators = " -./()"
)

// only tells whether s consists of bytes of the alphabet, and of at least one.
func only(s, alphabet string) bool {
	return s != "" && strings.Trim(s, alphabet) == ""
}

// withoutSeparators drops what people put between digits for the eye.
func withoutSeparators(s string) string {
	return strings.Map(func(r rune) rune {
		if strings.ContainsRune(separators, r) {
			return -1
		}
		return r
	}, s)
}

func printableASCII(s string) bool {
	for i := range len(s) {
		if s[i] < ' ' || s[i] > '~' {
			return false
		}
	}
	return true
}

// validHost tells whether s is a host name or an IPv4 address
// (https://www.rfc-editor.org/rfc/rfc3261#section-25.1, "host").
func validHost(s string) bool {
	for label := range strings.SplitSeq(s, ".") {
		if !only(label, letters+digits+"-") || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return len(s) <= maxHost
}

func validPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535 && strconv.Itoa(n) == s
}

// validHostPort takes host and host:port.
func validHostPort(s string) bool {
	host, port, hasPort := strings.Cut(s, ":")
	return validHost(host) && (!hasPort || validPort(port))
}

func lower(s string) string { return strings.ToLower(s) }
