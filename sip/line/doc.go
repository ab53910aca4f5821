// Package line is an agent's line as a pure state machine: the station, which is the agent's own phone, and the calls that it
// is connected with, one at a time; third-party call control (https://www.rfc-editor.org/rfc/rfc3725).
//
// It owns the decisions: whether the station has to be called first, with whom it is connected, who is held meanwhile, whose
// call goes on with whom when the agent leaves it, when the station is let go, and whose fault a failure was. How two legs
// come to hear each other is package join's business: each two that are connected have a [join.Machine]. It never sends,
// never waits, and never sees media.
//
// # How it decides
//
// Every leg knows which other leg it is to be connected with. After each input the machine does what is possible and missing
// until nothing is: a leg in another pair is taken out of it as soon as its offers and answers are at an end there, a leg that
// is not called yet is called with what the other one has said, and where neither has said anything one of them is called
// first. So a dial, a call that comes in, a consultation, a transfer and a conference are one loop with other wishes: a wish
// for two legs takes each of them from whom it is with. Nor is there a script for what is told: a move is done when its
// legs are joined, and has failed when they are not to be any more; a call that the agent neither holds nor is connected
// with is over.
//
// The package has no goroutine, clock, lock or I/O. A machine belongs to one goroutine; time is an argument of every step
// and must not run backwards.
package line
