package trunk

import (
	"strconv"
	"strings"
)

// Q850 returns the Q.850 cause (1–127) that the value of a Reason header names, or 0. Several reasons may be given,
// separated by commas; the first Q.850 one with a valid cause counts
// (https://www.rfc-editor.org/rfc/rfc3326#section-2).
func Q850(reason string) int {
	for reason != "" {
		var value string
		value, reason = cut(reason, ',')
		protocol, params := cut(value, ';')
		if !strings.EqualFold(strings.TrimSpace(protocol), "Q.850") {
			continue
		}
		if n := cause(params); n != 0 {
			return n
		}
	}
	return 0
}

// cause returns the cause parameter of one reason, or 0.
func cause(params string) int {
	for params != "" {
		var param string
		param, params = cut(params, ';')
		name, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(strings.TrimSpace(name), "cause") {
			continue
		}
		n, err := strconv.ParseUint(strings.TrimSpace(value), 10, 8)
		if err != nil || n > 127 {
			return 0
		}
		return int(n)
	}
	return 0
}

// cut splits s at the first sep outside a quoted string (https://www.rfc-editor.org/rfc/rfc3261#section-25.1).
func cut(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}
