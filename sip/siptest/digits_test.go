package siptest

import (
	"strings"
	"testing"

	"github.com/pion/rtp"
)

// TestDigits: a digit is heard, and each way in which a packet does not follow the one before.
func TestDigits(t *testing.T) {
	type packet struct {
		seq      uint16
		ts, ssrc uint32
		marked   bool
		event    byte
		ended    bool
		duration uint16
	}
	first := packet{seq: 65535, ts: 100, ssrc: 7, marked: true, event: 11, duration: 160}
	second := packet{ts: 100, ssrc: 7, event: 11, duration: 320}
	end := func(seq uint16) packet { return packet{seq, 100, 7, false, 11, true, 320} }
	for want, packets := range map[string][]packet{
		"RTP 101 digit #|||RTP 101 digit #, 40ms in 4 packets":                        {first, end(0), end(1), end(2)},
		"RTP 101 digit #||RTP 101 digit 1: it begins before the one before has ended": {first, second, {1, 419, 7, true, 1, false, 160}},
		"RTP 101 digit #||RTP 101 digit 1":                                            {first, second, {1, 420, 7, true, 1, false, 160}},
		"RTP 101 digit #: the first packet is not marked":                             {second},
		"RTP 101 digit #|RTP 101 digit #: another source":                             {first, {0, 100, 8, false, 11, false, 320}},
		"RTP 101 digit #|RTP 101 digit #: a packet is missing":                        {first, {1, 100, 7, false, 11, false, 320}},
		"RTP 101 digit #|RTP 101 digit #: another timestamp":                          {first, {0, 260, 7, false, 11, false, 320}},
		"RTP 101 digit #|RTP 101 digit #: its duration jumps":                         {first, {0, 100, 7, false, 11, false, 480}},
		"RTP 101 digit #||RTP 101 digit #: its duration jumps":                        {first, {0, 100, 7, false, 11, true, 320}, {1, 100, 7, false, 11, true, 480}},
		"RTP that is no digit":                                                        {{event: 16}},
	} {
		var d Digits
		var lines []string
		for _, p := range packets {
			payload := []byte{p.event, 10, byte(p.duration >> 8), byte(p.duration)}
			if p.ended {
				payload[1] |= 0x80
			}
			data, err := (&rtp.Packet{Header: rtp.Header{
				Version: 2, PayloadType: 101, Marker: p.marked, SequenceNumber: p.seq, Timestamp: p.ts, SSRC: p.ssrc,
			}, Payload: payload}).Marshal()
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, d.Hear("192.0.2.20:4000", data))
		}
		if got := strings.Join(lines, "|"); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}
