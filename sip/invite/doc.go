// Package invite is the INVITE transaction as its users see it, in pure state machines: [Client] is one attempt through
// one trunk, [Server] one incoming call, each from the INVITE to the last clean-up behind it, and [Exchange] the offers
// and answers inside the dialog of either, once it is answered.
//
// It owns the decisions: when to send INVITE, CANCEL, ACK for a 2xx and BYE, when to answer and for how long to repeat
// it, what the one outcome is, and how long to wait for a peer that says nothing. It never sends, builds or parses a
// message, never chooses another trunk and never follows a redirection; the ACK for a 3xx–6xx belongs to the client
// transaction (RFC 3261 section 17.1.1.3), the answer to CANCEL to the server's, and the answer to the peer's BYE to the
// caller.
//
// The package has no goroutine, clock, lock or I/O. A machine belongs to one goroutine; time is an argument of every
// step and must not run backwards. No order is expected of what comes in: sipgo delivers each response in a goroutine
// of its own, so a 180 may follow its 200 and a BYE may precede it. A later state implies the earlier one, and ringing
// is never invented.
package invite
