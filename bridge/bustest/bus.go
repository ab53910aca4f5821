package bustest

import (
	"context"
	"time"

	"tieline/bridge"
)

// Bus is what every bus does for the gateway; natsbus.Bus documents each method. Users of
// a bus declare the part of it that they need themselves.
type Bus interface {
	Intake() (<-chan bridge.Delivery, error)
	Publish(m bridge.Message, id string, done func(error))
	Reply(to string, h bridge.Header, data []byte) error
	Claim(key string, value []byte, done func(existing []byte, err error))
	Finish(key string, value []byte, done func(error))
	Entries(ctx context.Context, f func(key string, value []byte) error) error
	LastSeq(ctx context.Context, channel bridge.Target) (uint64, error)
	NoteSeq(channel bridge.Target, seq uint64, done func(error))
	Response(ctx context.Context, target bridge.Target, requestID string, since time.Time) (bridge.Message, bool, error)
	Connected() bool
}

var _ Bus = (*Memory)(nil)
