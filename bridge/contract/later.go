package contract

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"tieline/bridge"
)

// Asked returns the document's examples of queries and requests, in the order of their names.
func Asked(t testing.TB) []bridge.Message {
	t.Helper()
	c, err := shared()
	if err != nil {
		t.Fatal(err)
	}
	var all []bridge.Message
	for _, key := range slices.Sorted(maps.Keys(c.messages)) {
		if _, _, asked := bridge.Name(key).Asked(); !asked {
			continue
		}
		for _, e := range c.messages[key].examples {
			m, _, err := space().Decode(e.headers(), e.Body)
			if err != nil {
				t.Errorf("an example of %s is read: %v", key, err)
			}
			all = append(all, m)
		}
	}
	return all
}

func (e example) headers() bridge.Header {
	h := bridge.Header{}
	for k, v := range e.Header {
		h[k] = []string{v}
	}
	return h
}

// later is what a message of a later version may have and this one does not know.
const later = "from-a-later-version"

// Later writes a message as a later version of the protocol might: with headers and body keys that
// nobody knows yet, wherever the protocol knows the keys.
func Later(m bridge.Message) (bridge.Header, []byte) {
	h, body := space().Encode(m)
	h["X-Later"], h["reason"], h["Result"] = []string{"1", "2"}, []string{"lunch"}, []string{"PERHAPS"}
	return h, laterJSON(body)
}

// laterJSON adds a key of each JSON type to the objects of a text.
func laterJSON(text []byte) []byte {
	var v any
	if json.Unmarshal(text, &v) != nil {
		return text
	}
	out, err := json.Marshal(extended(v))
	if err != nil {
		panic("contract: what was JSON does not encode: " + err.Error())
	}
	return out
}

func extended(v any) any {
	switch v := v.(type) {
	case []any:
		for i := range v {
			v[i] = extended(v[i])
		}
	case map[string]any:
		for k := range v {
			if !slices.Contains([]string{"data", "interaction-data", "headers", "channel-groups"}, k) { // whose keys are the user's own
				v[k] = extended(v[k])
			}
		}
		for n, value := range []any{nil, true, 7, "text", []any{map[string]any{}}, map[string]any{"error": 1}} {
			v[later+string(rune('a'+n))] = value
		}
	}
	return v
}
