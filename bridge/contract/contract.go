package contract

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"tieline/bridge"
)

// failure is the key of the one message that every FAILURE is.
const failure = "failure"

// Contract is the document, ready to check messages. Make one with Load.
type Contract struct {
	messages map[string]message
}

// message is one message of the document: a query, request or event under its name, the answer
// with SUCCESS under that name and ".response", every FAILURE under "failure".
type message struct {
	name     string
	header   *jsonschema.Schema
	body     *jsonschema.Schema
	examples []example
}

// Check tells what is wrong with m: a name that the document does not have, a destination of
// another kind, a header or body that its schema refuses. What a bridge sends may have keys that
// the document does not know; what a gateway sends may not.
func (c *Contract) Check(m bridge.Message) error {
	key := key(m)
	s, ok := c.messages[key]
	if !ok {
		return fmt.Errorf("contract: there is no message %q of type %s", m.Name, m.Type)
	}
	header, body := space().Encode(m)
	var faults []error
	fault := func(what string, err error) {
		if err != nil {
			faults = append(faults, fmt.Errorf("contract: %s of %s: %w", what, key, err))
		}
	}
	fault("destination", checkName(m))
	fault("header", validate(s.header, mustJSON(flat(header))))
	fault("body", validate(s.body, body))
	return errors.Join(faults...)
}

func key(m bridge.Message) string {
	switch {
	case m.Type == bridge.TypeResponse && m.Result == bridge.Failure:
		return failure
	case m.Type == bridge.TypeResponse:
		return string(m.Name) + response
	}
	return string(m.Name)
}

// checkName wants a name to fit the destination. A FAILURE repeats what it was asked, be it the
// protocol's or not.
func checkName(m bridge.Message) error {
	object, _, _ := strings.Cut(string(m.Name), ".")
	if object == m.Target.Object().String() || m.Result == bridge.Failure {
		return nil
	}
	return fmt.Errorf("a %s has no message %q", m.Target.Object(), m.Name)
}

// space writes headers as the examples do; the processor's name stands in a target header only.
func space() bridge.Space { return bridge.Space{Prefix: "cti", Processor: "acme"} }

func flat(h bridge.Header) map[string]string {
	one := make(map[string]string, len(h))
	for k, v := range h {
		one[k] = v[0]
	}
	return one
}

func mustJSON(header map[string]string) []byte {
	b, err := json.Marshal(header)
	if err != nil {
		panic("contract: strings do not encode: " + err.Error())
	}
	return b
}

func validate(s *jsonschema.Schema, text []byte) error {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return err
	}
	return s.Validate(v)
}
