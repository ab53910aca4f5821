package ladder

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"tieline/bridge"
	"tieline/sip"
	"tieline/sip/offer"
)

// Kind says what a line is, for its colour.
type Kind int

// The kinds of line.
const (
	Asked     Kind = iota // query or request of the bridge
	Succeeded             // response with SUCCESS
	Failed                // response with FAILURE
	Happened              // event
	Signal                // SIP, either way
)

// Line is one message at the moment it crossed a border.
type Line struct {
	At   time.Time
	Kind Kind
	Way  string // "bridge ─▶ gw", "gw ◀─ pbx"
	Text string // the message, short
	// SIP only: the Call-ID, and what the message says of the media, see [Media].
	Call, Media string
}

// OfSIP makes the line of a SIP message.
func OfSIP(e sip.TraceEvent) Line {
	arrow := "◀─"
	if e.Out {
		arrow = "─▶"
	}
	return Line{At: e.Time, Kind: Signal, Way: "gw " + arrow + " " + e.Peer, Text: e.Line, Call: e.CallID, Media: Media(e.Body)}
}

// Media is what a session description says of the audio, in short: "192.0.2.1:4000" is where it is received, and
// "sendonly" or the like behind it which way it flows, from there, where it is not both. It is empty where there is none.
func Media(sdp []byte) string {
	d, err := offer.Parse(sdp)
	if err != nil {
		return ""
	}
	at, dir, ok := d.Audio()
	var words []string
	if at.IsValid() {
		words = append(words, at.String())
	}
	if ok && dir != offer.Both {
		words = append(words, dir.String())
	}
	return strings.Join(words, " ")
}

// OfMessage makes the line of a message on the bus; in tells that the bridge sent it.
func OfMessage(at time.Time, in bool, m bridge.Message) Line {
	l := Line{At: at, Way: "bridge ◀─ gw", Text: m.Line()}
	switch {
	case in:
		l.Way = "bridge ─▶ gw"
	case m.Type == bridge.TypeEvent:
		l.Kind = Happened
	case m.Result == bridge.Failure:
		l.Kind = Failed
	default:
		l.Kind = Succeeded
	}
	return l
}

// Style is how lines are written. The zero value: time of day, no colours, any length.
type Style struct {
	// Start is what times are counted from; zero: they are times of the day.
	Start time.Time
	// Colour switches ANSI colours on, for terminals.
	Colour bool
	// Media shows what SIP messages say of the media.
	Media bool
	// Width is the longest line in characters; the rest is cut off. 0: any.
	Width int
}

// ANSI colours.
const (
	plain  = "\x1b[0m"
	dim    = "\x1b[2m"
	red    = "\x1b[31m"
	green  = "\x1b[32m"
	yellow = "\x1b[33m"
	cyan   = "\x1b[36m"
)

// mediaColumn is behind the longest of the usual requests.
const mediaColumn = 49

// Format writes a line, without a line end.
func (s Style) Format(l Line) string {
	at := fmt.Sprintf("%-8s ", s.time(l.At))
	text := fmt.Sprintf("%-13s %s", l.Way, strings.TrimRight(l.Text, " "))
	if s.Media && l.Media != "" {
		text = fmt.Sprintf("%-*s audio %s", mediaColumn, text, l.Media)
	}
	text = s.cut(text, utf8.RuneCountInString(at))
	return s.paint(dim, at) + s.paint(l.Kind.colour(), text)
}

func (s Style) time(at time.Time) string {
	if s.Start.IsZero() {
		return at.Local().Format("15:04:05.000")
	}
	return fmt.Sprintf("+%.3fs", max(at.Sub(s.Start), 0).Seconds())
}

// cut shortens text so that it fits behind the characters already used.
func (s Style) cut(text string, used int) string {
	room := s.Width - used
	if s.Width <= 0 || utf8.RuneCountInString(text) <= max(room, 1) {
		return text
	}
	return string([]rune(text)[:max(room, 1)-1]) + "…"
}

func (s Style) paint(colour, text string) string {
	if !s.Colour || colour == "" {
		return text
	}
	return colour + text + plain
}

func (k Kind) colour() string {
	switch k {
	case Succeeded:
		return green
	case Failed:
		return red
	case Happened:
		return yellow
	case Signal:
		return cyan
	case Asked:
	}
	return ""
}
