package offer

import (
	"slices"
	"strings"
)

// Same reports that two descriptions mean the same media: a session refresh. The o= and s= lines, the order of formats
// and attributes, and what a refused stream still says do not matter.
func (d *Description) Same(o *Description) bool {
	if d == nil || o == nil {
		return d == o
	}
	return slices.EqualFunc(d.canonical(), o.canonical(), slices.Equal)
}

func (d *Description) canonical() [][]string {
	session := []string{}
	where := ""
	for _, line := range d.session {
		switch _, isDirection := directionOf(line); {
		case line[0] == 'c':
			where = line
		case isDirection || strings.ContainsRune("vost", rune(line[0])):
		default:
			session = append(session, line)
		}
	}
	slices.Sort(session)
	all := [][]string{session}
	for i, lines := range d.media {
		s := d.stream(i)
		if !s.active() {
			all = append(all, []string{s.media})
			continue
		}
		s.formats = slices.Sorted(slices.Values(s.formats))
		m := []string{s.line(), "a=" + d.said(i).String()}
		here := where
		for _, line := range lines[1:] {
			switch _, isDirection := directionOf(line); {
			case line[0] == 'c':
				here = line
			case !isDirection:
				m = append(m, line)
			}
		}
		m = append(m, here)
		slices.Sort(m)
		all = append(all, m)
	}
	return all
}
