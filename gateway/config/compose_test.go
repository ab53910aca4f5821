package config

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
)

// The example runs in deploy/compose.yaml as it is: it is mounted where the image looks for
// it, and the addresses in it are those of the containers.
func TestExampleFitsCompose(t *testing.T) {
	text, err := os.ReadFile("../../deploy/compose.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var compose struct {
		Services map[string]struct {
			Volumes  []string
			Networks map[string]struct {
				Address string `yaml:"ipv4_address"`
			}
		}
	}
	if err := yaml.Unmarshal(text, &compose); err != nil {
		t.Fatal(err)
	}
	c, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	address := func(service string) string { return compose.Services[service].Networks["telephony"].Address }
	if !slices.Contains(compose.Services["gateway"].Volumes, "./tieline.example.yaml:/etc/tieline/tieline.yaml:ro") {
		t.Error("the gateway does not get the example")
	}
	if got := address("gateway"); got == "" || got != c.SIP.Advertise {
		t.Errorf("the gateway is at %q and advertises %q", got, c.SIP.Advertise)
	}
	for name, trunk := range c.Trunks {
		if host, _, _ := strings.Cut(trunk.Address, ":"); host != address("asterisk") {
			t.Errorf("trunk %s leads to %s, Asterisk is at %s", name, host, address("asterisk"))
		}
	}
	if _, ok := compose.Services["nats"]; !ok || c.NATS.URL != "nats://nats:4222" {
		t.Errorf("%s is not the NATS server of compose", c.NATS.URL)
	}
	pjsip, err := os.ReadFile("../../deploy/asterisk/pjsip.conf")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(pjsip), "match = "+c.SIP.Advertise+"\n") {
		t.Error("Asterisk does not know the gateway's address")
	}
}
