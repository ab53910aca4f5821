package sip

import (
	"errors"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"unicode/utf8"

	gosip "github.com/emiago/sipgo/sip"
)

const (
	udp = "udp"
	tcp = "tcp"
	// secure is TLS over TCP.
	secure = "tls"

	auto = "auto" // NAPTR and SRV records decide

	defaultPort = 5060
	securePort  = 5061

	alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
	// userChars are what stands unescaped in a user part: unreserved and user-unreserved.
	// https://www.rfc-editor.org/rfc/rfc3261#section-25.1
	userChars  = alphanumeric + "-_.!~*'()" + "&=+$,;?/"
	tokenChars = alphanumeric + "-.!%*_+`'~"
	paramChars = alphanumeric + "-_.!~*'()" + "[]/:&+$%"

	longestUser = 256
)

var errUser = errors.New("user part is empty, too long or has a control character")

// escapeUser turns a number, an extension or a code into the user part of a SIP URI. What the grammar does not allow
// is escaped; control characters are refused.
func escapeUser(s string) (string, error) {
	if s == "" || len(s) > longestUser || !safeText(s) {
		return "", errUser
	}
	const hex = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		if c := s[i]; strings.IndexByte(userChars, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'%', hex[c>>4], hex[c&15]})
		}
	}
	return b.String(), nil
}

// parseTarget reads a sip: URI to be dialled: user, host, port and parameters; no password and no headers, which would
// let whoever chose the URI write into our request.
func parseTarget(s string) (gosip.Uri, error) {
	bad := errors.New("not a sip URI that can be dialled")
	rest, ok := strings.CutPrefix(s, "sip:")
	user, rest, found := strings.Cut(rest, "@")
	if !ok || !found || len(s) > 2*longestUser || !escapedUser(user) {
		return gosip.Uri{}, bad
	}
	address, params, _ := strings.Cut(rest, ";")
	host, port, err := splitAddress(address)
	if err != nil {
		return gosip.Uri{}, bad
	}
	uri := gosip.Uri{Scheme: "sip", User: user, Host: uriHost(host)}
	if address != host && address != uri.Host {
		uri.Port = port
	}
	for _, p := range strings.Split(params, ";") {
		name, value, _ := strings.Cut(p, "=")
		if p == "" {
			continue
		}
		if !only(name, paramChars) || !only(value, paramChars) || name == "" {
			return gosip.Uri{}, bad
		}
		uri.UriParams = append(uri.UriParams, gosip.HeaderKV{K: name, V: value})
	}
	return uri, nil
}

// escapedUser reports whether s is a user part as it stands in a URI.
func escapedUser(s string) bool {
	for i := 0; i < len(s); i++ {
		switch {
		case s[i] == '%' && i+2 < len(s) && isHex(s[i+1]) && isHex(s[i+2]):
			i += 2
		case strings.IndexByte(userChars, s[i]) < 0:
			return false
		}
	}
	return s != ""
}

func isHex(c byte) bool { return strings.IndexByte("0123456789abcdefABCDEF", c) >= 0 }

func only(s, chars string) bool {
	for i := range len(s) {
		if strings.IndexByte(chars, s[i]) < 0 {
			return false
		}
	}
	return true
}

// safeText reports whether s may stand in a header value: valid UTF-8 without control characters, so neither CR nor LF.
func safeText(s string) bool {
	for _, r := range s {
		if r < ' ' || r == 0x7f || r == utf8.RuneError {
			return false
		}
	}
	return true
}

// quoted escapes what a quoted-string cannot hold as it is; the quotes themselves are sipgo's.
func quoted(s string) string {
	if !strings.ContainsAny(s, `\"`) {
		return s
	}
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s)
}

// splitAddress reads host or host:port; the port defaults to 5060. An IPv6 address stands in brackets.
func splitAddress(s string) (host string, port int, err error) {
	bad := errors.New("not an address of the form host or host:port")
	host, port = s, defaultPort
	if h, p, err := net.SplitHostPort(s); err == nil {
		n, err := strconv.ParseUint(p, 10, 16)
		if err != nil || n == 0 {
			return "", 0, bad
		}
		host, port = h, int(n)
	}
	host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	if ip, err := netip.ParseAddr(host); err == nil && ip.Zone() == "" { // a zone may hold anything
		return host, port, nil
	}
	if host == "" || !only(host, alphanumeric+"-.") {
		return "", 0, bad
	}
	return host, port, nil
}

// splitAddressFor is splitAddress with the default port of a network.
func splitAddressFor(network, s string) (host string, port int, err error) {
	host, port, err = splitAddress(s)
	if _, _, none := net.SplitHostPort(s); none != nil {
		port = portOf(network)
	}
	return host, port, err
}

// uriHost puts an IPv6 address into brackets.
func uriHost(host string) string {
	if strings.Contains(host, ":") && !strings.HasPrefix(host, "[") {
		return "[" + host + "]"
	}
	return host
}

// reserved are the header fields that are ours to write.
const reserved = " via from to call-id cseq contact max-forwards route record-route content-length content-type" +
	" content-encoding authorization proxy-authorization require proxy-require supported allow rack rseq session-expires" +
	" min-se replaces user-agent p-asserted-identity p-preferred-identity remote-party-id privacy traceparent "

// validHeader says whether somebody else's header field may go into our INVITE.
func validHeader(h Header) bool {
	name := strings.ToLower(h.Name)
	return len(name) > 1 && only(name, tokenChars) && !strings.Contains(reserved, " "+name+" ") && safeText(h.Value)
}
