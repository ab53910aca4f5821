// Package offer builds the offer of a call that has no media yet, and checks the answer to it.
//
// It owns the two session descriptions that Tieline writes or reads itself. Where two parties' media are connected by
// third-party call control (RFC 3725) their descriptions pass through untouched and this package has no part in it.
//
// The package has no goroutine, clock, state or I/O; its functions are safe from anywhere.
package offer
