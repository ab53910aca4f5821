package contract

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"
)

const response = ".response"

// document is the part of an AsyncAPI document
// (https://www.asyncapi.com/docs/reference/specification/v3.0.0) that is needed here.
type document struct {
	Components struct {
		MessageTraits map[string]json.RawMessage `json:"messageTraits"`
		Messages      map[string]struct {
			Name   string `json:"name"`
			Traits []struct {
				Ref string `json:"$ref"`
			} `json:"traits"`
			Examples []example `json:"examples"`
		} `json:"messages"`
	} `json:"components"`
}

// example is a message as the document shows it.
type example struct {
	Header map[string]string `json:"headers"`
	Body   json.RawMessage   `json:"payload"`
}

// url names the document within its own references; nothing is fetched.
const url = "tieline:asyncapi"

// Load reads an AsyncAPI document. Each message must have one trait, which has the headers.
func Load(text []byte) (*Contract, error) {
	text, err := yaml.YAMLToJSON(text)
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	var d document
	if err := json.Unmarshal(text, &d); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	all, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft7) // the dialect of AsyncAPI's schema object
	if err := compiler.AddResource(url, all); err != nil {
		return nil, fmt.Errorf("contract: %w", err)
	}
	c := &Contract{messages: map[string]message{}}
	for key, m := range d.Components.Messages {
		if len(m.Traits) != 1 {
			return nil, fmt.Errorf("contract: %s has %d traits, not one", key, len(m.Traits))
		}
		header, err := compiler.Compile(url + m.Traits[0].Ref + "/headers")
		if err != nil {
			return nil, fmt.Errorf("contract: the headers of %s: %w", key, err)
		}
		body, err := compiler.Compile(url + "#/components/messages/" + key + "/payload")
		if err != nil {
			return nil, fmt.Errorf("contract: the body of %s: %w", key, err)
		}
		if key != failure && m.Name != strings.TrimSuffix(key, response) {
			return nil, fmt.Errorf("contract: %s has the name %q", key, m.Name)
		}
		c.messages[key] = message{m.Name, header, body, m.Examples}
	}
	return c, nil
}
