package offer

import (
	"net/netip"
	"strconv"
	"strings"
)

// Keypad is how a party takes digits by RTP (https://www.rfc-editor.org/rfc/rfc4733#section-2.4).
type Keypad struct {
	At     netip.AddrPort // invalid: at present it does not want to receive anything, it holds
	Format uint8          // its payload type for telephone-event at 8000 Hz
	events uint16         // those of its keys: bit n is event n
}

// Takes reports that a key's event, 0 to 15, is among those that the party understands
// (https://www.rfc-editor.org/rfc/rfc4733#section-3.2).
func (k Keypad) Takes(event uint8) bool { return event < 16 && k.events>>event&1 == 1 }

// Keys returns how the party that described itself in sdp takes digits by RTP: in its first audio stream over plain RTP that
// has telephone-event/8000 beside a voice of ours. ok is false where there is no such stream, or no address that can be sent
// to as it stands (a name, a multicast group, a zone).
func Keys(sdp []byte) (k Keypad, ok bool) {
	d, err := Parse(sdp)
	if err != nil {
		return k, false
	}
	for i, lines := range d.media {
		s := d.stream(i)
		format, n, found := s.events(lines)
		if !found {
			continue
		}
		k = Keypad{Format: n, events: eventsOf(lines, format)}
		if d.Directions()[i]&Receives == 0 {
			return k, true
		}
		k.At, ok = d.at(i)
		return k, ok
	}
	return k, false
}

// Active returns the answer of a call whose media are ours, from host and port, to an offer of the peer's: the stream in which
// it takes digits (see [Keys]) is accepted with the formats of ours that it offers, and with its direction; every other
// stream is refused. ErrNothingFits means that there is no such stream.
func Active(p Params, theirs []byte, host string, port int) ([]byte, error) {
	if err := playable(host, port); err != nil {
		return nil, err
	}
	hostType, err := addressTypeOf(host)
	if err != nil {
		return nil, err
	}
	return answerTo(p, theirs, "c=IN "+hostType+" "+host, func(d *Description, i int) []string {
		s, lines := d.stream(i), d.media[i]
		if _, _, found := s.events(lines); !found {
			return nil
		}
		s.formats = common(s, lines)
		return taken(s, lines, port, d.Directions()[i].Mirror())
	})
}

// events is the format of a stream that is telephone-event at 8000 Hz, and its number.
func (s stream) events(lines []string) (format string, number uint8, ok bool) {
	for _, f := range common(s, lines) {
		n, err := strconv.ParseUint(f, 10, 7)
		if err == nil && encodingIn(lines, f) == eventEncoding {
			return f, uint8(n), true
		}
	}
	return "", 0, false
}

const eventEncoding = "telephone-event/8000"

// eventsOf are the keys' events that a format's fmtp lists: "0-15,66,70". Without one, or with one that cannot be read, all of
// them are understood (https://www.rfc-editor.org/rfc/rfc4733#section-2.4.1).
func eventsOf(lines []string, format string) uint16 {
	var set uint16
	for _, line := range lines {
		if name, value, ok := attribute(line); ok && name == "fmtp" {
			if f, list, _ := strings.Cut(value, " "); f == format {
				set |= events(list)
			}
		}
	}
	if set == 0 {
		return 1<<16 - 1
	}
	return set
}

func events(list string) (set uint16) {
	for part := range strings.SplitSeq(list, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		from, err := strconv.ParseUint(first, 10, 8)
		to, errTo := strconv.ParseUint(last, 10, 8)
		if err != nil || errTo != nil {
			continue
		}
		for n := from; n <= min(to, 15); n++ {
			set |= 1 << n
		}
	}
	return set
}
