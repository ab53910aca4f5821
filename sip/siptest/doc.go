// Package siptest plays the other side of the SIP border: an in-memory packet network and a scripted PBX.
//
// It owns [Network], a UDP-like network whose loss, latency, duplication and reordering come from a seed, and
// [PBX], a peer that speaks raw SIP on sipgo's parser and message types only. The PBX keeps its own transactions and
// retransmissions, so that a fault in sipgo's transaction layer cannot hide behind the same fault on the other side,
// and so that it can be told to misbehave. It answers by number (see [Numbers]) or by hand (see [Call]).
//
// [Digits] reads telephone-events in RTP, as an observer of the network sees them.
//
// It never imports the user agent it tests, never resolves names and never judges any other media.
//
// # Concurrency
//
// Every exported method may be called from any goroutine, unless its comment says otherwise. Observers
// ([Network.Observe], [Config.Trace]) are called one at a time with a lock held: they must not block and must not call
// back into the Network or the PBX. Everything that blocks, blocks on a Go channel, so inside a testing/synctest bubble
// all of it runs in virtual time; make the Network and the PBX inside the bubble. [PBX.Run] owns all goroutines of the
// PBX (one reader per packet socket, one acceptor and one reader per stream) and returns after the last of them ended;
// the Network has none.
package siptest
