package sip

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"slices"
	"strings"
)

// TLS is what our side of TLS connections shows and demands. Its files are PEM; one that changes counts from the next
// connection on, and where its new content makes no sense, the old one goes on counting.
type TLS struct {
	// ServerName is the name that the certificate of a trunk has to have. Default: the host of its Domain
	// (https://www.rfc-editor.org/rfc/rfc5922#section-7).
	ServerName string
	// CAFile has the authorities that the peer's certificate has to come from. Default: of a trunk, those of this machine;
	// of those who connect, no certificate is demanded.
	CAFile string
	// CertFile and KeyFile are our certificate, with what leads to its authority, and its key.
	CertFile, KeyFile string
	// MinVersion is the oldest version that is spoken: tls.VersionTLS12 (default) or tls.VersionTLS13. Those before are
	// not to be used any more (https://www.rfc-editor.org/rfc/rfc8996).
	MinVersion uint16
}

// secured is a TLS with what its files say.
type secured struct {
	set   TLS
	own   *watched[*tls.Certificate] // nil: we show none
	roots *watched[*x509.CertPool]   // nil: see TLS.CAFile
}

func newSecured(set TLS, log *slog.Logger) (*secured, error) {
	s := &secured{set: set}
	if s.set.MinVersion == 0 {
		s.set.MinVersion = tls.VersionTLS12
	}
	if s.set.MinVersion < tls.VersionTLS12 {
		return nil, errors.New("TLS before 1.2 is not spoken")
	}
	if (set.CertFile == "") != (set.KeyFile == "") {
		return nil, errors.New("a certificate and its key need each other")
	}
	var err error
	if set.CertFile != "" {
		if s.own, err = watch(log, parsePair, set.CertFile, set.KeyFile); err != nil {
			return nil, err
		}
	}
	if set.CAFile != "" {
		s.roots, err = watch(log, parseRoots, set.CAFile)
	}
	return s, err
}

func parsePair(texts [][]byte) (*tls.Certificate, error) {
	pair, err := tls.X509KeyPair(texts[0], texts[1])
	return &pair, err
}

func parseRoots(texts [][]byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(texts[0]) {
		return nil, errors.New("has no certificate")
	}
	return pool, nil
}

// client makes a connection of ours safe.
func (s *secured) client(conn net.Conn) *tls.Conn {
	cfg := &tls.Config{
		ServerName: s.set.ServerName, MinVersion: s.set.MinVersion, VerifyConnection: s.verify,
		InsecureSkipVerify: true, // verify does more: crypto/tls knows no sip: names
	}
	if s.own != nil {
		own := s.own.get()
		cfg.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own, nil }
	}
	return tls.Client(conn, cfg)
}

// server makes one safe that a peer has made. Its handshake is that of the first read.
func (s *secured) server(conn net.Conn) *tls.Conn {
	cfg := &tls.Config{
		MinVersion: s.set.MinVersion, Certificates: []tls.Certificate{*s.own.get()},
		SessionTicketsDisabled: true, // whoever comes back is looked at again
	}
	if s.roots != nil {
		cfg.ClientAuth, cfg.ClientCAs = tls.RequireAndVerifyClientCert, s.roots.get()
	}
	return tls.Server(conn, cfg)
}

var errOtherName = errors.New("certificate for another name")

// verify looks at a trunk's certificate (https://www.rfc-editor.org/rfc/rfc5922#section-7.1). Wildcards are taken, against
// section 7.2, as carriers have them.
func (s *secured) verify(state tls.ConnectionState) error {
	leaf := state.PeerCertificates[0]
	opts := x509.VerifyOptions{Intermediates: x509.NewCertPool()}
	if s.roots != nil {
		opts.Roots = s.roots.get()
	}
	for _, c := range state.PeerCertificates[1:] {
		opts.Intermediates.AddCert(c)
	}
	if _, err := leaf.Verify(opts); err != nil {
		return err
	}
	for _, uri := range leaf.URIs {
		if sipDomain(uri, s.set.ServerName) {
			return nil
		}
	}
	if leaf.VerifyHostname(s.set.ServerName) != nil {
		return errOtherName
	}
	return nil
}

// sipDomain reports whether a URI of a certificate names a domain and nobody in it.
func sipDomain(uri *url.URL, domain string) bool {
	return strings.EqualFold(uri.Scheme, "sip") && strings.EqualFold(uri.Opaque, domain)
}

// sameTLS finds trunks of which one would get the other's connections: those are told apart by address alone.
func sameTLS(trunks []Trunk) error {
	at := map[string]*Trunk{}
	for i := range trunks {
		t := &trunks[i]
		if t.Transport != secure {
			continue
		}
		first := at[t.nextHop()]
		if first == nil {
			at[t.nextHop()] = t
		} else if first.TLS != t.TLS {
			return fmt.Errorf("sip: trunks %q and %q: different TLS settings for one address", first.Name, t.Name)
		}
	}
	return nil
}

// certify reads the certificates of listeners and trunks.
func (u *UserAgent) certify() error {
	var err error
	if slices.ContainsFunc(u.cfg.Listen, func(l Listen) bool { return l.Network == secure }) {
		if u.cfg.TLS.CertFile == "" {
			return errors.New("sip: tls: a listener needs a certificate")
		}
		if u.shown, err = newSecured(u.cfg.TLS, u.cfg.Log); err != nil {
			return fmt.Errorf("sip: tls: %w", err)
		}
	}
	for i := range u.cfg.Trunks {
		t := &u.cfg.Trunks[i]
		if u.secured[t.Name], err = newSecured(t.TLS, u.cfg.Log); err != nil {
			return fmt.Errorf("sip: trunk %q: tls: %w", t.Name, err)
		}
	}
	return nil
}

// noTLS is for connections that sipgo would make by itself, when ours has just broken: none of them is safe.
func noTLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: x509.NewCertPool()}
}
