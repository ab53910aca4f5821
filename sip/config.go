package sip

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/locate"
	"tieline/sip/media"
	"tieline/sip/resolve"
	"tieline/sip/trunk"
)

// Config is all a user agent needs. Only Trunks, and Listen or PacketConn, are required.
type Config struct {
	// Listen says where requests come in and, for UDP, where they leave from. The first of a network and family of addresses
	// is the one used.
	Listen []Listen
	// PacketConn is an open UDP-like socket, used before any of Listen. The user agent closes it.
	PacketConn net.PacketConn
	// Advertise is the host, or host:port, that Via and Contact carry. Default: the listening address, or the local
	// address towards the first trunk where that is a wildcard.
	Advertise string
	// AdvertiseIPv6 is what IPv6 peers are told instead. Default: Advertise, where it is no IPv4 address.
	AdvertiseIPv6 string
	// TLS is what those who connect by TLS are shown; its CAFile makes them show a certificate, too.
	TLS TLS
	// Trunks in order of preference. Their names are unique.
	Trunks []Trunk
	// Hold is for how long a trunk is left alone after a transport failure or silence; MaxHold limits what a Retry-After
	// can ask for. 0: none, and no limit.
	Hold, MaxHold time.Duration
	// Grace bounds the clean-up after Run's context has ended: BYE, CANCEL and their answers. Default 4 s.
	Grace time.Duration
	// Product is the User-Agent header. Default "tieline".
	Product string
	// Log gets warnings without addresses of record, numbers or secrets. Default: none.
	Log *slog.Logger
	// Locate finds the ways to a target. It must be safe for concurrent use. Default: DNS, as /etc/resolv.conf has it
	// ([resolve.Resolver]).
	Locate func(context.Context, locate.Target, locate.Ability) (locate.Route, error)
	// Incoming, if set, is handed each call that a trunk places and that can be taken: an INVITE outside of any dialog. It
	// is called once per call, perhaps from several goroutines at once, must not block, and returns the function that the
	// call's events are reported to: in order, from one goroutine; that must not block either. nil: such calls are refused
	// with 480.
	Incoming func(*Incoming) (report func(Event))
	// Media, if set, sends the digits of trunks that want them by RTP. Whoever sets it runs it.
	Media *media.Player
	// Ready, if set, is the status that a call would get now, for whoever asks by OPTIONS: 0 where it would be taken, 503 where
	// nobody should send any, which goes with a Retry-After. It is called from many goroutines and must not block. nil: 0.
	Ready func() int
	// Probed, if set, is told what came of each OPTIONS of Trunk.Probe. It must not block.
	Probed func(ProbeResult)
	// Chance is a random number from 0 to n-1: it spreads what must not happen everywhere at once. Default: rand.IntN.
	Chance func(n int) int
	// Trace sees every SIP message at the moment it crosses the socket, retransmissions included. It is called from many
	// goroutines, one at a time, never after Run has returned, and must not block or call back. nil: off, and free.
	Trace func(TraceEvent)
	// Capture sees what Trace sees, and what could not be read, byte for byte. It is called from many goroutines at once,
	// perhaps for moments after Run has returned, may not keep the data, and must not block or call back. nil: off, and free.
	Capture func(Packet)
}

// Listen is one listening socket.
type Listen struct {
	Network string // "udp", "tcp" or "tls"
	Address string // host:port; port 0 chooses one
}

// Trunk is a SIP peer that calls go out through and come in from.
type Trunk struct {
	Name string // how Dial, traces and logs call it
	// Address is an IP address, a name whose SRV records say where the trunk is (https://www.rfc-editor.org/rfc/rfc3263), or,
	// without any or with a port, its A and AAAA records. Names are looked up at start and when their TTL is over. Without a
	// port it is 5060, with TLS 5061.
	Address string
	// Transport is "udp" (default), "tcp", "tls", or "auto", where NAPTR and SRV records decide among those that we listen to.
	// With "tcp" and "tls", listen there as well, or only existing connections reach us.
	Transport string
	Domain    string // host of Request-URI, To and From; default: that of Address, with its port
	// TLS secures connections to the peer. Trunks of one address have the same.
	TLS TLS
	// SIPS makes all URIs of its calls sips: ones, with which every hop has to be secure; only with "tls".
	SIPS bool
	// KeepAlive has each connection to the peer pinged so often (https://www.rfc-editor.org/rfc/rfc5626#section-3.5.1), and
	// made again when there is no pong; over UDP it is what keeps a NAT's binding. 0: never.
	KeepAlive time.Duration
	// AnswerToSource sends requests inside of a call to where the peer's messages come from, whatever its Contact and
	// Record-Route say: for a peer behind a NAT that does not know its own address.
	AnswerToSource bool
	// Username and Password answer digest challenges; no Username, no answer.
	Username, Password string
	// OutboundProxy is a host or host:port that all requests outside of dialogs go to instead of Address, with a Route to
	// it (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.1.1); what comes from the trunk is expected from there. Domain
	// is that of Address.
	OutboundProxy string
	// Register registers the trunk's own account; nil: the trunk knows where we are.
	Register *Account
	// RegistrationsPerSecond is how fast registrations follow each other, however many are due. Default: 50.
	RegistrationsPerSecond int
	// Challenge demands Username and Password of whoever begins something from the trunk's address: calls, OPTIONS and all
	// else outside of dialogs but CANCEL. Otherwise the address is enough.
	Challenge bool
	// ChallengeAlgorithms are those that it may answer with, "SHA-256" and "MD5", each in a challenge of its own in this order.
	// Default: both (https://www.rfc-editor.org/rfc/rfc8760#section-2.4).
	ChallengeAlgorithms []string
	// Trusted says that the peer's word on who is calling counts (P-Asserted-Identity, Remote-Party-ID), and that it keeps
	// to itself what a caller withholds (https://www.rfc-editor.org/rfc/rfc3325#section-2.1). Otherwise From is all there is.
	Trusted bool
	// HeadersIn are the header fields of its INVITEs, and of its 2xx to ours, that are passed on (Invitation.Headers,
	// Answered.Headers).
	HeadersIn []string
	// TraceParent has our INVITEs carry the dial's trace, and those of the peer continue theirs
	// (https://www.w3.org/TR/trace-context/).
	TraceParent bool
	// Identity is how the peer is told who calls.
	Identity Identity
	// FromUser is the user part of From where the dial names no caller. Default: Username, else "anonymous".
	FromUser string
	// UDPOnly fails a request that is too long for UDP instead of sending it over TCP
	// (https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1).
	UDPOnly bool
	// DigitsByRTP has digits sent as telephone-events by RTP (https://www.rfc-editor.org/rfc/rfc4733) in calls whose media are
	// nobody else's, which then have ours, and where the peer takes them; otherwise they go by INFO.
	DigitsByRTP bool
	// Redirects is whether 3xx are followed.
	Redirects Redirects
	// SessionTimer ends calls whose peer has died, and refreshes the others. Zero: off.
	SessionTimer SessionTimer
	// Prack has provisional responses acknowledged.
	Prack Prack
	// ProgressTimeout and RingTimeout are like those of Dial; the shorter one counts. 0: none.
	ProgressTimeout, RingTimeout time.Duration
	// StopCodes are final statuses after which no other trunk is tried, beyond those that never allow it (package trunk).
	StopCodes []int
	// Limits are what the peer bears of ours: a trunk that has no room is passed over.
	Limits trunk.Limits
	// Probe has the peer asked by OPTIONS whether it is there.
	Probe trunk.Probing
}

// Account is a trunk's own account at its registrar, with the trunk's Username and Password. A call for it is for whoever
// was dialled: Invitation.Called is the user of To.
type Account struct {
	User    string        // default: the trunk's Username
	Expires time.Duration // default: an hour
}

// Header is an additional header field of an INVITE.
type Header struct{ Name, Value string }

const (
	defaultGrace                  = 4 * time.Second
	defaultRegistrationsPerSecond = 50
)

func (c *Config) complete() error {
	if c.Grace == 0 {
		c.Grace = defaultGrace
	}
	if c.Chance == nil {
		c.Chance = rand.IntN
	}
	if c.Product == "" {
		c.Product = "tieline"
	}
	if c.Locate == nil {
		c.Locate = resolve.New(resolve.Config{}).Locate
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	errs := []error{c.checkListen()}
	if !safeText(c.Product) {
		errs = append(errs, errors.New("sip: product has a control character"))
	}
	seen := map[string]bool{}
	trunks := make([]Trunk, len(c.Trunks))
	for i, t := range c.Trunks {
		errs = append(errs, t.complete())
		if seen[t.Name] {
			errs = append(errs, fmt.Errorf("sip: trunk %q: named twice", t.Name))
		}
		seen[t.Name] = true
		if t.Transport == udp && !c.hears(t) {
			errs = append(errs, fmt.Errorf("sip: trunk %q: no udp listener of its family of addresses", t.Name))
		}
		trunks[i] = t
	}
	c.Trunks = trunks
	errs = append(errs, sameTLS(trunks))
	return errors.Join(errs...)
}

func (c *Config) checkListen() error {
	if len(c.Listen) == 0 && c.PacketConn == nil {
		return errors.New("sip: nowhere to listen")
	}
	for _, l := range c.Listen {
		if l.Network != udp && l.Network != tcp && l.Network != secure {
			return fmt.Errorf("sip: listen: network %q is neither udp nor tcp nor tls", l.Network)
		}
	}
	return nil
}

// hears reports whether a trunk's responses over UDP can reach us.
func (c *Config) hears(t Trunk) bool {
	if c.PacketConn != nil {
		return true
	}
	host, _, _ := splitAddress(t.Address)
	ip, _ := netip.ParseAddr(host) // of a name nothing is known yet
	for _, l := range c.Listen {
		v6 := strings.HasSuffix(family(l), "6")
		if l.Network == udp && (!ip.IsValid() || ip.Is6() == v6) {
			return true
		}
	}
	return false
}

// completeRegistration is the part of complete that is about registrars and proxies.
func (t *Trunk) completeRegistration(fail func(string) error) error {
	if t.RegistrationsPerSecond <= 0 {
		t.RegistrationsPerSecond = defaultRegistrationsPerSecond
	}
	if t.OutboundProxy != "" {
		if _, _, err := splitAddress(t.OutboundProxy); err != nil {
			return fail("outbound proxy: " + err.Error())
		}
	}
	if t.Challenge && (t.Username == "" || t.Password == "") {
		return fail("challenge needs a user name and a password")
	}
	for _, a := range t.ChallengeAlgorithms {
		if a != "SHA-256" && a != "MD5" {
			return fail("challenge algorithm " + a + " is neither SHA-256 nor MD5")
		}
	}
	if t.Register != nil {
		if _, err := escapeUser(t.accountUser()); err != nil {
			return fail("register: " + err.Error())
		}
	}
	return nil
}

// accountUser is the user of the trunk's own address of record; empty: it has none.
func (t *Trunk) accountUser() string {
	if t.Register == nil {
		return ""
	}
	return cmp.Or(t.Register.User, t.Username)
}

// nextHop is where requests outside of dialogs go.
func (t *Trunk) nextHop() string { return cmp.Or(t.OutboundProxy, t.Address) }

// proxyRoute is the route to the outbound proxy, if there is one.
func (t *Trunk) proxyRoute() []string {
	if t.OutboundProxy == "" {
		return nil
	}
	host, port, _ := splitAddressFor(t.Transport, t.OutboundProxy) // complete has let it through
	uri := gosip.Uri{Scheme: t.scheme(), Host: uriHost(host), UriParams: gosip.HeaderParams{{K: "lr"}}}
	if port != portOf(t.Transport) {
		uri.Port = port
	}
	if t.Transport != udp && t.Transport != auto && !t.SIPS {
		uri.UriParams = append(uri.UriParams, gosip.HeaderKV{K: "transport", V: t.Transport})
	}
	return []string{"<" + uri.String() + ">"}
}

// complete fills in defaults and finds what could not be sent safely.
func (t *Trunk) complete() error {
	fail := func(what string) error { return fmt.Errorf("sip: trunk %q: %s", t.Name, what) }
	if t.Name == "" {
		return errors.New("sip: trunk without name")
	}
	if t.Transport == "" {
		t.Transport = udp
	}
	if !slices.Contains([]string{udp, tcp, secure, auto}, t.Transport) {
		return fail("transport is none of udp, tcp, tls and auto")
	}
	if t.SIPS && t.Transport != secure {
		return fail("sips needs the transport tls")
	}
	if err := t.locate(); err != nil {
		return fail(err.Error())
	}
	if t.FromUser == "" {
		t.FromUser = t.Username
	}
	if t.FromUser == "" {
		t.FromUser = "anonymous"
	}
	if _, err := escapeUser(t.FromUser); err != nil {
		return fail("from user: " + err.Error())
	}
	if err := t.Identity.complete(); err != nil {
		return fail(err.Error())
	}
	if p := t.Probe; p.Interval > 0 && (p.Timeout <= 0 || p.DownAfter < 1 || p.UpAfter < 1) {
		return fail("probe without time-out or thresholds")
	}
	if !safeText(t.Username) {
		return fail("user name has a control character")
	}
	return t.completeRegistration(fail)
}

// locate says what the trunk's domain is where nobody has said so, and whom its certificate has to name.
func (t *Trunk) locate() error {
	host, port, err := splitAddressFor(t.Transport, t.Address)
	if err != nil {
		return err
	}
	if t.Domain == "" {
		t.Domain = uriHost(host)
		if port != portOf(t.Transport) {
			t.Domain = net.JoinHostPort(host, strconv.Itoa(port))
		}
	}
	host, _, err = splitAddress(t.Domain)
	if err != nil {
		return errors.New("domain is not a host")
	}
	if t.TLS.ServerName == "" {
		t.TLS.ServerName = host
	}
	return nil
}
