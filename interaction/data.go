package interaction

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"tieline/bridge"
)

// Interaction data: an object whose values are strings or nested objects (protocol.md §8).
// Setting it is a merge patch (RFC 7386, https://www.rfc-editor.org/rfc/rfc7386#section-2): null
// removes a member. It can be set for as long as the interaction exists; setting what is there
// already raises no event.

const (
	maxDataDepth = 32
	maxDataSize  = 32 << 10 // bytes, so that an init answer fits into a message
)

// checkData accepts the data of a dial.
func checkData(data json.RawMessage) *bridge.Error {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	if _, e := parseData(data, "data", false); e != nil {
		return e
	}
	if len(normal(data)) > maxDataSize {
		return tooMuchData()
	}
	return nil
}

func tooMuchData() *bridge.Error {
	return bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: the interaction data would have more than %d bytes.", maxDataSize))
}

// dataOrEmpty is what an interaction begins with.
func dataOrEmpty(data json.RawMessage) json.RawMessage {
	if len(data) == 0 || string(data) == "null" {
		return json.RawMessage("{}")
	}
	return data
}

// parseData reads data, or a patch, in which null has a meaning.
func parseData(data json.RawMessage, key string, patch bool) (map[string]any, *bridge.Error) {
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return nil, bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: body key %q is missing or not JSON.", key))
	}
	object, ok := v.(map[string]any)
	if !ok || !plainData(v, patch, 0) {
		return nil, bridge.InvalidMessage.Error(fmt.Sprintf("The message is invalid: body key %q must be an object of strings or nested objects.", key))
	}
	return object, nil
}

func plainData(v any, patch bool, depth int) bool {
	switch v := v.(type) {
	case nil:
		return patch
	case string:
		return true
	case map[string]any:
		plain := func(e any) bool { return plainData(e, patch, depth+1) }
		return depth < maxDataDepth && !slices.ContainsFunc(slices.Collect(maps.Values(v)), func(e any) bool { return !plain(e) })
	}
	return false
}

// merge applies a patch to target, which it may change.
func merge(target any, patch map[string]any) map[string]any {
	object, ok := target.(map[string]any)
	if !ok {
		object = map[string]any{}
	}
	for k, v := range patch {
		switch v := v.(type) {
		case nil:
			delete(object, k)
		case map[string]any:
			object[k] = merge(object[k], v)
		default:
			object[k] = v
		}
	}
	return object
}

func (c *Channel) setData(p *ask, i *interaction) *bridge.Error {
	var body bridge.InteractionData
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	patch, e := parseData(body.Data, "interaction-data", true)
	if e != nil {
		return e
	}
	if e := c.patch(i, patch); e != nil {
		return e
	}
	c.asks.succeed(p, nil)
	return nil
}

// patch merges a patch into an interaction's data.
func (c *Channel) patch(i *interaction, patch map[string]any) *bridge.Error {
	present, e := parseData(i.data, "interaction-data", false)
	if e != nil {
		return e
	}
	merged, err := json.Marshal(merge(present, patch))
	if err != nil || len(merged) > maxDataSize {
		return tooMuchData()
	}
	if string(merged) != string(normal(i.data)) {
		i.data = merged
		i.event(&c.asks, bridge.InteractionDataChanged, bridge.InteractionData{Data: i.data})
	}
	return nil
}

// learn takes what the telephone system says. What does not fit beside what is there is left out.
func (c *Channel) learn(i *interaction, data json.RawMessage) {
	if len(data) == 0 {
		return
	}
	if patch, e := parseData(data, "interaction-data", false); e == nil {
		_ = c.patch(i, patch)
	}
}
