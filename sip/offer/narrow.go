package offer

import (
	"slices"
	"strings"
)

// Narrow returns the description with only those formats that other knows as well, stream by stream; both must have
// the same streams (see [Description.AsOffer]). Payload type numbers stay: they are what the describing party wants to
// receive (https://www.rfc-editor.org/rfc/rfc3264#section-5.1). A stream in which no voice is left is refused;
// ErrNothingFits says that none is left at all.
func (d *Description) Narrow(other *Description) (*Description, error) {
	c := d.clone()
	for i := range c.media {
		s := c.stream(i)
		if !s.active() || !s.rtp() {
			continue
		}
		if i >= len(other.media) || !other.stream(i).active() {
			c.media[i] = s.refusal()
			continue
		}
		c.media[i] = narrowed(s, c.media[i], other.encodings(i))
	}
	if d.HasAudio() && !c.HasAudio() {
		return nil, ErrNothingFits
	}
	return c, nil
}

// narrowed is a stream with the formats whose encoding is known.
func narrowed(s stream, lines []string, known []string) []string {
	var keep []string
	voice := s.media != "audio"
	for _, f := range s.formats {
		enc := encodingIn(lines, f)
		if slices.Contains(known, enc) {
			keep = append(keep, f)
			voice = voice || isVoice(enc)
		}
	}
	if len(keep) == 0 || !voice {
		return s.refusal()
	}
	dropped := func(f string) bool { return slices.Contains(s.formats, f) && !slices.Contains(keep, f) }
	out := make([]string, 0, len(lines))
	for _, line := range lines[1:] {
		if !dropped(formatOf(line)) {
			out = append(out, line)
		}
	}
	s.formats = keep
	return append([]string{s.line()}, out...)
}

// formatOf is the payload type that an attribute is about; empty: none.
func formatOf(line string) string {
	name, value, ok := attribute(line)
	if !ok || name != "rtpmap" && name != "fmtp" && name != "rtcp-fb" {
		return ""
	}
	f, _, _ := strings.Cut(value, " ")
	return f
}

// encodings are the names of a stream's formats, comparable with another's.
func (d *Description) encodings(i int) []string {
	var all []string
	for _, f := range d.stream(i).formats {
		all = append(all, encodingIn(d.media[i], f))
	}
	return all
}

// encodingIn is name/clock[/channels] of a format, in lower case and without one channel; of a static format
// (https://www.rfc-editor.org/rfc/rfc3551#section-6) also without rtpmap.
func encodingIn(lines []string, format string) string {
	for _, line := range lines {
		name, value, ok := attribute(line)
		if !ok || name != "rtpmap" {
			continue
		}
		if f, enc, _ := strings.Cut(value, " "); f == format {
			return strings.TrimSuffix(strings.ToLower(strings.TrimSpace(enc)), "/1")
		}
	}
	switch format {
	case "0":
		return "pcmu/8000"
	case "3":
		return "gsm/8000"
	case "4":
		return "g723/8000"
	case "8":
		return "pcma/8000"
	case "9":
		return "g722/8000"
	case "13":
		return "cn/8000"
	case "18":
		return "g729/8000"
	}
	return "#" + format
}

// isVoice reports whether people can talk with an encoding: not with tones, comfort noise or repetitions alone.
func isVoice(encoding string) bool {
	name, _, _ := strings.Cut(encoding, "/")
	return name != "telephone-event" && name != "cn" && name != "red"
}
