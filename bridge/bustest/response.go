package bustest

import (
	"context"
	"fmt"
	"time"

	"tieline/bridge"
)

// Response implements Bus.
func (m *Memory) Response(_ context.Context, target bridge.Target, requestID string, _ time.Time) (bridge.Message, bool, error) {
	b := m.broker
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.down {
		return bridge.Message{}, false, fmt.Errorf("%w: the bus is down", bridge.ErrUnsure)
	}
	for _, msg := range b.stream {
		if msg.Type == bridge.TypeResponse && msg.Target == target && msg.RequestID == requestID {
			return msg, true, nil
		}
	}
	return bridge.Message{}, false, nil
}
