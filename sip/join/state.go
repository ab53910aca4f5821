package join

import (
	"time"

	"tieline/sip/offer"
)

// phase is where the offer and answer of one leg stand. There is one offer at a time
// (https://www.rfc-editor.org/rfc/rfc3261#section-14.1).
type phase uint8

const (
	absent     phase = iota // not called
	incoming                // it calls us: its INVITE waits for our answer
	calling                 // our INVITE with an offer is pending
	inviting                // our INVITE without a body is pending
	idle                    // up, nothing is pending
	offering                // our re-INVITE with an offer is pending
	asking                  // our re-INVITE without a body is pending
	backing                 // our offer has met another; it is not repeated before its time
	owing                   // its re-INVITE or UPDATE waits for our answer
	owingACK                // the offer in its 2xx waits for our answer in the ACK
	countering              // our offer in a 2xx waits for its answer in the ACK
	gone                    // over
)

func (p phase) String() string {
	return [...]string{"absent", "incoming", "calling", "inviting", "idle", "offering", "asking", "backing", "owing",
		"owing ACK", "countering", "gone"}[p]
}

// up reports that the leg has a session.
func (p phase) up() bool { return p >= idle && p < gone }

// owes reports that an offer of the leg's waits for us.
func (p phase) owes() bool { return p == incoming || p == owing || p == owingACK }

// side is one leg.
type side struct {
	phase phase
	until time.Time // backing, owing, owingACK: not longer

	// What is agreed. Both are nil before the first answer.
	theirs *offer.Description // its latest description
	given  *offer.Description // the latest one it has of the other side
	wants  []offer.Direction  // what it wants of each stream of theirs
	spoilt bool               // it has taken given without being able to talk with it

	// What is pending.
	sent     *offer.Description // our offer
	owed     *offer.Description // its offer; nil while phase owes: it wants ours
	carried  bool               // its offer is with the other leg
	narrowed bool               // and again, with what both can do
	early    bool               // calling: theirs is an early answer

	// How a round goes on.
	ask    bool // it is to be asked for an offer
	asked  bool // it has been
	stuck  bool // it refused what it would be offered now
	status int  // with this
	failed bool // and that was the end of it
	tries  int  // glares in succession
	park   Parking
	before *offer.Description // given, as it was before the join
}

// free lets the leg be offered something again.
func (s *side) free() { s.stuck, s.status, s.failed = false, 0, false }

// tempted reports that what the other side says now is worth another try, other than what it said before. Who could do none of
// its formats does not wait for a direction.
func (s *side) tempted(now, before *offer.Description) bool {
	if before != nil && s.stuck && incompatible(s.status) {
		now, before = now.WithDirections(every(now, offer.Both)), before.WithDirections(every(before, offer.Both))
	}
	return !now.Same(before)
}

// settleTo forgets what is pending.
func (s *side) settleTo(p phase) {
	s.phase, s.until = p, time.Time{}
	s.sent, s.owed = nil, nil
	s.carried, s.narrowed, s.early = false, false, false
}

// goal is what the machine is after.
type goal uint8

const (
	apart  goal = iota // each leg is parked as its Parking says
	joined             // each leg has the other's description
)

// command is what somebody waits to hear of.
type command uint8

const (
	none command = iota
	joining
	parting
	holding
	retrieving
)

func (c command) String() string {
	return [...]string{"", "joining", "parting", "holding", "retrieving"}[c]
}
