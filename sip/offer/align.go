package offer

// AsOffer returns the description as an offer in a session that has had streams already: in had's order, none missing,
// new ones behind (https://www.rfc-editor.org/rfc/rfc3264#section-8: the number of m-lines never shrinks). Where the
// description has nothing for a place, the stream is offered with port zero. had may be nil.
func (d *Description) AsOffer(had *Description) *Description {
	if had == nil {
		return d
	}
	c, used := d.arrange(had)
	for j, m := range d.media {
		if !used[j] && d.stream(j).active() {
			c.media = append(c.media, m)
		}
	}
	return c
}

// AsAnswer returns the description as an answer: exactly the offer's streams, in its order; a stream that the
// description does not have, or that was offered with port zero, is refused
// (https://www.rfc-editor.org/rfc/rfc3264#section-6).
func (d *Description) AsAnswer(offered *Description) *Description {
	c, _ := d.arrange(offered)
	for i := range c.media {
		if s := c.stream(i); !offered.stream(i).active() && s.active() {
			c.media[i] = s.refusal()
		}
	}
	return c
}

// Answering returns the description as the answer of somebody who need not be asked: with what both can do, in the directions
// that both allow (https://www.rfc-editor.org/rfc/rfc3264#section-6.1). ErrNothingFits says that there is nothing.
func (d *Description) Answering(offered *Description) (*Description, error) {
	c, err := d.AsAnswer(offered).Narrow(offered)
	if err != nil {
		return nil, err
	}
	dirs := c.Directions()
	for i, theirs := range offered.Directions() {
		dirs[i] &= theirs.Mirror()
	}
	return c.WithDirections(dirs), nil
}

// arrange puts the streams into the places of another description, by their kind, and says which were used.
func (d *Description) arrange(places *Description) (*Description, []bool) {
	c := d.clone()
	used := make([]bool, len(d.media))
	if d.alike(places) {
		for j := range used {
			used[j] = true
		}
		return c, used
	}
	c.media = make([][]string, 0, len(places.media))
	for i := range places.media {
		place := places.stream(i)
		lines := place.refusal()
		if j := d.find(place.media, used); j >= 0 {
			used[j] = true
			lines = append([]string(nil), d.media[j]...)
		}
		c.media = append(c.media, lines)
	}
	return c, used
}

// alike reports the same kinds of streams in the same order.
func (d *Description) alike(o *Description) bool {
	if len(d.media) != len(o.media) {
		return false
	}
	for i := range d.media {
		if d.stream(i).media != o.stream(i).media {
			return false
		}
	}
	return true
}

// find is the first unused stream of a kind, if possible one that is not refused; -1: none.
func (d *Description) find(media string, used []bool) int {
	found := -1
	for j := range d.media {
		s := d.stream(j)
		if used[j] || s.media != media {
			continue
		}
		if s.active() {
			return j
		}
		if found < 0 {
			found = j
		}
	}
	return found
}
