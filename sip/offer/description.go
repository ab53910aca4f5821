package offer

import (
	"errors"
	"slices"
	"strconv"
	"strings"
)

// maxDescription bounds what is parsed; real descriptions are far below a tenth of it.
const maxDescription = 64 << 10

var (
	errTooLong = errors.New("offer: the description is too long")
	errNotSDP  = errors.New("offer: not a session description")
)

// Description is a session description that passes from one party to another. It is never changed: what changes
// something returns a new one. nil is no description.
//
// It is kept as lines. Whoever carries descriptions between two parties must not drop what it does not know
// (https://www.rfc-editor.org/rfc/rfc3725#section-4), and a parser into fields does: pion/sdp refuses m=image and udptl,
// which is every fax, and reorders lines. So only o=, m=, c= and the attributes that are asked for are ever looked into.
type Description struct {
	session []string   // the lines before the first m=, v=, o= and s= first
	media   [][]string // the lines of each stream, its m= first
}

// Parse reads a description. The error says what is wrong in words for a log; it quotes nothing of the body.
func Parse(body []byte) (*Description, error) {
	if len(body) > maxDescription {
		return nil, errTooLong
	}
	d := &Description{}
	for line := range strings.Lines(string(body)) {
		line = strings.TrimRight(line, "\r\n")
		if line == "" {
			continue // some end their body with one more
		}
		if !wellFormed(line) {
			return nil, errNotSDP
		}
		switch {
		case line[0] == 'm':
			if _, ok := parseStream(line); !ok {
				return nil, errNotSDP
			}
			d.media = append(d.media, []string{line})
		case len(d.media) > 0:
			last := len(d.media) - 1
			d.media[last] = append(d.media[last], line)
		default:
			d.session = append(d.session, line)
		}
	}
	if !headed(d.session) {
		return nil, errNotSDP
	}
	return d, nil
}

// headed reports that the first lines are v=, o= and s= (https://www.rfc-editor.org/rfc/rfc8866#section-5).
func headed(lines []string) bool {
	return len(lines) >= 3 && lines[0] == "v=0" && lines[1][0] == 'o' && len(strings.Fields(lines[1])) == 6 && lines[2][0] == 's'
}

// wellFormed reports whether a line is a type, = and a value without control characters other than TAB.
func wellFormed(line string) bool {
	if len(line) < 2 || line[1] != '=' || line[0] < 'a' || line[0] > 'z' {
		return false
	}
	for i := range len(line) {
		if line[i] < ' ' && line[i] != '\t' || line[i] == 0x7f {
			return false
		}
	}
	return true
}

// Bytes is the description as it goes on the wire. nil: of none.
func (d *Description) Bytes() []byte {
	if d == nil {
		return nil
	}
	var b []byte
	for _, line := range d.session {
		b = append(append(b, line...), "\r\n"...)
	}
	for _, m := range d.media {
		for _, line := range m {
			b = append(append(b, line...), "\r\n"...)
		}
	}
	return b
}

// Streams is the number of m-lines, refused ones included.
func (d *Description) Streams() int { return len(d.media) }

// HasAudio reports whether there is an audio stream that is not refused, and that people can talk with: some phones do not
// refuse a stream of whose formats they know telephone-event alone.
func (d *Description) HasAudio() bool { return d.audio() >= 0 }

// audio is the first such stream; -1: there is none.
func (d *Description) audio() int {
	for i := range d.media {
		s := d.stream(i)
		if s.media == "audio" && s.active() && (!s.rtp() || slices.ContainsFunc(d.encodings(i), isVoice)) {
			return i
		}
	}
	return -1
}

func (d *Description) stream(i int) stream {
	s, _ := parseStream(d.media[i][0])
	return s
}

// clone copies what may be changed: the lists, not the lines.
func (d *Description) clone() *Description {
	c := &Description{session: append([]string(nil), d.session...), media: make([][]string, len(d.media))}
	for i, m := range d.media {
		c.media[i] = append([]string(nil), m...)
	}
	return c
}

// stream is an m-line (https://www.rfc-editor.org/rfc/rfc8866#section-5.14).
type stream struct {
	media   string
	port    string // with its number of ports, as it came
	proto   string
	formats []string
}

func parseStream(line string) (stream, bool) {
	f := strings.Fields(line[2:])
	if len(f) < 4 {
		return stream{}, false
	}
	port, _, _ := strings.Cut(f[1], "/")
	if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		return stream{}, false
	}
	return stream{media: f[0], port: f[1], proto: f[2], formats: f[3:]}, true
}

func (s stream) line() string {
	return "m=" + s.media + " " + s.port + " " + s.proto + " " + strings.Join(s.formats, " ")
}

// active reports that the stream is not refused: https://www.rfc-editor.org/rfc/rfc3264#section-6.
func (s stream) active() bool {
	port, _, _ := strings.Cut(s.port, "/")
	return strings.Trim(port, "0") != ""
}

// rtp reports that the formats are RTP payload types.
func (s stream) rtp() bool { return strings.Contains(s.proto, "RTP/") }

// refusal is the stream with port zero. Its formats mean nothing, but there must be some.
func (s stream) refusal() []string {
	s.port = "0"
	return []string{s.line()}
}

// attribute splits an a= line; ok is false for other lines.
func attribute(line string) (name, value string, ok bool) {
	if line[0] != 'a' {
		return "", "", false
	}
	name, value, _ = strings.Cut(line[2:], ":")
	return name, value, true
}
