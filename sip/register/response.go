package register

import (
	"time"

	"tieline/sip/invite"
)

func (m *Machine) response(now time.Time, r Response) {
	removal := m.asked == 0
	switch {
	case (removal || m.wanted) && m.challenges.Answerable(invite.Response{Status: r.Status, Challenge: r.Challenge}):
		m.emit(Send{Expires: m.asked, Auth: true})
	case r.Status/100 == 2 && removal:
		m.gone(now)
	case r.Status/100 == 2 && r.Granted > 0:
		m.granted(now, r)
	case m.longer(r):
		m.raised, m.expires, m.asked = true, r.MinExpires, r.MinExpires
		m.emit(Send{Expires: m.asked})
	default:
		m.refused(now, invite.Outcome{
			Kind: invite.Refused, Status: r.Status, Phrase: r.Phrase, Reason: r.Reason, RetryAfter: r.RetryAfter,
		})
	}
}

// longer reports a registrar that wants to be asked for more (https://www.rfc-editor.org/rfc/rfc3261#section-10.2.8).
func (m *Machine) longer(r Response) bool {
	return r.Status == 423 && m.wanted && m.asked > 0 && !m.raised && r.MinExpires > m.asked && r.MinExpires <= longestExpires
}

func (m *Machine) granted(now time.Time, r Response) {
	m.failures, m.why = 0, invite.Outcome{}
	m.held, m.until, m.maybe = true, now.Add(r.Granted), time.Time{}
	if !m.wanted {
		m.leave(now)
		return
	}
	m.emit(Registered{Until: m.until, Routes: r.Routes})
	m.wait(now.Add(m.refresh(r.Granted)))
}

func (m *Machine) failed(now time.Time, f Failed) {
	if f.Kind == invite.Timeout && m.asked > 0 {
		m.maybe = now.Add(m.asked) // it may have been the response that was lost
	}
	m.refused(now, invite.Outcome{Kind: f.Kind})
}

// refused tries again later; a removal does not.
func (m *Machine) refused(now time.Time, why invite.Outcome) {
	switch {
	case m.asked == 0:
		m.gone(now)
		return
	case !m.wanted:
		m.leave(now)
		return
	}
	m.failures++
	m.why = why
	pause := m.pause(why)
	m.wait(now.Add(pause))
	if !m.held || !m.until.After(now) || permanent(why) {
		m.lose(now, pause)
	}
}
