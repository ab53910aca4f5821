package sip

import gosip "github.com/emiago/sipgo/sip"

// Kept is how much of finished calls is still in the user agent's tables: owners of dialogs and invitations, addresses
// let in, connections.
func (u *UserAgent) Kept() (owners, held, streams int) {
	u.table.mu.RLock()
	defer u.table.mu.RUnlock()
	u.peers.mu.RLock()
	defer u.peers.mu.RUnlock()
	u.mu.Lock()
	defer u.mu.Unlock()
	held = len(u.peers.held)
	for _, at := range u.peers.places {
		if at.dialogs > 0 {
			held++
		}
	}
	return len(u.table.owners) + len(u.table.invitations) + len(u.acks.sent), held, len(u.streams)
}

// SetChance replaces what makes waiting times random. Before Run.
func (u *UserAgent) SetChance(f func(n int) int) { u.chance = f }

// RaceFactor is how much more memory the race detector is allowed.
const RaceFactor = raceFactor

// Unwrap is unwrap, and whether the body is a description.
func Unwrap(msg gosip.Message) bool {
	unwrap(msg)
	return plainSDP(msg)
}

// DescriptionIn is descriptionIn.
func DescriptionIn(content []byte, boundary string) ([]byte, bool) {
	return descriptionIn(content, boundary)
}
