package contract

import (
	"encoding/json"
	"reflect"
	"testing"

	"tieline/bridge"
)

// "Unknown headers and body keys are ignored (forward compatibility)": every example of the document
// is read the same, in both encodings, when a later version has added to it.
func TestLaterVersion(t *testing.T) {
	for key, s := range load(t).messages {
		for _, e := range s.examples {
			now := decoded(t, key, e)
			header, text := Later(now)
			m, encoding, err := space().Decode(header, text)
			if err != nil || encoding != bridge.HeadersAndBody {
				t.Errorf("%s of a later version is read: %v", key, err)
			}
			sameButLater(t, key, now, m)
			m, encoding, err = space().Decode(nil, laterEnvelope(t, header, text))
			if err != nil || encoding != bridge.Envelope {
				t.Errorf("an envelope with %s of a later version is read: %v", key, err)
			}
			sameButLater(t, key, now, m)
		}
	}
}

func laterEnvelope(t *testing.T, header bridge.Header, text []byte) []byte {
	t.Helper()
	strange := map[string]any{"later": map[string]any{"a": 1}}
	for k, v := range flat(header) {
		strange[k] = v
	}
	envelope, err := json.Marshal(map[string]any{"header": strange, "body": json.RawMessage(text), "foot": []int{1}})
	if err != nil {
		t.Fatal(err)
	}
	return envelope
}

// sameButLater compares all that this version knows.
func sameButLater(t *testing.T, key string, now, m bridge.Message) {
	t.Helper()
	want, got := body(key), body(key)
	if want != nil {
		if err := bridge.DecodeBody(now, want); err != nil {
			t.Errorf("the body of %s is read: %v", key, err)
		}
		if err := bridge.DecodeBody(m, got); err != nil {
			t.Errorf("the body of %s of a later version is read: %v", key, err)
		}
	}
	if !reflect.DeepEqual(meaning(t, got), meaning(t, want)) {
		t.Errorf("the body of %s means the same: %+v, %+v", key, got, want)
	}
	now.Body, m.Body = nil, nil
	if !reflect.DeepEqual(m, now) {
		t.Errorf("the headers of %s mean the same:\n got %+v\nwant %+v", key, m, now)
	}
}

// meaning is a body but for its white space and the order of its keys.
func meaning(t *testing.T, body any) (v any) {
	t.Helper()
	text, err := json.Marshal(body)
	if err == nil {
		err = json.Unmarshal(text, &v)
	}
	if err != nil {
		t.Fatal(err)
	}
	return v
}
