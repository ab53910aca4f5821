// Package dtmf is digits inside a call: by SIP INFO, with application/dtmf-relay, which no RFC describes and every PBX
// speaks, or with application/dtmf; and as telephone-events by RTP (RFC 4733).
//
// It owns the bodies, the packets and the order in which digits leave: a [Sender] says when the next one does, whichever way it
// takes. It never sends anything, and digits by RTP it never reads: nobody listens at the socket that they leave from.
//
// The package has no goroutine, clock, lock or I/O. A [Sender] and a [Stream] belong to one goroutine at a time; time is an
// argument of every step.
package dtmf
