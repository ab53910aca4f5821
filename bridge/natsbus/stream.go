package natsbus

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tieline/bridge"
)

// prepare creates or updates the stream and the ledger.
func (b *Bus) prepare(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	storage := jetstream.FileStorage
	if b.cfg.InMemory {
		storage = jetstream.MemoryStorage
	}
	_, err := b.js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name:        streamName(b.space),
		Description: "Everything that Tieline says to the bridge of " + b.space.Processor,
		Subjects:    []string{b.space.FromAll()},
		Retention:   jetstream.LimitsPolicy,
		Discard:     jetstream.DiscardOld,
		MaxAge:      b.cfg.Retention.MaxAge,
		MaxBytes:    b.cfg.Retention.MaxBytes,
		Duplicates:  b.cfg.Duplicates,
		Storage:     storage,
		Replicas:    b.cfg.Replicas,
		AllowDirect: true,
	})
	if err != nil {
		return fmt.Errorf("stream %s: %w", streamName(b.space), err)
	}
	_, err = b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      bucketName(b.space),
		Description: "Request ids that Tieline has acted on",
		TTL:         b.cfg.LedgerTTL,
		Storage:     storage,
		Replicas:    b.cfg.Replicas,
	})
	if err != nil {
		return fmt.Errorf("ledger %s: %w", bucketName(b.space), err)
	}
	return nil
}

// LastSeq returns the highest "seq" that the stream holds of a channel and of everything
// below it, and 0 when it holds none (protocol.md §2, header "seq").
func (b *Bus) LastSeq(ctx context.Context, channel bridge.Target) (uint64, error) {
	var highest uint64
	// A channel numbers its messages in the order in which it publishes them, so that
	// the last one stored has the highest number.
	for _, subject := range []string{b.space.From(channel), b.space.From(channel + ".>")} {
		m, err := b.lastMsg(ctx, subject)
		if err != nil {
			return 0, fmt.Errorf("last message of %s: %w", subject, err)
		}
		if m == nil {
			continue
		}
		seq, err := strconv.ParseUint(m.Header.Get("seq"), 10, 64)
		if err != nil {
			return 0, fmt.Errorf("last message of %s: header seq: %w", subject, err)
		}
		highest = max(highest, seq)
	}
	return highest, nil
}

// storedMsg is a message as JetStream's API returns it.
type storedMsg struct {
	Header []byte `json:"hdrs"`
	Data   []byte `json:"data"`
}

type lastMsgAnswer struct {
	Message *storedMsg          `json:"message"`
	Error   *jetstream.APIError `json:"error"`
}

// lastMsg returns the last message of a subject, which may have wildcards; nil if there is
// none. It asks the stream's leader: a replica's direct answer may lag behind.
func (b *Bus) lastMsg(ctx context.Context, subject string) (*nats.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, ackTimeout)
	defer cancel()
	api, query := lastMsgQuery(streamName(b.space), subject)
	answer, err := b.nc.RequestWithContext(ctx, api, query)
	if err != nil {
		return nil, err
	}
	m, err := readLastMsg(answer.Data)
	if err != nil || m == nil {
		return nil, err
	}
	header, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		return nil, err
	}
	return &nats.Msg{Header: header, Data: m.Data}, nil
}

func lastMsgQuery(stream, subject string) (api string, query []byte) {
	query, _ = json.Marshal(map[string]string{"last_by_subj": subject}) // strings always encode
	return "$JS.API.STREAM.MSG.GET." + stream, query
}

// readLastMsg returns nil without an error when there is no such message.
func readLastMsg(answer []byte) (*storedMsg, error) {
	var a lastMsgAnswer
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
