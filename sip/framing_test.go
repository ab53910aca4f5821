package sip

import (
	"testing"
	"time"
)

// TestFraming: where a message has begun, and where it has ended, however it is cut into pieces.
func TestFraming(t *testing.T) {
	const bye, ok = "BYE sip:a SIP/2.0\r\nContent-Length: 0\r\n\r\n", "SIP/2.0 200 OK\r\nl : 3\r\n\r\nabc"
	for _, tt := range []struct {
		sent    string
		partial bool
		ended   int // messages
	}{
		{"", false, 0}, {"\r\n\r\n", false, 0}, {"\r\n", false, 0}, {"B", true, 0}, {"BYE sip:a", true, 0}, {"BYE sip:a\r\n", true, 0},
		{bye, false, 1}, {bye + "\r\n", false, 1}, {bye + "A", true, 1}, {ok, false, 1}, {ok[:len(ok)-1], true, 0},
		{"\r\n" + bye + ok + bye, false, 3}, {"A: b\r\nl: -5\r\n\r\n", false, 1}, {"A: b\r\nl: x\r\n\r\n", false, 1},
		{"A: b\r\nl: 99999999999999999999\r\n\r\n", true, 0},
	} {
		for size := 1; size <= 7; size++ {
			var f framing
			ended := 0
			for rest := []byte(tt.sent); len(rest) > 0; rest = rest[min(size, len(rest)):] {
				if f.feed(rest[:min(size, len(rest))]) {
					ended++
				}
			}
			if f.partial() != tt.partial || ended > tt.ended || tt.ended > 0 && ended == 0 || size == 1 && ended != tt.ended {
				t.Errorf("%q by %d: partial %v, %d ended, want %v, %d", tt.sent, size, f.partial(), ended, tt.partial, tt.ended)
			}
		}
	}
}

// FuzzFraming: the pieces make no difference, and nothing is kept of a line that has no end.
func FuzzFraming(f *testing.F) {
	f.Add([]byte("BYE sip:a SIP/2.0\r\nContent-Length: 4\r\n\r\nabcd\r\n\r\nx"), 3)
	f.Add([]byte("a\nl:2\n\nxxy"), 1)
	f.Fuzz(func(t *testing.T, data []byte, size int) {
		if size < 1 {
			return
		}
		var whole, pieces framing
		a, b := whole.feed(data), false
		for rest := data; len(rest) > 0; rest = rest[min(size, len(rest)):] {
			b = pieces.feed(rest[:min(size, len(rest))]) || b
		}
		if a != b || whole.partial() != pieces.partial() || whole.body != pieces.body || len(pieces.line) > longestLine {
			t.Errorf("%+v, %v and %+v, %v", whole, a, pieces, b)
		}
	})
}

// TestHalfMessage: half a message has 10 s to become a whole one, whoever has connected, however often bytes come.
func TestHalfMessage(t *testing.T) {
	const half = "OPTIONS sip:a SIP/2.0\r\nX: "
	for _, theirs := range []bool{true, false} {
		start := time.Unix(1e9, 0)
		p := pulse{theirs: theirs}
		p.begin(start)
		for s := range 10 {
			now := start.Add(time.Duration(s) * time.Second)
			p.hear(now, []byte(half[2*s:2*s+2])) // byte by byte, nearly
			if _, over := p.tick(now, time.Time{}); over {
				t.Errorf("closed after %d s", s)
			}
		}
		if now := start.Add(10 * time.Second); !p.due(time.Time{}).Equal(now) {
			t.Errorf("due after %v", p.due(time.Time{}).Sub(start))
		} else if _, over := p.tick(now, time.Time{}); !over {
			t.Error("not closed")
		}
		p.hear(start.Add(9*time.Second), []byte(half[20:]+"\r\n\r\nB")) // whole, and the next has begun
		if want := start.Add(19 * time.Second); !p.due(time.Time{}).Equal(want) {
			t.Errorf("the next is due after %v", p.due(time.Time{}).Sub(start))
		}
	}
}
