package natsbus

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"tieline/bridge"
)

// Publish stores m in the stream under the given publication id (protocol.md §2,
// Nats-Msg-Id). It returns at once. done is told nil when the stream has the message, also
// when it had it already under this id; an error that is bridge.ErrRefused or
// bridge.ErrUnsure otherwise. While the connection is down that is ErrUnsure straight
// away: wait for it (Config.OnState) or pause before publishing again.
func (b *Bus) Publish(m bridge.Message, id string, done func(error)) {
	h, data := b.space.Encode(m)
	h[jetstream.MsgIDHeader] = []string{id}
	b.asker.ask(b.space.From(m.Target), nats.Header(h), data, func(answer *nats.Msg, err error) {
		done(stored(answer, err))
	})
}

// Reply sends an answer to where its question's sender waits. It is fire and forget: nil
// does not say that it arrived. Subjects of NATS itself and of our own
// stream are refused, since it is the sender of a request who chooses this one.
func (b *Bus) Reply(to string, h bridge.Header, data []byte) error {
	if strings.HasPrefix(to, "$") || strings.HasPrefix(to, b.space.From("")) || strings.ContainsAny(to, "*>") {
		return fmt.Errorf("%w: not a subject for replies", bridge.ErrRefused)
	}
	err := b.nc.PublishMsg(&nats.Msg{Subject: to, Header: nats.Header(h), Data: data})
	return sendError(err)
}

// sendError says which of the two kinds of failure err is.
func sendError(err error) error {
	switch {
	case err == nil:
		return nil
	case neverSendable(err):
		return fmt.Errorf("%w: %w", bridge.ErrRefused, err)
	default:
		return fmt.Errorf("%w: %w", bridge.ErrUnsure, err)
	}
}

// neverSendable tells faults of the message from faults of the connection.
func neverSendable(err error) bool {
	return errors.Is(err, nats.ErrMaxPayload) || errors.Is(err, nats.ErrBadSubject) || errors.Is(err, nats.ErrBadHeaderMsg)
}

// stored reads the stream's acknowledgement of a publication.
func stored(answer *nats.Msg, err error) error {
	if err != nil {
		return sendError(err)
	}
	var ack struct {
		Stream string              `json:"stream"`
		Error  *jetstream.APIError `json:"error"`
	}
	switch err := json.Unmarshal(answer.Data, &ack); {
	case err != nil:
		return fmt.Errorf("%w: unreadable acknowledgement: %w", bridge.ErrUnsure, err)
	case ack.Error != nil && refusedForGood(ack.Error):
		return fmt.Errorf("%w: %w", bridge.ErrRefused, ack.Error)
	case ack.Error != nil:
		return fmt.Errorf("%w: %w", bridge.ErrUnsure, ack.Error)
	case ack.Stream == "":
		return fmt.Errorf("%w: answer is not an acknowledgement", bridge.ErrUnsure)
	}
	return nil
}

// JetStream's own error codes that mean a definite no although their class is that of a
// passing fault. Source: nats-server, server/errors.json.
const (
	codeInsufficientResources = 10023
	codeStorageExceeded       = 10047
	codeNoReplicas            = 10074
	codeWrongLastSequence     = 10071
	codeStoreFailed           = 10077 // stream full, or the disk is
)

// refusedForGood tells an answer that asking again will not change.
func refusedForGood(err error) bool {
	var api *jetstream.APIError
	if !errors.As(err, &api) {
		return errors.Is(err, jetstream.ErrInvalidStreamName) || errors.Is(err, jetstream.ErrInvalidBucketName)
	}
	switch api.ErrorCode {
	case codeInsufficientResources, codeStorageExceeded, codeNoReplicas, codeStoreFailed:
		return true
	}
	return api.Code == 400
}
