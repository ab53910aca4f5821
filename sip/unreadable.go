package sip

import (
	"bytes"
	"net"
	"strings"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// mostRejections is how many unreadable requests are answered in a second: who sends more of them does not read.
const mostRejections = 20

// unread is the datagram that a socket gave to sipgo last. sipgo hands what it can read to observe before it asks for the
// next one, and says nothing of the rest.
type unread struct {
	mu   sync.Mutex
	from string // its source; empty: none, or it was read
}

func (r *unread) given(from net.Addr) {
	s := from.String()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.from = s
}

// seen notes that a message from an address was read. Where an address sends to two sockets at once, the other one's may
// count as read as well, and is not answered.
func (r *unread) seen(from string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.from == from {
		r.from = ""
	}
}

// take reports whether the last datagram was not read.
func (r *unread) take() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	was := r.from != ""
	r.from = ""
	return was
}

// reject answers a request that sipgo could not read, so that its sender need not repeat it for half a minute to learn
// that nobody understands it (https://www.rfc-editor.org/rfc/rfc3261#section-8.2). It has no transaction.
func (s *socket) reject(data []byte, from net.Addr) {
	res := rejection(data)
	if res != nil && s.ua.rejections.allow(time.Now()) {
		_, _ = s.WriteTo(res, from) // it will be repeated
	}
}

// rejection is the response to a request as far as it is one: it needs what a response must copy. nil: there is none.
func rejection(data []byte) []byte {
	head, _, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	line, rest, _ := strings.Cut(string(head), "\r\n")
	method, target, _ := strings.Cut(line, " ")
	if method == "" || method == string(gosip.ACK) || !only(method, tokenChars) || !strings.Contains(target, " SIP/") {
		return nil
	}
	status := "400 Bad Request"
	if scheme, _, ok := strings.Cut(target, ":"); ok && foreign(scheme) {
		status = "416 Unsupported URI Scheme"
	}
	var b strings.Builder
	b.WriteString("SIP/2.0 " + status + "\r\n")
	if !copyFields(&b, rest) {
		return nil
	}
	b.WriteString("Content-Length: 0\r\n\r\n")
	return []byte(b.String())
}

// foreign reports that a URI scheme is one, and not of SIP's.
func foreign(scheme string) bool {
	return scheme != "" && only(scheme, alphanumeric+"+-.") && !strings.EqualFold(scheme, "sip") && !strings.EqualFold(scheme, "sips")
}

// copyFields writes the header fields of a request that its response has as well
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.6.2). It reports whether all were there.
func copyFields(b *strings.Builder, head string) bool {
	short := map[string]string{"v": "via", "f": "from", "t": "to", "i": "call-id"}
	names := map[string]string{"via": "Via", "from": "From", "to": "To", "call-id": "Call-ID", "cseq": "CSeq"}
	found := map[string]bool{}
	head = strings.NewReplacer("\r\n ", " ", "\r\n\t", " ").Replace(head) // folded lines
	for line := range strings.SplitSeq(head, "\r\n") {
		name, value, _ := strings.Cut(line, ":")
		name = strings.ToLower(strings.TrimSpace(name))
		if long := short[name]; long != "" {
			name = long
		}
		value = strings.TrimSpace(value)
		if names[name] == "" || value == "" || found[name] && name != "via" {
			continue
		}
		if strings.ContainsAny(value, "\r\n\x00") {
			return false
		}
		found[name] = true
		if name == "to" && !strings.Contains(value, "tag") {
			value += ";tag=" + newTag()
		}
		b.WriteString(names[name] + ": " + value + "\r\n")
	}
	return len(found) == len(names)
}

// quota lets so many through in a second.
type quota struct {
	mu     sync.Mutex
	second time.Time
	count  int
}

func (q *quota) allow(now time.Time) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if now.Sub(q.second) >= time.Second {
		q.second, q.count = now, 0
	}
	q.count++
	return q.count <= mostRejections
}
