//go:build interop

package interop

import (
	"testing"
	"time"
)

// natsURL is where the gateway's embedded server listens for bridges.
const natsURL = "nats://127.0.2.1:4222"

const gatewayConfig = `
processor:
  id: acme
  drain-timeout: 1s
  limits: {channels: 5000}
nats:
  embedded:
    dir: @{.Dir}/data
    listen: 127.0.2.1:4222
sip:
@{- if .TLS}
  listen: [udp://127.0.2.1:5060, tls://127.0.2.1:5061]
  tls: {cert-file: @{.TLS.Ours.CertFile}, key-file: @{.TLS.Ours.KeyFile}, client-ca-file: @{.TLS.ClientCA}}
@{- else if .IPv6}
  listen: ["udp://[::1]:5060"]
@{- else}
  listen: [udp://127.0.2.1:5060, tcp://127.0.2.1:5060]
@{- end}
  registrar: peer
@{- if .HEP}
  hep: @{.HEP}
@{- end}
@{- if .DNS}
  dns: {servers: ["@{.DNS}"]}
@{- end}
trunks:
  peer:
    address: "@{.Peer}"
    transport: @{.Transport}
@{- if .TLS}
    tls:
      ca-file: @{.TLS.CA}
@{- if .TLS.ServerName}
      server-name: @{.TLS.ServerName}
@{- end}
@{- if .TLS.Shown}
      cert-file: @{.TLS.Ours.CertFile}
      key-file: @{.TLS.Ours.KeyFile}
@{- end}
@{- end}
    username: tieline
    password: @{.Password}
    trusted: true
@{- if .Challenge}
    challenge: true
    challenge-algorithms: [MD5]
@{- end}
@{- if .SIPS}
    sips: true
@{- end}
@{- if .Account}
    register: @{.Account}
    registrations-per-second: 500
@{- end}
@{- if .Proxy}
    outbound-proxy: @{.Proxy}
@{- end}
@{- if .Probe}
    probe: @{.Probe}
@{- end}
@{- if .Identity}
    identity: @{.Identity}
@{- end}
@{- if .HeadersIn}
    headers-in: @{.HeadersIn}
@{- end}
@{- if .Transfer}
    transfer: @{.Transfer}
@{- end}
@{- if .Redirects}
    redirects: 1
    redirect-hosts: @{.Redirects}
@{- end}
@{- if .DTMF}
    dtmf: @{.DTMF}
@{- end}
channel-groups:
  sales:
    trunks: [peer]
@{- if .Registration}
    login: register
    registration: @{.Registration}
@{- end}
@{- if .CallerID}
    caller-id: @{.CallerID}
@{- end}
@{- if .Country}
    destinations: {country: @{.Country}}
@{- end}
@{- if .Station}
    station: @{.Station}
@{- end}
@{- if .Ringback}
    ringback: @{.Ringback}
@{- end}
@{- if .Interactions}
    max-interactions: @{.Interactions}
@{- end}
@{- if .Conference}
    conference: @{.Conference}
@{- end}
    dial:
      ring-timeout: @{.RingTimeout}
admin:
  listen: @{.Admin}
`

// gateway is the program under test with one trunk, named peer, in one group, named sales.
type gateway struct {
	Peer         string        // host:port of the trunk
	Transport    string        // of the trunk; "": udp
	TLS          *safety       // nil: nothing of it
	IPv6         bool          // it listens there alone
	Password     string        // for the digest of user tieline; "": the right one
	Transfer     string        // of the trunk; "": join
	Redirects    string        // hosts that the trunk may redirect to, as the configuration has them; "": none
	DTMF         string        // of the trunk; "": info
	RingTimeout  time.Duration // 0: longer than any test
	Station      string        // of the group, as the configuration has it; "": none
	Ringback     string        // of the group; "": local
	Interactions int           // at a time, of a channel; 0: one
	Conference   string        // of the group; "": none
	Country      string        // of the group; "": none
	Probe        string        // of the trunk, as the configuration has it; "": none
	Identity     string        // of the trunk, as the configuration has it; "": none
	HeadersIn    string        // of the trunk, as the configuration has it; "": none
	CallerID     string        // of the group, as the configuration has it; "": none
	HEP          string        // as the configuration has it; "": none
	Admin        string        // host:port; "": none
	Account      string        // of the trunk at its registrar; "": none
	Proxy        string        // of the trunk; "": none
	Registration string        // of the group's end-points, as the configuration has it; "": none
	Challenge    bool          // of callers
	SIPS         bool          // of all URIs
	DNS          string        // host:port of the server that knows where Peer is; "": the machine's
	Dir          string        // set by start
}

// start runs the gateway until the test ends. It is ready when it answers an agent.
func (g gateway) start(t *testing.T) *process {
	t.Helper()
	if g.Transport == "" {
		g.Transport = "udp"
	}
	if g.Password == "" {
		g.Password = "secrettieline"
	}
	if g.RingTimeout == 0 {
		g.RingTimeout = time.Minute
	}
	if g.Admin == "" {
		g.Admin = "none"
	}
	g.Dir = dir(t)
	return start(t, "tieline", env(t, "TIELINE"), "run", "-c", fill(t, "tieline.yaml", gatewayConfig, g))
}
