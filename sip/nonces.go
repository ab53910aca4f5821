package sip

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"slices"
	"sync"
	"time"
)

// mostNonces bounds how many nonces are remembered to have been used.
const mostNonces = 4096

// nonces are ours: each says by itself when and for whom it was made, so that nothing is kept of those that nobody uses.
// Of those that were used it is known how often, since who has overheard one answer must not come in with it again.
//
// Concurrency: safe for use from anywhere.
type nonces struct {
	key [32]byte

	mu    sync.Mutex
	used  map[string]*nonceUse
	queue []string  // of used, the first one first
	since time.Time // nonces made until then are too old: what was known of them is forgotten
}

// nonceUse is which counts of a nonce have been seen: the highest, and which of the 64 below it.
type nonceUse struct {
	made    time.Time
	highest int
	seen    uint64 // bit n: highest-n
}

type nonceVerdict uint8

const (
	nonceGood nonceVerdict = iota
	nonceStale
	nonceForeign // not ours, or somebody else's
)

// A nonce is when it was made (8 bytes), chance (8), and a code over both and whom it is for (16).
const (
	nonceHead = 16
	nonceSize = nonceHead + 16
)

func (n *nonces) issue(now time.Time, from string) string {
	raw := make([]byte, nonceHead, nonceSize)
	binary.BigEndian.PutUint64(raw, uint64(now.UnixNano()))
	_, _ = rand.Read(raw[8:nonceHead]) // never fails
	return base64.RawURLEncoding.EncodeToString(append(raw, n.code(raw, from)...))
}

func (n *nonces) code(head []byte, from string) []byte {
	mac := hmac.New(sha256.New, n.key[:])
	mac.Write(head)
	mac.Write([]byte(from))
	return mac.Sum(nil)[:nonceSize-nonceHead]
}

// use judges a nonce that comes back with a count (https://www.rfc-editor.org/rfc/rfc7616#section-3.4), from 1 on.
func (n *nonces) use(now time.Time, nonce, from string, count int) nonceVerdict {
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(raw) != nonceSize || !hmac.Equal(raw[nonceHead:], n.code(raw[:nonceHead], from)) {
		return nonceForeign
	}
	made := time.Unix(0, int64(binary.BigEndian.Uint64(raw)))
	n.mu.Lock()
	defer n.mu.Unlock()
	n.forget(now)
	if now.Sub(made) > nonceAge || !made.After(n.since) || !n.count(string(raw[:nonceHead]), made, count) {
		return nonceStale
	}
	return nonceGood
}

// count notes a count; false: it was there before.
func (n *nonces) count(id string, made time.Time, count int) bool {
	u := n.used[id]
	if u == nil {
		if n.used == nil {
			n.used = map[string]*nonceUse{}
		}
		u = &nonceUse{made: made}
		n.used[id], n.queue = u, append(n.queue, id)
	}
	behind := u.highest - count
	switch {
	case count > u.highest:
		u.seen = u.seen<<min(64, count-u.highest) | 1
		u.highest = count
		return true
	case behind >= 64 || u.seen>>behind&1 == 1:
		return false
	}
	u.seen |= 1 << behind
	return true
}

// forget drops what is too old, and the oldest where there are too many; nonces that are older than one of these are not
// known any more.
func (n *nonces) forget(now time.Time) {
	drop := 0
	for ; drop < len(n.queue); drop++ {
		u := n.used[n.queue[drop]]
		if len(n.queue)-drop < mostNonces && now.Sub(u.made) <= nonceAge {
			break
		}
		if u.made.After(n.since) {
			n.since = u.made
		}
		delete(n.used, n.queue[drop])
	}
	n.queue = slices.Delete(n.queue, 0, drop)
}
