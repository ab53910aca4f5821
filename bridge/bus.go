package bridge

import "errors"

// Delivery is one message as the bus handed it over, not yet decoded.
type Delivery struct {
	Subject string
	Header  Header
	Data    []byte
	// Reply is where the sender waits for the answer; empty when it does not.
	Reply string
}

// What became of a publication that was not acknowledged.
var (
	// ErrRefused: the stream or store definitely did not take it, and never will.
	ErrRefused = errors.New("refused by the bus")
	// ErrUnsure: no acknowledgement came; it may or may not be stored. Publishing it again
	// with the same id is harmless.
	ErrUnsure = errors.New("not acknowledged by the bus")
)
