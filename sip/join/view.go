package join

import (
	"tieline/sip/offer"
)

// target is what a leg should have of the other side. nil: what it has is right, or nothing is known yet.
func (m *Machine) target(l Leg) *offer.Description {
	s := &m.legs[l]
	if m.goal == joined {
		// Nothing is said of a leg that has refused all audio.
		if o := &m.legs[l.Other()]; m.speaks(l.Other()) {
			return m.view(l, o.theirs, o.wants)
		}
		return nil
	}
	switch {
	case s.given == nil || !s.phase.up():
		return nil
	case s.park == Silence || s.park == restored && s.before == nil:
		return s.given.Park()
	case s.park == Music:
		return s.given.WithDirections(every(s.given, offer.Sends))
	case s.park == restored:
		return s.before.AsOffer(s.given)
	default:
		return nil
	}
}

// view is what a leg is offered of the other side: what that one said of itself, and as much of what it wants as no
// hold by command takes away, in the places that the leg's session has
// (https://www.rfc-editor.org/rfc/rfc3264#section-8). What the leg itself wants plays no part
// (https://www.rfc-editor.org/rfc/rfc6337#section-5.3).
func (m *Machine) view(l Leg, theirs *offer.Description, wants []offer.Direction) *offer.Description {
	return masked(theirs, wants, m.allowed(l)).AsOffer(m.legs[l].given)
}

// allowed is what the holds by command leave of a description for this leg.
func (m *Machine) allowed(l Leg) offer.Direction {
	switch {
	case m.hold[l]:
		return offer.Neither
	case m.hold[l.Other()] && m.cfg.Music[l]:
		return offer.Sends
	case m.hold[l.Other()]:
		return offer.Neither
	default:
		return offer.Both
	}
}

func masked(d *offer.Description, wants []offer.Direction, mask offer.Direction) *offer.Description {
	dirs := make([]offer.Direction, len(wants))
	for i, w := range wants {
		dirs[i] = w & mask
		if mask == offer.Sends {
			dirs[i] = mask // the PBX's music is for whom it holds, whatever the holder sends
		}
	}
	return d.WithDirections(dirs)
}

func every(d *offer.Description, dir offer.Direction) []offer.Direction {
	dirs := make([]offer.Direction, d.Streams())
	for i := range dirs {
		dirs[i] = dir
	}
	return dirs
}

// fresh reports that what a leg has of the other side means the same to it as what it should have: in the formats that
// it took, and in the directions that it wants. More would be a round for nothing.
func (m *Machine) fresh(l Leg) bool {
	t := m.target(l)
	if t == nil {
		return true
	}
	s := &m.legs[l]
	return s.given != nil && !s.spoilt && s.heard(t).Same(s.heard(s.given))
}

// heard is what a description comes to for a leg.
func (s *side) heard(d *offer.Description) *offer.Description {
	dirs := d.Directions()
	for i := range min(len(dirs), len(s.wants)) {
		dirs[i] &= s.wants[i].Mirror()
	}
	d = d.WithDirections(dirs)
	if s.theirs != nil {
		if n, err := d.Narrow(s.theirs); err == nil {
			return n
		}
	}
	return d
}

// deaf reports that the leg's own phone holds: it wants to hear nothing.
func (m *Machine) deaf(l Leg) bool {
	s := &m.legs[l]
	return s.theirs != nil && s.theirs.OnHold(s.wants)
}
