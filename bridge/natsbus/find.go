package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"tieline/bridge"
)

// query asks a stream's leader for one message: the last of a subject, or the next from a
// place on. Subjects may have wildcards. The leader is asked, and not whichever replica is
// near as with a direct get, because that one may lag behind what was acknowledged.
type query struct {
	Last  string     `json:"last_by_subj,omitempty"`
	Next  string     `json:"next_by_subj,omitempty"`
	Seq   uint64     `json:"seq,omitempty"`
	Start *time.Time `json:"start_time,omitempty"`
}

// storedMsg is a message as JetStream's API returns it.
type storedMsg struct {
	Seq    uint64 `json:"seq"`
	Header []byte `json:"hdrs"`
	Data   []byte `json:"data"`
}

func (q query) encode() []byte {
	b, _ := json.Marshal(q) // such a struct always encodes
	return b
}

func findSubject(stream string) string { return "$JS.API.STREAM.MSG.GET." + stream }

// find returns nil without an error when the processor's stream has no such message.
func (b *Bus) find(ctx context.Context, q query) (*storedMsg, error) {
	return b.findIn(ctx, streamName(b.space), q)
}

func (b *Bus) findIn(ctx context.Context, stream string, q query) (*storedMsg, error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	answer, err := b.nc.RequestWithContext(ctx, findSubject(stream), q.encode())
	if err != nil {
		return nil, fmt.Errorf("%w: %w", bridge.ErrUnsure, err)
	}
	return readFound(answer.Data)
}

func readFound(answer []byte) (*storedMsg, error) {
	var a struct {
		Message *storedMsg          `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer, &a); err != nil {
		return nil, err
	}
	switch {
	case a.Error != nil && a.Error.ErrorCode == jetstream.JSErrCodeMessageNotFound:
		return nil, nil
	case a.Error != nil:
		return nil, a.Error
	case a.Message == nil:
		return nil, errors.New("answer holds no message")
	}
	return a.Message, nil
}
