package sip

// Kept is how much of finished calls is still in the user agent's tables: attempts, addresses let in, connections.
func (u *UserAgent) Kept() (attempts, held, streams int) {
	u.table.mu.RLock()
	defer u.table.mu.RUnlock()
	u.peers.mu.RLock()
	defer u.peers.mu.RUnlock()
	u.mu.Lock()
	defer u.mu.Unlock()
	return len(u.table.attempts), len(u.peers.held), len(u.streams)
}
