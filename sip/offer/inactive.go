package offer

import (
	"errors"
	"slices"
	"strconv"
)

// ErrNothingFits is for an offer that is one, but has no stream of ours.
var ErrNothingFits = errors.New("offer: nothing in the offer fits")

// Inactive returns the answer of a call without media to an offer of the peer's: a hold, a session refresh, a change of
// codecs. The first audio stream over plain RTP is accepted with the formats of ours that it offers, inactive; every
// other stream is refused (https://www.rfc-editor.org/rfc/rfc3264#section-6). ErrNothingFits means that there is no such
// stream, any other error that the offer is none; SIP calls both 488. The error says what is wrong in words for a log; it
// quotes nothing of the offer.
func Inactive(p Params, theirs []byte) ([]byte, error) {
	return answerTo(p, theirs, blackHole, func(d *Description, i int) []string {
		s, lines := d.stream(i), d.media[i]
		if s.formats = common(s, lines); len(s.formats) == 0 {
			return nil
		}
		return silent(s, lines)
	})
}

// answerTo answers an offer from where connection says. The first stream that take has lines for is accepted.
func answerTo(p Params, theirs []byte, connection string, take func(d *Description, i int) []string) ([]byte, error) {
	d, err := Parse(theirs)
	if err != nil {
		return nil, err
	}
	origin, err := p.origin()
	if err != nil {
		return nil, err
	}
	c := d.Refusal()
	c.session = append([]string{"v=0", origin, "s=-", connection}, d.times()...)
	for i := range d.media {
		if lines := take(d, i); lines != nil {
			c.media[i] = lines
			return c.Bytes(), nil
		}
	}
	return nil, ErrNothingFits
}

// times are the t= lines, which an answer has from its offer (https://www.rfc-editor.org/rfc/rfc3264#section-6). There must
// be one (https://www.rfc-editor.org/rfc/rfc8866#section-5.9), also where the offer forgot it.
func (d *Description) times() []string {
	var all []string
	for _, line := range d.session {
		if line[0] == 't' {
			all = append(all, line)
		}
	}
	if all == nil {
		all = []string{"t=0 0"}
	}
	return all
}

// plain reports an audio stream over RTP without keys or feedback: they would have to be somebody's.
func (s stream) plain() bool { return s.media == "audio" && s.active() && s.proto == "RTP/AVP" }

// common returns the formats of a stream that are ours as well; none where telephone-event is all.
func common(s stream, lines []string) []string {
	if !s.plain() {
		return nil
	}
	var formats []string
	voice := false
	for _, f := range s.formats {
		switch encodingIn(lines, f) {
		case "pcmu/8000", "pcma/8000":
			voice = true
			formats = append(formats, f)
		case eventEncoding:
			formats = append(formats, f)
		}
	}
	if !voice {
		return nil
	}
	return formats
}

// silent takes a stream with its formats, and sends and receives nothing in it.
func silent(s stream, lines []string) []string { return taken(s, lines, discard, Neither) }

// taken takes a stream with its formats, at a port of ours.
func taken(s stream, lines []string, port int, direction Direction) []string {
	s.port = strconv.Itoa(port)
	out := []string{s.line()}
	for _, line := range lines {
		name, _, _ := attribute(line)
		if (name == "rtpmap" || name == "fmtp") && slices.Contains(s.formats, formatOf(line)) {
			out = append(out, line)
		}
	}
	return append(out, "a="+direction.String())
}
