package natsbus

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tieline/bridge"
)

// Claim durably writes value under key if nobody has before (protocol.md §3, idempotence).
// done is told exactly one of:
//   - nil, nil: the key is ours from now on
//   - the present value: somebody has claimed the key before
//   - an error that is bridge.ErrUnsure or bridge.ErrRefused
//
// Claiming again after ErrUnsure with the same value counts as ours. A value must
// therefore name its claimant: two gateways never claim with equal bytes.
func (b *Bus) Claim(key string, value []byte, done func(existing []byte, err error)) {
	h := nats.Header{jetstream.ExpectedLastSubjSeqHeader: {"0"}}
	b.asker.ask(b.ledgerSubject(key), h, value, func(answer *nats.Msg, err error) {
		if err == nil && isTaken(answer.Data) {
			b.present(key, value, fmt.Errorf("%w: the claim expired", bridge.ErrUnsure), done)
			return
		}
		if err = stored(answer, err); errors.Is(err, bridge.ErrRefused) {
			b.present(key, value, err, done) // a ledger that takes nothing may still know the key
			return
		}
		done(nil, err)
	})
}

// Finish durably replaces the value of a claimed key.
func (b *Bus) Finish(key string, value []byte, done func(error)) {
	b.asker.ask(b.ledgerSubject(key), nil, value, func(answer *nats.Msg, err error) {
		done(stored(answer, err))
	})
}

// present looks up who has the key that claimed did not get; absent is told when nobody has.
func (b *Bus) present(key string, claimed []byte, absent error, done func([]byte, error)) {
	stream, q := "KV_"+bucketName(b.space), query{Last: b.ledgerSubject(key)}
	b.asker.ask(findSubject(stream), nil, q.encode(), func(answer *nats.Msg, err error) {
		if err != nil {
			done(nil, fmt.Errorf("%w: %w", bridge.ErrUnsure, err))
			return
		}
		m, err := readFound(answer.Data)
		switch {
		case err != nil:
			done(nil, fmt.Errorf("%w: %w", bridge.ErrUnsure, err))
		case m == nil:
			done(nil, absent)
		case bytes.Equal(m.Data, claimed):
			done(nil, nil)
		default:
			done(m.Data, nil)
		}
	})
}

func isTaken(answer []byte) bool {
	var ack struct {
		Error *jetstream.APIError `json:"error"`
	}
	return json.Unmarshal(answer, &ack) == nil && ack.Error != nil && ack.Error.ErrorCode == codeWrongLastSequence
}

// Entries calls f for every entry of the ledger, oldest first, until f returns an error,
// which it then returns. It is meant for start-up.
func (b *Bus) Entries(ctx context.Context, f func(key string, value []byte) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	kv, err := b.js.KeyValue(ctx, bucketName(b.space))
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	w, err := kv.WatchAll(ctx, jetstream.IgnoreDeletes())
	if err != nil {
		return fmt.Errorf("ledger: %w", err)
	}
	defer func() { _ = w.Stop() }() // a read that has ended has nothing to lose
	for {
		select {
		case <-ctx.Done():
			return fmt.Errorf("ledger: %w", ctx.Err())
		case e, ok := <-w.Updates():
			switch {
			case !ok:
				return fmt.Errorf("ledger: %w", bridge.ErrUnsure)
			case e == nil: // everything that was there has been delivered
				return nil
			}
			if err := f(decodeKey(e.Key()), e.Value()); err != nil {
				return err
			}
		}
	}
}

func (b *Bus) ledgerSubject(key string) string {
	return "$KV." + bucketName(b.space) + "." + encodeKey(key)
}

// encodeKey makes any string a key of a bucket. Most are left as they are; the others
// become base64 behind a '=', which no plain key has.
func encodeKey(key string) string {
	if key != "" && strings.IndexFunc(key, func(r rune) bool { return !plainKeyRune(r) }) < 0 {
		return key
	}
	return "=" + base64.RawURLEncoding.EncodeToString([]byte(key))
}

func decodeKey(s string) string {
	if coded, ok := strings.CutPrefix(s, "="); ok {
		if key, err := base64.RawURLEncoding.DecodeString(coded); err == nil {
			return string(key)
		}
	}
	return s
}

func plainKeyRune(r rune) bool {
	return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_'
}
