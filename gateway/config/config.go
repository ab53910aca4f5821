package config

import (
	"net/netip"
	"strings"
	"time"
)

// Config is the whole file. Every field carries its key in the yaml tag; what each key means
// to an operator is written in deploy/tieline.example.yaml, and a test keeps both complete.
type Config struct {
	Processor     Processor               `yaml:"processor"`
	NATS          NATS                    `yaml:"nats"`
	SIP           SIP                     `yaml:"sip"`
	Trunks        map[string]Trunk        `yaml:"trunks"`
	ChannelGroups map[string]ChannelGroup `yaml:"channel-groups"`
	Admin         Admin                   `yaml:"admin"`
	Log           Log                     `yaml:"log"`
}

// Processor names the gateway on the bus: subjects are <prefix>.<id>.to.> and .from.>
// (docs/protocol.md §2).
type Processor struct {
	ID     string `yaml:"id"`
	Prefix string `yaml:"prefix"`
	// DrainTimeout bounds how long calls may go on after the first signal to stop.
	DrainTimeout time.Duration   `yaml:"drain-timeout"`
	Limits       ProcessorLimits `yaml:"limits"`
}

// ProcessorLimits protect the gateway from a bridge that asks for too much; what is refused because
// of them says so (docs/protocol.md §2, LIMIT_EXCEEDED).
type ProcessorLimits struct {
	Sessions int `yaml:"sessions"`
	Channels int `yaml:"channels"` // in each channel group of a session
	// PendingRequests may be unanswered on each channel, and as many credentials checked at a time.
	PendingRequests int  `yaml:"pending-requests"`
	Body            Size `yaml:"body"` // of a query or request
}

// NATS is the bus: an external server when URL is set, otherwise one in this process.
type NATS struct {
	// URL is one address or several separated by commas; it never contains credentials.
	URL      string   `yaml:"url"`
	Embedded Embedded `yaml:"embedded"`

	// User and Password, or Token, are presented to the external server; with the embedded
	// server they are what it demands of everybody who connects through its listener.
	User         string `yaml:"user"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password-file"`
	Token        Secret `yaml:"token"`
	TokenFile    string `yaml:"token-file"`
	// CredentialsFile is a NATS .creds file (JWT and seed), for an external server only.
	CredentialsFile string `yaml:"credentials-file"`
	// NKeyFile is a NATS nkey seed file, for an external server only.
	NKeyFile string `yaml:"nkey-file"`
	// CAFile is a PEM file with the authorities of an external server's certificate.
	CAFile string `yaml:"ca-file"`
	// Replicas of the stream and the ledger in an external cluster.
	Replicas int `yaml:"replicas"`

	Retention Retention `yaml:"retention"`
	// LedgerTTL is how long a requestId keeps naming its one effect, at least 24 h
	// (docs/protocol.md §3).
	LedgerTTL time.Duration `yaml:"ledger-ttl"`
}

// IsEmbedded tells whether the NATS server runs in this process.
func (n NATS) IsEmbedded() bool { return n.URL == "" }

// Embedded is the NATS server in this process.
type Embedded struct {
	Dir string `yaml:"dir"`
	// Listen is host:port for bridges; "none" keeps the server inside the process.
	Listen string `yaml:"listen"`
	// SyncAlways has every write on the disk before it counts.
	SyncAlways bool `yaml:"sync-always"`
}

// Retention limits the stream of responses and events, whichever limit is met first.
type Retention struct {
	Age  time.Duration `yaml:"age"`
	Size Size          `yaml:"size"`
}

// SIP is the gateway's own side of the telephone system.
type SIP struct {
	Listen []ListenURL `yaml:"listen"`
	// Advertise is host or host:port as peers reach this gateway; it goes into Via and Contact.
	// Empty: the listening address, or the local address towards the first trunk.
	Advertise string `yaml:"advertise"`
	// AdvertiseIPv6 is what IPv6 peers are told instead; empty: Advertise, unless that is an IPv4 address.
	AdvertiseIPv6 string    `yaml:"advertise-ipv6"`
	TLS           ListenTLS `yaml:"tls"`
	UserAgent     string    `yaml:"user-agent"`
	// HoldDown is how long a trunk is passed over after silence or a transport failure;
	// MaxHoldDown limits what a peer's Retry-After can ask for.
	HoldDown    time.Duration `yaml:"hold-down"`
	MaxHoldDown time.Duration `yaml:"max-hold-down"`
	DNS         DNS           `yaml:"dns"`
	// Registrar is the trunk whose registrar checks credentials; empty: nobody does.
	Registrar string `yaml:"registrar"`
	// HEP is who is told about every SIP message.
	HEP HEP `yaml:"hep"`
}

// DNS is who knows where trunks are.
type DNS struct {
	// Servers are asked in this order: addresses, with a port where it is not 53. None: those of /etc/resolv.conf.
	Servers []string `yaml:"servers"`
}

// Addresses are the servers of a checked DNS.
func (d DNS) Addresses() []netip.AddrPort {
	var all []netip.AddrPort
	for _, s := range d.Servers {
		addr, ok := parseServer(s)
		if ok {
			all = append(all, addr)
		}
	}
	return all
}

func parseServer(s string) (netip.AddrPort, bool) {
	if ip, err := netip.ParseAddr(s); err == nil {
		return netip.AddrPortFrom(ip, 53), true
	}
	addr, err := netip.ParseAddrPort(s)
	return addr, err == nil && addr.Port() != 0
}

// ListenURL is udp://host:port, tcp://host:port or tls://host:port.
type ListenURL string

// Trunk is a SIP peer.
type Trunk struct {
	// Address is a name whose SRV records, or else A and AAAA records, say where the trunk is; or name:port, or an IP
	// address, with a port where it is not 5060, or 5061 with TLS.
	Address   string    `yaml:"address"`
	Transport Transport `yaml:"transport"`
	TLS       TrunkTLS  `yaml:"tls"`
	// SIPS makes all addresses of a call sips: ones: every hop has to be secure.
	SIPS bool `yaml:"sips"`
	// KeepAlive is how often connections are pinged, and NATs reminded; 0: never.
	KeepAlive time.Duration `yaml:"keep-alive"`
	// AnswerToSource sends what belongs to a call to where the peer's messages come from.
	AnswerToSource bool `yaml:"answer-to-source"`
	// Domain is the host (or host:port) of Request-URI, From and To; empty: that of Address.
	Domain       string `yaml:"domain"`
	Username     string `yaml:"username"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password-file"`
	// OutboundProxy is a host or host:port that everything goes to instead of Address, but for requests inside of calls.
	OutboundProxy string `yaml:"outbound-proxy"`
	// Register is the trunk's own account.
	Register Account `yaml:"register"`
	// RegistrationsPerSecond is how fast registrations follow each other.
	RegistrationsPerSecond int `yaml:"registrations-per-second"`
	// Challenge demands Username and Password of the peer, too.
	Challenge bool `yaml:"challenge"`
	// ChallengeAlgorithms are those that it may answer with, in this order.
	ChallengeAlgorithms []string `yaml:"challenge-algorithms"`
	// UDPOnly fails a request that is too long for UDP instead of sending it over TCP.
	UDPOnly bool `yaml:"udp-only"`
	// Trusted tells whether what the trunk asserts about callers is believed
	// (https://www.rfc-editor.org/rfc/rfc3325#section-2.3).
	Trusted bool `yaml:"trusted"`
	// Identity is how the peer is told who calls.
	Identity Identity `yaml:"identity"`
	// HeadersIn are the headers of the peer's INVITEs, and of its answers to ours, that become interaction data.
	HeadersIn []string `yaml:"headers-in"`
	// TraceParent has the trace of a call cross to the peer and come from there (https://www.w3.org/TR/trace-context/).
	TraceParent bool `yaml:"traceparent"`
	// DTMF is how digits are sent.
	DTMF DTMF `yaml:"dtmf"`
	// Transfer is how calls of the trunk are passed on.
	Transfer Transfer `yaml:"transfer"`
	// ProgressTimeout and RingTimeout count where they are shorter than the group's; 0: the group's.
	ProgressTimeout time.Duration `yaml:"progress-timeout"`
	RingTimeout     time.Duration `yaml:"ring-timeout"`
	// StopCodes are final statuses after which no other trunk is tried, beyond those that never allow it.
	StopCodes []int `yaml:"stop-codes"`
	// Redirects is how many redirections of a call are followed, RedirectHosts where to besides the trunk itself.
	Redirects     int      `yaml:"redirects"`
	RedirectHosts []string `yaml:"redirect-hosts"`
	Limits        Limits   `yaml:"limits"`
	Probe         Probe    `yaml:"probe"`
	Prack         Prack    `yaml:"prack"`
	// SessionTimer ends calls whose peer has died.
	SessionTimer SessionTimer `yaml:"session-timer"`
}

// Probe is how it is found out by OPTIONS whether a trunk is up.
type Probe struct {
	Interval  time.Duration `yaml:"interval"` // 0: it is not
	Timeout   time.Duration `yaml:"timeout"`
	DownAfter int           `yaml:"down-after"` // OPTIONS without an answer
	UpAfter   int           `yaml:"up-after"`   // answers
}

// DTMF is a way to send digits.
type DTMF string

// The ways.
const (
	DTMFInfo DTMF = "info" // SIP INFO, application/dtmf-relay
	DTMFRTP  DTMF = "rtp"  // telephone-events, https://www.rfc-editor.org/rfc/rfc4733
	DTMFNone DTMF = "none"
)

// Transport is how a trunk is reached.
type Transport string

// The transports.
const (
	UDP Transport = "udp"
	TCP Transport = "tcp"
	TLS Transport = "tls"
	// Auto leaves it to DNS: NAPTR records, or which SRV records there are.
	Auto Transport = "auto"
)

// ChannelGroup holds what its channels may do.
type ChannelGroup struct {
	Trunks       GroupTrunks  `yaml:"trunks"`
	Destinations Destinations `yaml:"destinations"`
	CallerID     CallerID     `yaml:"caller-id"`
	// Headers are the SIP header names that a dial may set.
	Headers []string `yaml:"headers"`
	// MaxInteractions is the number of live interactions per channel.
	MaxInteractions int    `yaml:"max-interactions"`
	Limits          Limits `yaml:"limits"`
	Dial            Dial   `yaml:"dial"`
	// WrapUp completes an ended interaction by itself after this time; 0: never.
	WrapUp time.Duration `yaml:"wrap-up"`
	// WrapUpLimit completes what nobody completed.
	WrapUpLimit time.Duration `yaml:"wrap-up-limit"`
	// KeepCallsAtLogout lets the calls of an agent go on who logs out.
	KeepCallsAtLogout bool `yaml:"keep-calls-at-logout"`
	// Login is what it takes to log an end-point in; Registration is how, where that is to register it.
	Login        Login        `yaml:"login"`
	Registration Registration `yaml:"registration"`
	// Station is the agents' own phones; without one, calls are parked at the telephone system.
	Station Station `yaml:"station"`
	// Ringback is what they hear while a callee rings.
	Ringback Ringback `yaml:"ringback"`
	// Conference is a room of the telephone system, sip:USER@TRUNK, in which {id} is new for each conference and
	// {end-point} the channel's; empty: none.
	Conference string `yaml:"conference"`
}

// Destinations says what may be dialled; package dialplan gives the keys their meaning.
type Destinations struct {
	Country      string       `yaml:"country"`       // ISO 3166, for national numbers; empty: none
	NumberFormat NumberFormat `yaml:"number-format"` // how numbers are sent
	Extensions   string       `yaml:"extensions"`    // "N digits", "N-M digits", "/regexp/", "none"
	Codes        bool         `yaml:"codes"`         // *21#
	SIPURIs      SIPURIs      `yaml:"sip-uris"`
	Allow        []string     `yaml:"allow"` // prefixes or /regexps/; empty: everything
	Deny         []string     `yaml:"deny"`  // wins over Allow
}

// NumberFormat is how a telephone number is written for the trunk.
type NumberFormat string

// The number formats.
const (
	E164      NumberFormat = "e164"
	National  NumberFormat = "national"
	AsDialled NumberFormat = "as-dialled" // of callees only
	AsGiven   NumberFormat = "as-given"   // of callers only
	Digits    NumberFormat = "digits"     // of callers only: e164 without +
)

// SIPURIs opens the group for sip: URIs.
type SIPURIs struct {
	Allow bool     `yaml:"allow"`
	Hosts []string `yaml:"hosts"` // host or host:port, exactly
}

// CallerID is what the callee sees.
type CallerID struct {
	Number        string `yaml:"number"` // empty: the channel's end-point
	Name          string `yaml:"name"`
	Anonymous     bool   `yaml:"anonymous"`      // withheld from the callee
	AllowOverride bool   `yaml:"allow-override"` // whether a dial may bring its own
}

// Limits protect the telephone system; 0 means unlimited.
type Limits struct {
	CallsPerSecond int `yaml:"calls-per-second"`
	Concurrent     int `yaml:"concurrent"`
}

// Dial holds the deadlines of docs/protocol.md §7.4.
type Dial struct {
	SuccessOn       SuccessOn     `yaml:"success-on"`
	ProgressTimeout time.Duration `yaml:"progress-timeout"`
	RingTimeout     time.Duration `yaml:"ring-timeout"`
	// MaxTimeout caps the request's timeout and stands in for a missing one.
	MaxTimeout time.Duration `yaml:"max-timeout"`
}

// SuccessOn is the point at which a dial is answered with SUCCESS.
type SuccessOn string

// The success points.
const (
	OnProgress SuccessOn = "progress"
	OnAnswer   SuccessOn = "answer"
)

// Admin is the HTTP listener for health and readiness.
type Admin struct {
	Listen string `yaml:"listen"` // host:port; "none": no listener
}

// Log is the process's own log, on standard error.
type Log struct {
	Level  LogLevel  `yaml:"level"`
	Format LogFormat `yaml:"format"`
}

// LogLevel is the least level that is written.
type LogLevel string

// LogFormat is the log's form.
type LogFormat string

// The log levels and formats.
const (
	Debug LogLevel  = "debug"
	Info  LogLevel  = "info"
	Warn  LogLevel  = "warn"
	Error LogLevel  = "error"
	Text  LogFormat = "text"
	JSON  LogFormat = "json"
)

// None switches off what has a default (admin.listen, nats.embedded.listen, extensions).
const None = "none"

// answers tells whether the answers of a trunk can come here by UDP: whether it is of the same family of addresses, as far as
// that is known.
func (l ListenURL) answers(trunk string) bool {
	transport, address := l.Split()
	v6 := strings.HasPrefix(address, "[")
	host, _ := splitHost(trunk)
	literal := strings.HasPrefix(host, "[") || strings.Trim(host, "0123456789.") == ""
	return transport == UDP && (!literal || v6 == strings.HasPrefix(host, "["))
}

// Split returns the transport and the host:port of a checked ListenURL.
func (l ListenURL) Split() (Transport, string) {
	scheme, address, _ := strings.Cut(string(l), "://")
	return Transport(scheme), address
}
