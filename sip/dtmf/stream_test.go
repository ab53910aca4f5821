package dtmf

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/pion/rtp"
)

// player is what package media does with a stream, and a leg with a Sender, at the instants of a rhythm of 20 ms.
type player struct {
	start, now time.Time
	sender     Sender
	stream     *Stream
	playing    bool
	lines      []string
}

func newPlayer(first rtp.Header) *player {
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	p := &player{start: start, now: start, stream: NewStream(start, first)}
	p.stream.SetFormat(101)
	return p
}

func (p *player) step(in Input) {
	for _, e := range p.sender.Step(p.now, in) {
		switch e := e.(type) {
		case SendDigit:
			p.stream.Press(p.now, e.Digit)
			p.playing = true
		case Sent, Failed:
			p.note(fmt.Sprintf("%T", e))
		}
	}
}

func (p *player) note(text string) {
	p.lines = append(p.lines, fmt.Sprintf("+%-6v %s", p.now.Sub(p.start), text))
}

// pass lets time pass; every 20 ms a packet leaves, where there is one.
func (p *player) pass(d time.Duration) {
	for end := p.now.Add(d); p.now.Before(end); {
		p.now = p.now.Add(20 * time.Millisecond)
		if p.playing {
			packet, more := p.stream.Packet()
			p.note(show(packet))
			if !more {
				p.playing = false
				p.step(Response{OK: true})
			}
		}
		if due := p.sender.Deadline(); !due.IsZero() && !due.After(p.now) {
			p.step(Tick{})
		}
	}
}

// show is a packet in the words of RFC 4733.
func show(p rtp.Packet) string {
	text := fmt.Sprintf("pt=%d seq=%d ts=%d ssrc=%d", p.PayloadType, p.SequenceNumber, p.Timestamp, p.SSRC)
	if p.Marker {
		text += " M"
	}
	text += fmt.Sprintf(" event=%d volume=%d duration=%d", p.Payload[0], p.Payload[1]&0x3f, int(p.Payload[2])<<8|int(p.Payload[3]))
	if p.Payload[1]&0x80 != 0 {
		text += " E"
	}
	if p.Payload[1]&0x40 != 0 || len(p.Payload) != 4 {
		text += " and what must not be there"
	}
	return text
}

func (p *player) wants(t *testing.T, want string) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(want) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	if got, want := strings.Join(p.lines, "\n"), strings.Join(lines, "\n"); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestStream is digits packet by packet: https://www.rfc-editor.org/rfc/rfc4733#section-2.5.1. The numbers of the stream wrap.
func TestStream(t *testing.T) {
	p := newPlayer(rtp.Header{Version: 2, SSRC: 7, SequenceNumber: 65531, Timestamp: 1<<32 - 1000})
	p.step(Send{"1D"})
	p.pass(time.Second)
	p.wants(t, `
		+20ms   pt=101 seq=65531 ts=4294966296 ssrc=7 M event=1 volume=10 duration=160
		+40ms   pt=101 seq=65532 ts=4294966296 ssrc=7 event=1 volume=10 duration=320
		+60ms   pt=101 seq=65533 ts=4294966296 ssrc=7 event=1 volume=10 duration=480
		+80ms   pt=101 seq=65534 ts=4294966296 ssrc=7 event=1 volume=10 duration=640
		+100ms  pt=101 seq=65535 ts=4294966296 ssrc=7 event=1 volume=10 duration=800
		+120ms  pt=101 seq=0 ts=4294966296 ssrc=7 event=1 volume=10 duration=960
		+140ms  pt=101 seq=1 ts=4294966296 ssrc=7 event=1 volume=10 duration=1120
		+160ms  pt=101 seq=2 ts=4294966296 ssrc=7 event=1 volume=10 duration=1280 E
		+180ms  pt=101 seq=3 ts=4294966296 ssrc=7 event=1 volume=10 duration=1280 E
		+200ms  pt=101 seq=4 ts=4294966296 ssrc=7 event=1 volume=10 duration=1280 E
		+260ms  pt=101 seq=5 ts=920 ssrc=7 M event=15 volume=10 duration=160
		+280ms  pt=101 seq=6 ts=920 ssrc=7 event=15 volume=10 duration=320
		+300ms  pt=101 seq=7 ts=920 ssrc=7 event=15 volume=10 duration=480
		+320ms  pt=101 seq=8 ts=920 ssrc=7 event=15 volume=10 duration=640
		+340ms  pt=101 seq=9 ts=920 ssrc=7 event=15 volume=10 duration=800
		+360ms  pt=101 seq=10 ts=920 ssrc=7 event=15 volume=10 duration=960
		+380ms  pt=101 seq=11 ts=920 ssrc=7 event=15 volume=10 duration=1120
		+400ms  pt=101 seq=12 ts=920 ssrc=7 event=15 volume=10 duration=1280 E
		+420ms  pt=101 seq=13 ts=920 ssrc=7 event=15 volume=10 duration=1280 E
		+440ms  pt=101 seq=14 ts=920 ssrc=7 event=15 volume=10 duration=1280 E
		+440ms  dtmf.Sent
	`)
}

// TestStreamGoesOn: over a comma, over a while without digits and in another format it is the same stream, whose timestamp
// is the time of day: each digit's is 8 for every millisecond since the first.
func TestStreamGoesOn(t *testing.T) {
	p := newPlayer(rtp.Header{Version: 2, SSRC: 7})
	p.step(Send{"1,2"})
	p.step(Send{"3"})
	p.pass(time.Minute)
	p.stream.SetFormat(96)
	p.step(Send{"#"})
	p.pass(time.Second)
	var marked []string
	for i, line := range p.lines {
		if strings.Contains(line, " M ") {
			marked = append(marked, line)
			continue
		}
		if strings.Contains(line, "Sent") && !strings.HasSuffix(p.lines[i-1], " E") {
			t.Errorf("it is sent behind the end: %s", p.lines[i-1])
		}
	}
	p.lines = marked
	p.wants(t, `
		+20ms   pt=101 seq=0 ts=0 ssrc=7 M event=1 volume=10 duration=160
		+2.26s  pt=101 seq=10 ts=17920 ssrc=7 M event=2 volume=10 duration=160
		+2.5s   pt=101 seq=20 ts=19840 ssrc=7 M event=3 volume=10 duration=160
		+1m0.02s pt=96 seq=30 ts=480000 ssrc=7 M event=11 volume=10 duration=160
	`)
}

// TestBrokenOff: a digit that follows one which was never finished is a new one.
func TestBrokenOff(t *testing.T) {
	p := newPlayer(rtp.Header{Version: 2})
	p.step(Send{"1"})
	p.pass(60 * time.Millisecond)
	p.stream.Press(p.now, '2')
	p.lines = nil
	p.pass(20 * time.Millisecond)
	p.wants(t, `+80ms   pt=101 seq=3 ts=480 ssrc=0 M event=2 volume=10 duration=160`)
}

// TestEvents: https://www.rfc-editor.org/rfc/rfc4733#section-3.2, table 3.
func TestEvents(t *testing.T) {
	for digit, want := range map[byte]uint8{'0': 0, '9': 9, '*': 10, '#': 11, 'A': 12, 'B': 13, 'C': 14, 'D': 15} {
		if got := Event(digit); got != want {
			t.Errorf("%c is event %d, want %d", digit, got, want)
		}
	}
}
