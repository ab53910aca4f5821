// Package offer builds the offer and the answer of a call that has no media yet, and changes what has to be changed in
// descriptions that pass from one party to another.
//
// It owns the descriptions that Tieline writes itself ([Parked] and [Inactive], [Playing] and [Active]), what makes
// anybody's one of a leg's session ([Own]), where a party can be played something ([Ear]) or sent digits ([Keys]), and
// [Description]: the few operations of third-party call control (RFC 3725) on somebody else's, that is direction, the places of the streams, and the formats
// that both sides know. Whatever else a description says passes untouched. Who is offered what and when is decided by
// package join.
//
// The package has no goroutine, clock, state or I/O; its functions are safe from anywhere.
package offer
