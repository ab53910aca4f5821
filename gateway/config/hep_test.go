package config

import (
	"strings"
	"testing"
)

func TestHEP(t *testing.T) {
	const file = `processor: {id: acme}
sip: {hep: {%}}
trunks: {pbx: {address: pbx.example.com}}
channel-groups: {sales: {trunks: [pbx]}}
`
	for text, want := range map[string]string{
		`address: "192.0.2.9:9060"`:                                        "",
		`address: "homer:9061", transport: tcp, capture-id: 7, node: gw-1`: "",
		`address: homer`:                                                 "2:22: sip.hep.address: must be host:port",
		`address: "homer:9060", transport: tls`:                          "sip.hep.transport: must be udp or tcp",
		`address: "homer:9060", capture-id: -1`:                          "sip.hep.capture-id: must be from 0",
		`password: secret`:                                               "sip.hep: has no effect: add address",
		`address: "homer:9060", node: "` + strings.Repeat("x", 65) + `"`: "sip.hep.node: must be at most 64",
	} {
		c, err := Parse([]byte(strings.Replace(file, "%", text, 1)), env, files)
		if got := message(err); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: got %q, want %q", text, got, want)
		}
		if want == "" && c.SIP.HEP.Address == "" {
			t.Errorf("%s: is not read", text)
		}
	}
}
