package register

import (
	"time"

	"tieline/sip/invite"
)

const (
	// transaction is how long a REGISTER may take until it has failed (64·T1, Timer F,
	// https://www.rfc-editor.org/rfc/rfc3261#section-17.1.2.2), and some time to have another try.
	transaction = 40 * time.Second

	// soonest is how long a binding is left alone at least, however short the registrar makes it.
	soonest = 5 * time.Second

	// The pause behind the first failure, behind the second, and the longest
	// (https://www.rfc-editor.org/rfc/rfc5626#section-4.5, which has 30 s and 30 min).
	pauseFirst = 5 * time.Second
	pauseBase  = 30 * time.Second
	pauseMost  = 30 * time.Minute

	// longestRetryAfter bounds what a registrar can ask for.
	longestRetryAfter = time.Hour

	// reconnectMost is the longest wait behind a connection that was lost.
	reconnectMost = 2 * time.Second
)

// refresh is after how long a binding is asked for again: at a point of its own, so that those made together do not stay
// together, and early enough to notice that it fails and to try once more.
func (m *Machine) refresh(granted time.Duration) time.Duration {
	usable := granted - min(transaction, granted/3)
	return max(m.between(usable*8/10, usable*9/10), soonest)
}

// pause is how long to wait behind a failure: between half and all of a time that doubles
// (https://www.rfc-editor.org/rfc/rfc5626#section-4.5), at least what the registrar asks for. Who was refused for good
// tries again nevertheless, but seldom: somebody may have made good what was wrong.
func (m *Machine) pause(why invite.Outcome) time.Duration {
	longest := pauseFirst
	switch {
	case permanent(why) || m.failures > 10:
		longest = pauseMost
	case m.failures > 1:
		longest = min(pauseBase<<(m.failures-2), pauseMost)
	}
	pause := m.between(longest/2, longest)
	if asked := min(why.RetryAfter, longestRetryAfter); asked > pause {
		pause = m.between(asked, asked+asked/10)
	}
	return pause
}

// permanent reports a refusal that the same request would get again: our credentials, our name, our domain. 408, 429,
// 480 and 491 are about the moment, and so are 5xx but for those about what a server can do at all; a 2xx without our
// contact, and the 423 of somebody who cannot say how long, are mistakes that may pass.
func permanent(o invite.Outcome) bool {
	if o.Kind != invite.Refused {
		return false
	}
	switch o.Status {
	case 408, 423, 429, 480, 491:
		return false
	case 501, 505, 513:
		return true
	}
	return o.Status/100 != 5 && o.Status/100 != 2
}

// between is a random time from least to most.
func (m *Machine) between(least, most time.Duration) time.Duration {
	if most <= least {
		return least
	}
	return least + time.Duration(m.chance(int(most-least)))
}
