//go:build race

package sip

// raceFactor is how much more memory the race detector is allowed.
const raceFactor = 2
