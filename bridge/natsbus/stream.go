package natsbus

import (
	"context"
	"fmt"
	"strconv"
	"time"

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
	_, err = b.js.CreateOrUpdateKeyValue(ctx, jetstream.KeyValueConfig{
		Bucket:      countersName(b.space),
		Description: "How far channels have counted that may have fallen silent for longer than the stream remembers",
		Storage:     storage,
		Replicas:    b.cfg.Replicas,
	})
	if err != nil {
		return fmt.Errorf("counters %s: %w", countersName(b.space), err)
	}
	return nil
}

// NoteSeq durably remembers how far a channel has counted, for the time after the stream has
// forgotten its messages.
func (b *Bus) NoteSeq(channel bridge.Target, seq uint64, done func(error)) {
	b.asker.ask(b.counterSubject(channel), nil, strconv.AppendUint(nil, seq, 10), func(answer *nats.Msg, err error) {
		done(stored(answer, err))
	})
}

func (b *Bus) counterSubject(channel bridge.Target) string {
	return "$KV." + countersName(b.space) + "." + encodeKey(string(channel))
}

// notedSeq is what NoteSeq remembered, or 0.
func (b *Bus) notedSeq(ctx context.Context, channel bridge.Target) (uint64, error) {
	m, err := b.findIn(ctx, "KV_"+countersName(b.space), query{Last: b.counterSubject(channel)})
	if err != nil || m == nil {
		return 0, err
	}
	return strconv.ParseUint(string(m.Data), 10, 64)
}

// LastSeq returns how far a channel has counted: the highest "seq" that the stream holds of it
// and of everything below it, or what NoteSeq remembered; 0 when there is neither
// (protocol.md §2, header "seq").
func (b *Bus) LastSeq(ctx context.Context, channel bridge.Target) (uint64, error) {
	highest, err := b.notedSeq(ctx, channel)
	if err != nil {
		return 0, fmt.Errorf("counter of %s: %w", channel, err)
	}
	// A channel numbers its messages in the order in which it publishes them, so that
	// the last one stored has the highest number.
	for _, subject := range []string{b.space.From(channel), b.space.From(channel + ".>")} {
		m, err := b.find(ctx, query{Last: subject})
		if err != nil {
			return 0, fmt.Errorf("last message of %s: %w", subject, err)
		}
		if m == nil {
			continue
		}
		last, err := b.decode(m)
		if err != nil {
			return 0, fmt.Errorf("last message of %s: %w", subject, err)
		}
		highest = max(highest, last.Seq)
	}
	return highest, nil
}

// clockSkew is how far the server's clock may be from ours.
const clockSkew = time.Minute

// Response finds the response to a request among what target has said since the given
// time, and says whether there is one. It is meant for recovery after a crash.
func (b *Bus) Response(ctx context.Context, target bridge.Target, requestID string, since time.Time) (bridge.Message, bool, error) {
	start := since.Add(-clockSkew)
	next := query{Next: b.space.From(target), Start: &start}
	for {
		found, err := b.find(ctx, next)
		if err != nil || found == nil {
			return bridge.Message{}, false, err
		}
		m, err := b.decode(found)
		if err == nil && m.Type == bridge.TypeResponse && m.RequestID == requestID {
			return m, true, nil
		}
		next = query{Next: next.Next, Seq: found.Seq + 1}
	}
}

func (b *Bus) decode(m *storedMsg) (bridge.Message, error) {
	header, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		return bridge.Message{}, err
	}
	message, _, err := b.space.Decode(bridge.Header(header), m.Data)
	return message, err
}
