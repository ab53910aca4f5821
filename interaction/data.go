package interaction

import (
	"encoding/json"

	"tieline/bridge"
)

const maxDataDepth = 32

// checkData accepts interaction data: an object whose values are strings or nested objects
// (protocol.md §8, setdata).
func checkData(data json.RawMessage) *bridge.Error {
	if len(data) == 0 || string(data) == "null" {
		return nil
	}
	var v any
	if err := json.Unmarshal(data, &v); err != nil {
		return bridge.InvalidMessage.Error(`The message is invalid: body key "data" is not JSON.`)
	}
	if _, ok := v.(map[string]any); !ok || !plainData(v, 0) {
		return bridge.InvalidMessage.Error(`The message is invalid: body key "data" must be an object of strings or nested objects.`)
	}
	return nil
}

func plainData(v any, depth int) bool {
	switch v := v.(type) {
	case string:
		return true
	case map[string]any:
		if depth == maxDataDepth {
			return false
		}
		for _, e := range v {
			if !plainData(e, depth+1) {
				return false
			}
		}
		return true
	}
	return false
}
