package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

// minimal is the least that a file has to say.
const minimal = `processor: {id: acme}
trunks: {pbx: {address: pbx.example.com}}
channel-groups: {sales: {trunks: [pbx]}}
`

func env(name string) (string, bool) {
	v, ok := map[string]string{"PASSWORD": "s3cr3t", "LIMIT": "7", "EMPTY": ""}[name]
	return v, ok
}

func files(path string) ([]byte, error) {
	switch path {
	case "/secret":
		return []byte("s3cr3t\n"), nil
	case "/empty":
		return []byte(" \n"), nil
	case "/creds", "/ca-without-certificate":
		return []byte("something"), nil
	}
	return nil, fmt.Errorf("open %s: %w", path, os.ErrNotExist)
}

func TestMinimal(t *testing.T) {
	c, err := Parse([]byte(minimal), env, files)
	if err != nil {
		t.Fatal(err)
	}
	want := Default()
	want.Processor.ID = "acme"
	pbx, sales := DefaultTrunk(), DefaultGroup()
	pbx.Address, sales.Trunks = "pbx.example.com", InOrder("pbx")
	want.Trunks["pbx"], want.ChannelGroups["sales"] = pbx, sales
	if !reflect.DeepEqual(c, want) {
		t.Errorf("a minimal file is the defaults:\n got %+v\nwant %+v", c, want)
	}
	if !c.NATS.IsEmbedded() {
		t.Error("the embedded server is the default when no url is given")
	}
	if got := (DNS{Servers: []string{"192.0.2.53", "[2001:db8::53]:5353"}}).Addresses(); fmt.Sprint(got) != "[192.0.2.53:53 [2001:db8::53]:5353]" {
		t.Errorf("DNS servers %v", got)
	}
	if transport, address := c.SIP.Listen[1].Split(); transport != TCP || address != "0.0.0.0:5060" {
		t.Errorf("Split = %s, %s", transport, address)
	}
}

func TestValues(t *testing.T) {
	c, err := Parse([]byte(`
processor: {id: 1001, drain-timeout: 1m30s}
nats:
  url: "nats://a:4222, tls://b:4222"
  user: tieline
  password: ${PASSWORD}
  retention: {age: 48h, size: 512MiB}
trunks:
  pbx: {address: 192.0.2.7:5070, username: u, password-file: /secret, domain: pbx.example.com}
channel-groups:
  sales:
    trunks: [pbx]
    max-interactions: ${LIMIT}
    wrap-up: 20s
    caller-id: {name: "${PASSWORD}-${LIMIT}"}
    destinations: {allow: [+49, 110, '/^\*2[01]#$/']}
`), env, files)
	if err != nil {
		t.Fatal(err)
	}
	sales := c.ChannelGroups["sales"]
	for what, ok := range map[string]bool{
		"a number is fine as an id":              c.Processor.ID == "1001",
		"durations":                              c.Processor.DrainTimeout == 90*time.Second && sales.WrapUp == 20*time.Second,
		"a secret from the environment":          c.NATS.Password.Reveal() == "s3cr3t",
		"a secret from a file, trimmed":          c.Trunks["pbx"].Password.Reveal() == "s3cr3t",
		"a size":                                 c.NATS.Retention.Size == 512<<20,
		"a number from the environment":          sales.MaxInteractions == 7,
		"two references in one value":            sales.CallerID.Name == "s3cr3t-7",
		"patterns that look like numbers":        reflect.DeepEqual(sales.Destinations.Allow, []string{"+49", "110", `/^\*2[01]#$/`}),
		"what is not said keeps its default":     sales.Dial == DefaultGroup().Dial,
		"an external server is not the embedded": !c.NATS.IsEmbedded(),
	} {
		if !ok {
			t.Errorf("%s: got %+v", what, c)
		}
	}
}

// Every fault, with the exact text that an operator reads.
func TestFaults(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"nothing", "", `
1:1: channel-groups: is missing: name at least one channel group with its trunks
1:1: processor.id: is missing: name this gateway's processor, like acme
1:1: trunks: is missing: name at least one trunk with its address`},
		{"no YAML", "processor: [", `
1:12: not YAML: sequence end token ']' not found`},
		{"tabs", "processor:\n\tid: acme\n", `
2:1: not YAML: found character tab that cannot start any token`},
		{"a variable without quotes", "processor: {id: acme}\nnats: {user: x, password: ${P}, replicas: 3}\n", `
2:28: not YAML: ',' or '}' must be specified (between { and }, ${NAME} belongs in quotes)`},
		{"not a mapping", "- a\n", `
1:1: must be a section of keys (key: value), not a list
1:1: channel-groups: is missing: name at least one channel group with its trunks
1:1: processor.id: is missing: name this gateway's processor, like acme
1:1: trunks: is missing: name at least one trunk with its address`},
		{"unknown keys, all of them", minimal + "sipp: {}\nlog: {levels: info, format: text, colour: true}\nadmin:\n  drain_timeout: 5s\n", `
4:1: sipp: unknown key: did you mean sip?
5:7: log.levels: unknown key: did you mean level?
5:35: log.colour: unknown key: possible here are format, level
7:3: admin.drain_timeout: unknown key: possible here are listen`},
		{"wrong types", `
processor: {id: [acme], drain-timeout: 30}
nats: {retention: {size: 5 GB}}
sip: {listen: udp://0.0.0.0:5060}
trunks: {pbx: {address: pbx.example.com, udp-only: "yes"}}
channel-groups:
  sales:
    trunks: [pbx]
    max-interactions: "2"
    limits: fast
    headers: [{name: X-A}]
    caller-id:
      number:
`, `
2:17: processor.id: must be a single value, not a list
2:40: processor.drain-timeout: must be a duration with its unit, like 500ms, 30s or 1h30m
3:26: nats.retention.size: must be a size with its unit, like 512MiB or 1GiB
4:15: sip.listen: must be a list, like [a, b], not a single value
5:52: trunks.pbx.udp-only: must be true or false, without quotes
9:23: channel-groups.sales.max-interactions: must be a whole number, without quotes
10:13: channel-groups.sales.limits: must be a section of keys (key: value), not a single value
11:15: channel-groups.sales.headers[0]: must be a single value, not a section: a text with a colon in it belongs in quotes
13:15: channel-groups.sales.caller-id.number: is empty: give a value or remove the key`},
		{"twice", minimal + "log: {level: info}\nlog: {level: warn}\n", `
5:1: log: stands here a second time, first in line 4: keep one`},
		{"anchors", minimal + "admin: &a {listen: none}\n", `
4:8: admin: anchors, aliases and tags are not supported: write the value out`},
		{"two documents", minimal + "---\nlog: {}\n", `
5:4: the file holds more than one document: keep the first and remove the '---'`},
		{"environment", minimal + "nats: {token: \"${NO_SUCH}\"}\nlog: {level: \"${open\"}\nadmin: {listen: \"${EMPTY}\"}\n", `
4:15: nats.token: the environment variable NO_SUCH is not set: set it, or write the value here
5:14: log.level: ${ must be followed by the name of an environment variable and }
6:17: admin.listen: must be host:port, like 127.0.0.1:8080, or none`},
		{"processor", "processor: {id: a.b, prefix: $SYS, drain-timeout: -1s}\ntrunks: {pbx: {address: a}}\nchannel-groups: {g: {trunks: [pbx]}}\n", `
1:17: processor.id: id contains '.': use letters, digits, - and _
1:30: processor.prefix: must not start with $: use letters, digits, - and _
1:51: processor.drain-timeout: must be from 0s to 24h`},
		{"embedded", minimal + "nats: {embedded: {dir: '', listen: '0.0.0.0:4222'}, nkey-file: /creds, ledger-ttl: 1h, retention: {age: 1s, size: 1KiB}}\n", `
4:24: nats.embedded.dir: is missing: name the directory of the embedded server's data
4:36: nats.embedded.listen: lets other machines in without credentials: add nats.user and nats.password, or listen on 127.0.0.1
4:64: nats.nkey-file: is for an external server: add nats.url or remove it
4:84: nats.ledger-ttl: must be from 24h to 8760h
4:105: nats.retention.age: must be from 1m to 87600h
4:115: nats.retention.size: must be at least 1MiB`},
		{"external", minimal + `nats:
  url: nats://me:s3cr3t@host:4222
  embedded: {dir: x}
  user: a
  token: b
  credentials-file: /missing
  ca-file: /ca-without-certificate
  replicas: 6
`, `
5:8: nats.url: contains credentials, which would get into logs: move them to nats.user and nats.password or nats.token
6:3: nats.embedded: stands beside nats.url: keep one of them
7:9: nats.user: has no password: add nats.password or nats.password-file
8:10: nats.token: stands beside nats.user: keep one of them
9:21: nats.credentials-file: stands beside nats.user: keep one of them
10:12: nats.ca-file: holds no certificate in PEM form
11:13: nats.replicas: must be from 1 to 5`},
		{"credentials that cannot be read", minimal + "nats: {url: 'http://a', credentials-file: /missing}\n", `
4:13: nats.url: must be like nats://host:4222 (or tls://, ws://, wss://), several separated by commas
4:43: nats.credentials-file: cannot be read: open /missing: file does not exist`},
		{"password without user", minimal + "nats: {password-file: /secret}\n", `
4:23: nats.password-file: has no user: add nats.user`},
		{"sip", minimal + `sip:
  listen: [udp://0.0.0.0:5060, udp://0.0.0.0:5060, wss://0.0.0.0:5061, "udp://[:::]:5060", udp://0.0.0.0]
  advertise: 0.0.0.0
  user-agent: "a\r\nb"
  hold-down: -1s
  max-hold-down: 48h
  dns: {servers: [192.0.2.53, "192.0.2.53:5353", "2001:db8::53", "[2001:db8::53]:53", dns.example.com, "192.0.2.53:0"]}
`, `
5:32: sip.listen[1]: stands here a second time: keep one
5:52: sip.listen[2]: must be udp://, tcp:// or tls:// with an IP address and a port, like udp://0.0.0.0:5060 or "udp://[::]:5060"
5:72: sip.listen[3]: must be udp://, tcp:// or tls:// with an IP address and a port, like udp://0.0.0.0:5060 or "udp://[::]:5060"
5:92: sip.listen[4]: must be udp://, tcp:// or tls:// with an IP address and a port, like udp://0.0.0.0:5060 or "udp://[::]:5060"
6:14: sip.advertise: is no address that a peer could answer to: name the host or address at which the PBX reaches this gateway
7:15: sip.user-agent: contains a control character or a byte that is not UTF-8: remove it
8:14: sip.hold-down: must be from 0s to 1h
9:18: sip.max-hold-down: must be from 1s to 24h
10:87: sip.dns.servers[4]: must be an IP address, with or without a port, like 192.0.2.53
10:104: sip.dns.servers[5]: must be an IP address, with or without a port, like 192.0.2.53`},
		{"trunks", `
processor: {id: acme}
sip: {listen: ["tcp://127.0.0.1:5060"]}
trunks:
  a: {transport: sctp}
  b: {address: "pbx.example.com:99999"}
  "c.d": {address: 300.1.1.1, transport: tcp, domain: "a b"}
  e: {address: a, transport: tcp, username: x}
  f: {address: a, transport: tcp, password: x}
  g: {address: a, transport: tcp, username: x, password: y, password-file: /secret}
  h: {address: a, transport: tcp, username: x, password-file: /empty}
channel-groups: {sales: {trunks: [a]}}
`, `
5:3: trunks.a.address: is missing: give the host or host:port of the SIP peer
5:18: trunks.a.transport: must be udp or tcp or tls or auto
6:3: trunks.b.transport: is udp, but sip.listen has no udp:// address for the answers: add one
6:16: trunks.b.address: must have a port from 1 to 65535
7:3: trunks.c.d: id contains '.': use letters, digits, - and _
7:20: trunks.c.d.address: must be a host or host:port, like pbx.example.com or 192.0.2.7:5060
7:55: trunks.c.d.domain: must be a host or host:port, like pbx.example.com or 192.0.2.7:5060
8:45: trunks.e.username: has no password: add password or password-file
9:45: trunks.f.password: has no user: add username
10:76: trunks.g.password-file: stands beside trunks.g.password: keep one of them
11:45: trunks.h.username: has no password: add password or password-file
11:63: trunks.h.password-file: is an empty file: write the secret into it`},
		{"tls", `
processor: {id: acme}
sip: {listen: ["udp://[::]:5060", "tls://0.0.0.0:5061", "tls://[fe80::1%eth0]:5061"], advertise-ipv6: 192.0.2.1, tls: {key-file: /secret, client-ca-file: /ca-without-certificate, min-version: 1.1}}
trunks:
  a: {address: a, transport: tcp, sips: true, keep-alive: 1s}
  b: {address: "[::1]:5060", tls: {server-name: b}}
  c: {address: c, transport: tls, tls: {server-name: "a b", cert-file: /secret, key-file: /secret, ca-file: /nowhere}}
  d: {address: c, transport: tls, tls: {cert-file: /secret}}
  e: {address: 192.0.2.1}
  f: {address: "[::1", transport: tcp, domain: "[::1]5060"}
channel-groups: {sales: {trunks: [a]}}
`, `
3:7: sip.listen: has a tls:// address, which needs a certificate: add sip.tls.cert-file and key-file
3:57: sip.listen[2]: must be udp://, tcp:// or tls:// with an IP address and a port, like udp://0.0.0.0:5060 or "udp://[::]:5060"
3:103: sip.advertise-ipv6: is an IPv4 address: that belongs into sip.advertise
3:130: sip.tls.key-file: has no certificate: add cert-file
3:155: sip.tls.client-ca-file: holds no certificate in PEM form
3:193: sip.tls.min-version: must be 1.2 or 1.3
5:41: trunks.a.sips: needs transport: tls
5:59: trunks.a.keep-alive: must be from 5s to 1h
6:30: trunks.b.tls: is for transport: tls or auto
7:54: trunks.c.tls.server-name: must be a host, like pbx.example.com
7:72: trunks.c.tls.cert-file: is no certificate in PEM form with the key of key-file
7:109: trunks.c.tls.ca-file: cannot be read: open /nowhere: file does not exist
8:35: trunks.d.tls: differs from that of trunk c, which has the same address: make them equal
8:52: trunks.d.tls.cert-file: has no key: add key-file
9:3: trunks.e.transport: is udp, but sip.listen has no udp:// address for the answers: add one
10:16: trunks.f.address: must be a host or host:port, like pbx.example.com or 192.0.2.7:5060
10:48: trunks.f.domain: must be a host or host:port, like pbx.example.com or 192.0.2.7:5060`},
		{"addresses as they are not written", `
processor: {id: acme}
sip: {listen: ["tcp://127.0.0.1:5060", "udp://::1:5060"], advertise: "2001:db8::1"}
trunks:
  a: {address: "2001:db8::2"}
  b: {address: "sip:pbx.example.com", domain: "https://pbx.example.com"}
  c: {address: "sip:1001@pbx.example.com:5060", headers-in: [X-A, Via]}
  d: {address: "sip:5060"}
channel-groups: {sales: {trunks: [a, {c: 2}, {priority: 1}]}}
`, `
3:40: sip.listen[1]: must be udp://, tcp:// or tls:// with an IP address and a port, like udp://0.0.0.0:5060 or "udp://[::]:5060"
3:70: sip.advertise: is an IPv6 address: put it in brackets and quotes, like "[2001:db8::7]"
5:16: trunks.a.address: is an IPv6 address: put it in brackets and quotes, like "[2001:db8::7]"
6:16: trunks.b.address: must be a host or host:port alone: remove sip:
6:47: trunks.b.domain: must be a host or host:port alone: remove https:
7:16: trunks.c.address: must be a host or host:port alone: remove sip:
7:67: trunks.c.headers-in[1]: is a header that the gateway sets itself: remove it
9:38: channel-groups.sales.trunks[1]: has no name: give that of a trunk
9:39: channel-groups.sales.trunks[1].c: unknown key: possible here are name, priority, weight
9:46: channel-groups.sales.trunks[2]: has no name: give that of a trunk`},
		{"trunk limits", `
processor: {id: acme}
trunks:
  a: {address: a, limits: {calls-per-second: -1, concurrent: 100001}, stop-codes: [200, 503, 503, "480"], progress-timeout: 4m, ring-timeout: -1s}
  b: {address: a, probe: {interval: 500ms, timeout: 0s, down-after: 0, up-after: 101}}
  c: {address: a, probe: {interval: 2s}}
  d: {address: a, session-timer: {expires: 1m, min: 10s, refresher: both}}
  e: {address: a, session-timer: {expires: 2m, min: 3m}, prack: on}
  f: {address: a, redirects: 4, redirect-hosts: [a b]}
  g: {address: a, challenge-algorithms: [MD5, MD5, SHA-1]}
channel-groups: {sales: {trunks: [a]}}
`, `
4:46: trunks.a.limits.calls-per-second: must be from 0 to 10000
4:62: trunks.a.limits.concurrent: must be from 0 to 100000
4:84: trunks.a.stop-codes[0]: must be from 300 to 699
4:94: trunks.a.stop-codes[2]: stands here a second time: keep one
4:99: trunks.a.stop-codes[3]: must be a whole number, without quotes
4:125: trunks.a.progress-timeout: must be from 0s to 3m
4:143: trunks.a.ring-timeout: must be from 0s to 1h
5:37: trunks.b.probe.interval: must be from 1s to 1h
5:53: trunks.b.probe.timeout: must be from 100ms to 32s
5:69: trunks.b.probe.down-after: must be from 1 to 100
5:82: trunks.b.probe.up-after: must be from 1 to 100
6:19: trunks.c.probe.timeout: must not be longer than interval (2s)
7:44: trunks.d.session-timer.expires: must be from 1m30s to 24h
7:53: trunks.d.session-timer.min: must be from 1m30s to 1h
7:69: trunks.d.session-timer.refresher: must be auto or us or peer
8:44: trunks.e.session-timer.expires: is shorter than min: raise it or lower min
8:65: trunks.e.prack: must be off or supported or required
9:30: trunks.f.redirects: must be from 0 to 3
9:50: trunks.f.redirect-hosts[0]: must be a host or host:port, like pbx.example.com or 192.0.2.7:5060
10:47: trunks.g.challenge-algorithms[1]: stands here a second time: keep one
10:52: trunks.g.challenge-algorithms[2]: must be SHA-256 or MD5`},
		{"weights", `
processor: {id: acme}
trunks: {a: {address: a}, b: {address: b}}
channel-groups:
  sales: {trunks: [{name: a, priority: 0, weight: 0}, {name: b, wieght: 3}, a, {priority: 1}]}
  other: {trunks: [{name: b, priority: 1001, weight: 1001}, {name: c}]}
`, `
5:40: channel-groups.sales.trunks[0].priority: must be from 1 to 1000
5:51: channel-groups.sales.trunks[0].weight: must be from 1 to 1000
5:65: channel-groups.sales.trunks[1].wieght: unknown key: did you mean weight?
5:77: channel-groups.sales.trunks[2]: stands here a second time: keep one
5:80: channel-groups.sales.trunks[3]: has no name: give that of a trunk
6:40: channel-groups.other.trunks[0].priority: must be from 1 to 1000
6:54: channel-groups.other.trunks[0].weight: must be from 1 to 1000
6:68: channel-groups.other.trunks[1].name: there is no trunk of this name: add it to trunks or correct the name`},
		{"groups", `
processor: {id: acme}
trunks: {pbx: {address: pbx.example.com}}
channel-groups:
  CONTROL: {trunks: [pbx]}
  none:
  sales:
    trunks: [pbx, pbx, other]
    destinations:
      country: Germany
      number-format: E.164
      extensions: any
      sip-uris: {allow: true}
      allow: [+49 30]
      deny: [/(/]
    caller-id: {number: anonymous}
    headers: [X-A, From, "A B", z]
    max-interactions: 0
    limits: {calls-per-second: -1}
    dial: {success-on: ringing, progress-timeout: 0s, ring-timeout: 5m, max-timeout: 2m}
    wrap-up: 2h
`, `
5:3: channel-groups.CONTROL: CONTROL is the address of processor control: choose another name
6:3: channel-groups.none.trunks: is missing: list the trunks in the order in which they are tried
8:19: channel-groups.sales.trunks[1]: stands here a second time: keep one
8:24: channel-groups.sales.trunks[2]: there is no trunk of this name: add it to trunks or correct the name
10:16: channel-groups.sales.destinations.country: must be the two capital letters of a country (ISO 3166), like DE
11:22: channel-groups.sales.destinations.number-format: must be e164 or national or as-dialled
12:19: channel-groups.sales.destinations.extensions: must be like "4 digits", "1-6 digits", "/[1-7][0-9]{3}/" or "none"
13:7: channel-groups.sales.destinations.sip-uris.hosts: is missing: list the hosts that may be dialled
14:15: channel-groups.sales.destinations.allow[0]: must be a prefix like +49, 0900, *21 or sip:bob@, without separators, or a regular expression between slashes
15:14: channel-groups.sales.destinations.deny[0]: not a regular expression: error parsing regexp: missing closing ): ` + "`(`" + `
16:25: channel-groups.sales.caller-id.number: must be digits, with or without + in front
17:20: channel-groups.sales.headers[1]: is a header that the gateway sets itself: remove it
17:26: channel-groups.sales.headers[2]: must be the name of a SIP header, like X-Account
17:33: channel-groups.sales.headers[3]: is a compact form: write the header's whole name
18:23: channel-groups.sales.max-interactions: must be from 1 to 100
19:32: channel-groups.sales.limits.calls-per-second: must be from 0 to 10000
20:24: channel-groups.sales.dial.success-on: must be progress or answer
20:51: channel-groups.sales.dial.progress-timeout: must be from 100ms to 3m
20:69: channel-groups.sales.dial.ring-timeout: must not be longer than max-timeout (2m)
21:14: channel-groups.sales.wrap-up: must not be longer than wrap-up-limit (1h)`},
		{"admin and log", minimal + "admin: {listen: 8080}\nlog: {level: loud, format: xml}\n", `
4:17: admin.listen: must be host:port, like 127.0.0.1:8080, or none
5:14: log.level: must be debug or info or warn or error
5:28: log.format: must be text or json`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, err := Parse([]byte(tt.text), env, files)
			var faults Faults
			if !errors.As(err, &faults) {
				t.Fatalf("err = %v, want Faults", err)
			}
			if got, want := faults.Error(), strings.TrimPrefix(tt.want, "\n"); got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
			if !reflect.DeepEqual(c, Config{}) {
				t.Error("a faulty file yields no configuration")
			}
			if strings.Contains(err.Error(), "s3cr3t") {
				t.Error("a secret stands in a fault")
			}
		})
	}
}

func TestLoadNamesTheFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "tieline.yaml")
	if err := os.WriteFile(path, []byte(minimal+"typo: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(path)
	if want := path + ":4:1: typo: unknown key"; err == nil || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("got %v, want %s", err, want)
	}
	if _, err := Load(path + "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}

// A secret never leaves in writing, whatever it is written with.
func TestSecretIsNeverPrinted(t *testing.T) {
	const value = "s3cr3t"
	c := Default()
	c.NATS.Password = value
	c.Trunks["pbx"] = Trunk{Password: value}
	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%t"} {
		fmt.Fprintf(&out, verb, c)
		fmt.Fprintf(&out, verb, c.NATS.Password)
	}
	for _, h := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
		slog.New(h).Info("x", "secret", c.NATS.Password, "config", c)
	}
	if err := json.NewEncoder(&out).Encode(c); err != nil {
		t.Fatal(err)
	}
	if text := out.String(); strings.Contains(text, value) || strings.Contains(text, fmt.Sprintf("%x", value)) || !strings.Contains(text, masked) {
		t.Errorf("printed: %s", text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(minimal)
	f.Add(readExample(f))
	f.Add("a: &a [*a]\n? b\n: !!str c\n<<: *a\n")
	f.Add("sip: {listen: [1, {}, [], null, ~, .nan, 0x1f, 1e9]}\ntrunks: {? [a] : b}\n")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := Parse([]byte(text), env, files)
		var faults Faults
		if err != nil && !errors.As(err, &faults) {
			t.Fatalf("%T is not Faults", err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Column < 1 || fault.Message == "" {
				t.Fatalf("fault without a place: %+v", fault)
			}
		}
		if err == nil && (len(c.Trunks) == 0 || len(c.ChannelGroups) == 0 || c.Processor.ID == "") {
			t.Fatalf("accepted without what is required: %+v", c)
		}
	})
}
