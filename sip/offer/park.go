package offer

import (
	"slices"
	"strings"
)

// Park returns the description of a party that is to hear and say nothing: each RTP stream keeps its formats and
// attributes, but is inactive at 0.0.0.0, port 9, so that neither RTP nor RTCP goes to where the other party was
// (https://www.rfc-editor.org/rfc/rfc3725#section-4.2 calls it a black hole). Other streams are refused.
func (d *Description) Park() *Description {
	c := d.clone()
	here := false
	for j, line := range c.session {
		if line[0] == 'c' {
			c.session[j], here = blackHole, true
		}
	}
	for i := range c.media {
		switch s := c.stream(i); {
		case !s.active():
		case !s.rtp():
			c.media[i] = s.refusal()
		default:
			s.port = "9"
			c.media[i] = parkedStream(s, c.media[i], here)
		}
	}
	none := make([]Direction, len(c.media))
	return c.WithDirections(none)
}

const blackHole = "c=IN IP4 0.0.0.0"

// parkedStream is a stream without what says where it is. here: the session says so.
func parkedStream(s stream, lines []string, here bool) []string {
	out := []string{s.line()}
	for _, line := range lines[1:] {
		name, _, _ := attribute(line)
		switch name {
		case "candidate", "remote-candidates", "end-of-candidates", "rtcp":
			continue
		}
		if line[0] == 'c' {
			if here {
				continue
			}
			line, here = blackHole, true
		}
		out = append(out, line)
	}
	if !here { // neither had one: it goes behind m= and i= (https://www.rfc-editor.org/rfc/rfc8866#section-9)
		at := 1
		for at < len(out) && strings.HasPrefix(out[at], "i=") {
			at++
		}
		out = append(out[:at], append([]string{blackHole}, out[at:]...)...)
	}
	return out
}

// Silence returns an answer to the description that takes its streams and sends and receives nothing in them. All formats
// are taken, since none will be used. Only plain RTP can be answered so: keys and candidates would have to be somebody's.
// ErrNothingFits says that there is no such stream.
func (d *Description) Silence() (*Description, error) {
	c := d.Refusal()
	c.session = append(d.session[:3:3], d.times()...) // v=, o= and s=
	for i, lines := range d.media {
		if s := d.stream(i); s.plain() {
			c.media[i] = slices.Insert(silent(s, lines), 1, blackHole)
		}
	}
	if !c.HasAudio() {
		return nil, ErrNothingFits
	}
	return c, nil
}

// Refusal returns the answer that refuses every stream of the description.
func (d *Description) Refusal() *Description {
	c := d.clone()
	for i := range c.media {
		c.media[i] = c.stream(i).refusal()
	}
	return c
}

// Refused says of each stream whether its port is zero.
func (d *Description) Refused() []bool {
	all := make([]bool, len(d.media))
	for i := range all {
		all[i] = !d.stream(i).active()
	}
	return all
}
