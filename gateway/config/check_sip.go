package config

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

func (k *checker) sip(s SIP, trunks map[string]Trunk) {
	if _, known := trunks[s.Registrar]; s.Registrar != "" && !known {
		k.wrong("sip.registrar", "there is no trunk of this name: add it to trunks or correct the name")
	}
	if len(s.Listen) == 0 {
		k.wrong("sip.listen", "is empty: list at least one address, like udp://0.0.0.0:5060")
	}
	seen := map[ListenURL]bool{}
	for i, l := range s.Listen {
		at := indexed("sip.listen", i)
		if seen[l] {
			k.wrong(at, "stands here a second time: keep one")
		}
		seen[l] = true
		k.listener(at, l)
	}
	k.advertised("sip.advertise", s.Advertise)
	k.advertised("sip.advertise-ipv6", s.AdvertiseIPv6)
	if host, _ := splitHost(s.AdvertiseIPv6); strings.Trim(host, "0123456789.") == "" && host != "" {
		k.wrong("sip.advertise-ipv6", "is an IPv4 address: that belongs into sip.advertise")
	}
	k.listenTLS(s)
	for i, server := range s.DNS.Servers {
		if _, ok := parseServer(server); !ok {
			k.wrong(indexed("sip.dns.servers", i), "must be an IP address, with or without a port, like 192.0.2.53")
		}
	}
	if k.required("sip.user-agent", s.UserAgent, "name the product, like tieline") {
		k.printable("sip.user-agent", s.UserAgent)
	}
	k.duration("sip.hold-down", s.HoldDown, 0, time.Hour)
	k.duration("sip.max-hold-down", s.MaxHoldDown, time.Second, 24*time.Hour)
}

func (k *checker) listener(path string, l ListenURL) {
	transport, address := l.Split()
	addr, err := netip.ParseAddrPort(address)
	known := transport == UDP || transport == TCP || transport == TLS
	if !known || err != nil || addr.Port() == 0 || addr.Addr().Is4In6() || addr.Addr().Zone() != "" {
		k.wrong(path, "must be udp://, tcp:// or tls:// with an IP address and a port, like udp://0.0.0.0:5060 or \"udp://[::]:5060\"")
	}
}

// advertised checks how peers reach us.
func (k *checker) advertised(path, s string) {
	if s == "" {
		return
	}
	k.hostPort(path, s)
	if host, _ := splitHost(s); host == "0.0.0.0" || host == "[::]" {
		k.wrong(path, "is no address that a peer could answer to: name the host or address at which the PBX reaches this gateway")
	}
}

// trunk returns t with its secret.
func (k *checker) trunk(path, name string, t Trunk, s SIP) Trunk {
	k.id(path, name)
	if k.required(path+".address", t.Address, "give the host or host:port of the SIP peer") {
		k.hostPort(path+".address", t.Address)
	}
	oneOf(k, path+".transport", t.Transport, UDP, TCP, TLS, Auto)
	k.identity(path+".identity", t)
	k.headersIn(path+".headers-in", t.HeadersIn)
	oneOf(k, path+".dtmf", t.DTMF, DTMFInfo, DTMFRTP, DTMFNone)
	oneOf(k, path+".transfer", t.Transfer, TransferRefer, TransferJoin)
	k.trunkLimits(path, t)
	k.account(path, t)
	k.trunkTLS(path, t)
	if t.Transport == UDP && !k.answered(t.Address, s.Listen) {
		k.wrong(path+".transport", "is udp, but sip.listen has no udp:// address for the answers: add one")
	}
	if t.Domain != "" {
		k.hostPort(path+".domain", t.Domain)
	}
	t.Password = k.secret(path+".password", t.Password, path+".password-file", t.PasswordFile)
	k.printable(path+".username", t.Username)
	if t.Username == "" && t.Password != "" {
		k.wrong(k.either(path+".password", path+".password-file"), "has no user: add username")
	}
	if t.Username != "" && t.Password == "" {
		k.wrong(path+".username", "has no password: add password or password-file")
	}
	return t
}

// answered reports that there is a udp:// address for an address' answers, or might be: one that is faulty has its fault.
func (k *checker) answered(address string, listen []ListenURL) bool {
	for i, l := range listen {
		transport, _ := l.Split()
		if l.answers(address) || transport != TCP && transport != TLS && slices.Contains(k.broken, indexed("sip.listen", i)) {
			return true
		}
	}
	return false
}

// trunkLimits checks what bounds a trunk's calls, and how it is probed.
func (k *checker) trunkLimits(path string, t Trunk) {
	k.limits(path+".limits", t.Limits)
	k.number(path+".redirects", t.Redirects, 0, 3)
	for i, host := range t.RedirectHosts {
		k.hostPort(indexed(path+".redirect-hosts", i), host)
	}
	oneOf(k, path+".prack", t.Prack, PrackOff, PrackSupported, PrackRequired)
	k.sessionTimer(path+".session-timer", t.SessionTimer)
	k.duration(path+".progress-timeout", t.ProgressTimeout, 0, 3*time.Minute)
	k.duration(path+".ring-timeout", t.RingTimeout, 0, time.Hour)
	for i, code := range t.StopCodes {
		k.number(indexed(path+".stop-codes", i), code, 300, 699)
		if slices.Contains(t.StopCodes[:i], code) {
			k.wrong(indexed(path+".stop-codes", i), "stands here a second time: keep one")
		}
	}
	p := t.Probe
	if p.Interval != 0 {
		k.duration(path+".probe.interval", p.Interval, time.Second, time.Hour)
	}
	k.duration(path+".probe.timeout", p.Timeout, 100*time.Millisecond, 32*time.Second)
	if p.Interval > 0 && p.Timeout > p.Interval {
		k.wrong(path+".probe.timeout", "must not be longer than interval (%s)", short(p.Interval))
	}
	k.number(path+".probe.down-after", p.DownAfter, 1, 100)
	k.number(path+".probe.up-after", p.UpAfter, 1, 100)
}

// hostPort takes host and host:port.
func (k *checker) hostPort(path, s string) {
	host, rest := splitHost(s)
	port, hasPort := strings.CutPrefix(rest, ":")
	bare, _ := netip.ParseAddr(s)
	switch scheme := strings.ToLower(host); {
	case bare.Is6():
		k.wrong(path, "is an IPv6 address: put it in brackets and quotes, like \"[2001:db8::7]\"")
	case (scheme == "sip" || scheme == "sips") && !validPort(port), strings.HasPrefix(port, "//"):
		k.wrong(path, "must be a host or host:port alone: remove %s:", host)
	case !validHost(host) || rest != "" && !hasPort:
		k.wrong(path, "must be a host or host:port, like pbx.example.com or 192.0.2.7:5060")
	case hasPort && !validPort(port):
		k.wrong(path, "must have a port from 1 to 65535")
	}
}

// optionalAddress takes host:port and "none"; it returns the host when there is one.
func (k *checker) optionalAddress(path, s string) (string, bool) {
	if s == None {
		return "", false
	}
	host, port, _ := strings.Cut(s, ":")
	if !validHost(host) || !validPort(port) {
		k.wrong(path, "must be host:port, like 127.0.0.1:8080, or none")
		return "", false
	}
	return host, true
}

func validPort(s string) bool {
	n, err := strconv.Atoi(s)
	return err == nil && n >= 1 && n <= 65535 && strconv.Itoa(n) == s
}

// splitHost parts a host, an IPv6 address with its brackets, from what follows: a colon and a port, or nothing.
func splitHost(s string) (host, rest string) {
	end := strings.IndexByte(s, ':')
	if strings.HasPrefix(s, "[") {
		end = strings.IndexByte(s, ']') + 1
	}
	if end < 0 {
		return s, ""
	}
	return s[:end], s[end:]
}

// validHost tells whether s is a host name, an IPv4 address or an IPv6 address in brackets; something that looks like an
// IPv4 address has to be one.
func validHost(s string) bool {
	if inner, ok := strings.CutPrefix(s, "["); ok {
		ip, err := netip.ParseAddr(strings.TrimSuffix(inner, "]"))
		return err == nil && ip.Is6() && ip.Zone() == "" && strings.HasSuffix(inner, "]")
	}
	if strings.Trim(s, "0123456789.") == "" {
		ip, err := netip.ParseAddr(s)
		return err == nil && ip.Is4()
	}
	const allowed = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-"
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || len(label) > 63 || strings.Trim(label, allowed) != "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
	}
	return len(s) <= 253
}
