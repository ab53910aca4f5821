package offer

import "strings"

// Direction is which way media flow, from the view of the party whose description says so
// (https://www.rfc-editor.org/rfc/rfc3264#section-5.1).
type Direction uint8

// The directions, as sets: Both is Sends and Receives.
const (
	Neither  Direction = 0 // a=inactive
	Sends    Direction = 1 // a=sendonly
	Receives Direction = 2 // a=recvonly
	Both     Direction = 3 // a=sendrecv, and where nothing is said
)

var names = [...]string{"inactive", "sendonly", "recvonly", "sendrecv"} //nolint:gochecknoglobals // a table

// String is the name of the attribute.
func (d Direction) String() string { return names[d&Both] }

// Mirror is the same flow from the other party's view.
func (d Direction) Mirror() Direction { return d&Sends<<1 | d&Receives>>1 }

// Wanted is what a party wants that answered d to what it was offered: an answer can only take away, so that of what
// was not offered nothing is learned, and what it wanted before stands. Without this two parties that hold each other
// would never let go (https://www.rfc-editor.org/rfc/rfc6337#section-5.3).
func (d Direction) Wanted(offered, before Direction) Direction {
	asked := offered.Mirror()
	return d&asked | before&^asked
}

// Directions returns the direction of each stream; Neither for a refused one.
//
// A stream at 0.0.0.0 receives nothing, whatever its attribute says: the hold of RFC 2543, which has to be understood
// (https://www.rfc-editor.org/rfc/rfc3264#section-8.4).
func (d *Description) Directions() []Direction {
	all := make([]Direction, len(d.media))
	for i := range d.media {
		if !d.stream(i).active() {
			continue
		}
		all[i] = d.said(i)
		if d.nowhere(i) {
			all[i] &^= Receives
		}
	}
	return all
}

// WithDirections returns the description with these directions; streams beyond their number, and refused ones, keep
// theirs.
func (d *Description) WithDirections(want []Direction) *Description {
	c := d.clone()
	changed := false
	for i := range min(len(want), len(c.media)) {
		if c.stream(i).active() && c.said(i) != want[i] {
			c.media[i] = directed(c.media[i], want[i])
			changed = true
		}
	}
	if changed {
		c.spread()
	}
	return c
}

// OnHold reports that with these directions the party hears nothing in any audio stream that there is: it holds.
func (d *Description) OnHold(dirs []Direction) bool {
	audio := false
	for i := range min(len(dirs), len(d.media)) {
		if s := d.stream(i); s.media != "audio" || !s.active() {
			continue
		}
		if dirs[i]&Receives != 0 {
			return false
		}
		audio = true
	}
	return audio
}

// said is what the attributes say of a stream: its own, else the session's, else sendrecv.
func (d *Description) said(i int) Direction {
	for _, lines := range [][]string{d.media[i], d.session} {
		for _, line := range lines {
			if dir, ok := directionOf(line); ok {
				return dir
			}
		}
	}
	return Both
}

// spread writes the session's direction to each stream without one of its own, where it is the last word.
func (d *Description) spread() {
	for j, line := range d.session {
		dir, ok := directionOf(line)
		if !ok {
			continue
		}
		d.session = append(d.session[:j], d.session[j+1:]...)
		for i, m := range d.media {
			if d.stream(i).active() && !hasDirection(m) {
				d.media[i] = directed(m, dir)
			}
		}
		d.spread()
		return
	}
}

// directed replaces the direction of a stream in its place, or adds one.
func directed(lines []string, want Direction) []string {
	attr := "a=" + want.String()
	out := make([]string, 0, len(lines)+1)
	done := false
	for _, line := range lines {
		if _, ok := directionOf(line); ok {
			if done {
				continue
			}
			line, done = attr, true
		}
		out = append(out, line)
	}
	if !done {
		out = append(out, attr)
	}
	return out
}

func hasDirection(lines []string) bool {
	for _, line := range lines {
		if _, ok := directionOf(line); ok {
			return true
		}
	}
	return false
}

func directionOf(line string) (Direction, bool) {
	name, value, ok := attribute(line)
	if !ok || value != "" {
		return 0, false
	}
	for d, n := range names {
		if n == strings.TrimSpace(name) {
			return Direction(d), true
		}
	}
	return 0, false
}

// nowhere reports that the stream's connection address is the unspecified one.
func (d *Description) nowhere(i int) bool {
	f := strings.Fields(d.connection(i))
	return len(f) == 3 && (f[2] == "0.0.0.0" || f[2] == "::")
}

// connection is what c= says of a stream: its own, else the session's; empty: nothing does.
func (d *Description) connection(i int) string {
	for _, lines := range [][]string{d.media[i], d.session} {
		for _, line := range lines {
			if line[0] == 'c' {
				return line[2:]
			}
		}
	}
	return ""
}
