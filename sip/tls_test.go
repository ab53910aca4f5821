package sip_test

import (
	"context"
	"crypto/tls"
	"log/slog"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// office is a PBX that speaks TLS, and whoever has issued the certificates.
type office struct {
	*loopback
	ca    *siptest.Authority
	dials *tls.Config // what the PBX connects with
}

// newOffice has the PBX named pbx.test, and the gateway know its authority. The functions may change either side.
func newOffice(t *testing.T, pbx func(*siptest.Authority, *tls.Config), gw func(*siptest.Authority, *sip.Config)) *office {
	t.Helper()
	ca := siptest.NewAuthority(t, "test")
	ours := ca.Issue("gateway", nil, "gateway.test", "127.0.0.1")
	shown := &tls.Config{Certificates: []tls.Certificate{ca.Issue("pbx", nil, "pbx.test").Pair}}
	pbx(ca, shown)
	stream, err := tls.Listen("tcp4", "127.0.0.1:0", shown)
	if err != nil {
		t.Fatal(err)
	}
	dials := &tls.Config{RootCAs: ca.Pool(), ServerName: "gateway.test", Certificates: shown.Certificates}
	l := newLoopbackAt(t, siptest.Config{Listener: stream, Otherwise: &shortCall, TLS: dials}, "tls", func(c *sip.Config) {
		c.Listen = []sip.Listen{{Network: "udp", Address: "127.0.0.1:0"}, {Network: "tls", Address: "127.0.0.1:0"}}
		c.TLS = sip.TLS{CertFile: ours.CertFile, KeyFile: ours.KeyFile}
		c.Trunks[0].Domain = "pbx.test"
		c.Trunks[0].TLS = sip.TLS{CAFile: ca.File}
		gw(ca, c)
	})
	return &office{l, ca, dials}
}

func asItIs(*siptest.Authority, *tls.Config)  {}
func asWeAre(*siptest.Authority, *sip.Config) {}

// TestTLSLoopback: all calls over one connection, with Via and Contact that say so.
func TestTLSLoopback(t *testing.T) {
	o := newOffice(t, asItIs, asWeAre)
	for range 5 {
		wantEvents(t, o.dial(t, sip.Dial{ID: "d", User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
	}
	o.end()
	if len(o.peers) != 1 {
		t.Errorf("the PBX saw the connections %v", o.peers)
	}
	for _, e := range o.trace {
		if e.Network != "tls" || e.Peer != "pbx" {
			t.Errorf("traced as %s with %s: %s", e.Network, e.Peer, e.Line)
		}
	}
	o.wantTidy(t)
}

// TestTLSInvite is what an INVITE over TLS says of us; with sips: no URI is any other
// (https://www.rfc-editor.org/rfc/rfc3261#section-26.2.2).
func TestTLSInvite(t *testing.T) {
	for _, sips := range []bool{false, true} {
		o := newOffice(t, asItIs, func(_ *siptest.Authority, c *sip.Config) { c.Trunks[0].SIPS = sips })
		wantEvents(t, o.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
		o.end()
		scheme, contact := "sip:", ";transport=tls>"
		if sips {
			scheme, contact = "sips:", "Contact: <sips:tieline@127.0.0.1"
		}
		for _, want := range []string{"INVITE " + scheme + "600@pbx.test", "Via: SIP/2.0/TLS 127.0.0.1:", "To: <" + scheme + "600@", "From: <" + scheme, contact} {
			if !strings.Contains(o.heard[0], want) {
				t.Errorf("sips %v: no %q in\n%s", sips, want, o.heard[0])
			}
		}
		if len(o.peers) != 1 {
			t.Errorf("sips %v: ACK and responses took other ways: %v", sips, o.peers)
		}
		o.wantTidy(t)
	}
}

// TestTLSFaults: what is wrong with a certificate is told, and nothing of the call has left.
func TestTLSFaults(t *testing.T) {
	for _, tt := range []struct {
		name string
		pbx  func(*siptest.Authority, *tls.Config)
		gw   func(*siptest.Authority, *sip.Config)
		want string
	}{
		{"expired", func(ca *siptest.Authority, c *tls.Config) {
			c.Certificates = []tls.Certificate{ca.Issue("pbx", siptest.Expired, "pbx.test").Pair}
		}, asWeAre, "TLS handshake failed: certificate expired or not yet valid"},
		{"another name", func(ca *siptest.Authority, c *tls.Config) {
			c.Certificates = []tls.Certificate{ca.Issue("pbx", nil, "pbx.example").Pair}
		}, asWeAre, "TLS handshake failed: certificate for another name"},
		{"an address and no name", func(ca *siptest.Authority, c *tls.Config) {
			c.Certificates = []tls.Certificate{ca.Issue("pbx", nil, "127.0.0.1", "sip:600@pbx.test").Pair}
		}, asWeAre, "TLS handshake failed: certificate for another name"},
		{"unknown authority", asItIs, func(_ *siptest.Authority, c *sip.Config) {
			c.Trunks[0].TLS.CAFile = siptest.NewAuthority(t, "other").File
		},
			"TLS handshake failed: certificate not trusted"},
		{"the system's authorities", asItIs, func(_ *siptest.Authority, c *sip.Config) { c.Trunks[0].TLS.CAFile = "" },
			"TLS handshake failed: certificate not trusted"},
		{"client certificate missing", func(ca *siptest.Authority, c *tls.Config) {
			c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
		}, asWeAre, "TLS handshake refused: certificate required"},
		{"client certificate missing, TLS 1.2", func(ca *siptest.Authority, c *tls.Config) {
			c.ClientAuth, c.ClientCAs, c.MaxVersion = tls.RequireAndVerifyClientCert, ca.Pool(), tls.VersionTLS12
		}, asWeAre, "TLS handshake refused: handshake failure"},
		{"TLS 1.1", func(_ *siptest.Authority, c *tls.Config) {
			c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
		},
			asWeAre, "TLS handshake refused: protocol version not supported"},
		{"TLS 1.2 where 1.3 is the least", func(_ *siptest.Authority, c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
			func(_ *siptest.Authority, c *sip.Config) { c.Trunks[0].TLS.MinVersion = tls.VersionTLS13 },
			"TLS handshake refused: protocol version not supported"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, tt.pbx, tt.gw)
			events := o.dial(t, sip.Dial{User: "600"})
			if f, ok := events[0].(sip.Failed); !ok || f.Detail != tt.want || f.Cause != sip.Network || !f.Retryable {
				t.Errorf("got %+v, want %s", events, tt.want)
			}
			o.end()
			if len(o.peers) != 0 {
				t.Error("the PBX was told of the call")
			}
		})
	}
}

// TestTLSTaken are certificates and versions that are good.
func TestTLSTaken(t *testing.T) {
	for _, tt := range []struct {
		name string
		pbx  func(*siptest.Authority, *tls.Config)
		gw   func(*siptest.Authority, *sip.Config)
	}{
		{"a domain as a sip: URI", func(ca *siptest.Authority, c *tls.Config) {
			c.Certificates = []tls.Certificate{ca.Issue("pbx", nil, "sip:pbx.test").Pair}
		}, asWeAre},
		{"a wildcard", func(ca *siptest.Authority, c *tls.Config) {
			c.Certificates = []tls.Certificate{ca.Issue("pbx", nil, "*.test").Pair}
		}, asWeAre},
		{"an address", func(ca *siptest.Authority, c *tls.Config) {
			c.Certificates = []tls.Certificate{ca.Issue("pbx", nil, "127.0.0.1").Pair}
		}, func(_ *siptest.Authority, c *sip.Config) { c.Trunks[0].TLS.ServerName = "127.0.0.1" }},
		{"TLS 1.2", func(_ *siptest.Authority, c *tls.Config) { c.MaxVersion = tls.VersionTLS12 }, asWeAre},
		{"both show a certificate", func(ca *siptest.Authority, c *tls.Config) {
			c.ClientAuth, c.ClientCAs = tls.RequireAndVerifyClientCert, ca.Pool()
		}, func(ca *siptest.Authority, c *sip.Config) {
			ours := ca.Issue("client", nil, "gateway.test")
			c.Trunks[0].TLS.CertFile, c.Trunks[0].TLS.KeyFile = ours.CertFile, ours.KeyFile
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			o := newOffice(t, tt.pbx, tt.gw)
			wantEvents(t, o.dial(t, sip.Dial{User: "600"}), "Progress 180 alerted, Answered alerted, Ended by remote")
			o.end()
			o.wantTidy(t)
		})
	}
}

// TestTLSNoTLS: the peer answers in plain text.
func TestTLSNoTLS(t *testing.T) {
	l := newLoopbackWith(t, "tls", shortCall, func(c *sip.Config) {
		plain, err := net.Listen("tcp4", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		c.Trunks[0].Address = plain.Addr().String()
		go func() {
			defer plain.Close()
			if conn, err := plain.Accept(); err == nil {
				defer conn.Close()
				_, _ = conn.Write([]byte("SIP/2.0 400 This Is No SIP\r\n\r\n"))
			}
		}()
	})
	events := l.dial(t, sip.Dial{User: "600"})
	if f, ok := events[0].(sip.Failed); !ok || f.Detail != "TLS handshake failed: the peer does not speak TLS" {
		t.Errorf("got %+v", events)
	}
	l.end()
}

// TestTLSReload: a renewed certificate and another authority count from the next connection on, without a restart; a file
// that makes no sense does not count, and is said once.
func TestTLSReload(t *testing.T) {
	said := &syncBuffer{}
	var caFile string
	second := siptest.NewAuthority(t, "second")
	o := newOffice(t, asItIs, func(ca *siptest.Authority, c *sip.Config) {
		caFile, c.Log = ca.File, slog.New(slog.NewTextHandler(said, nil))
	})
	shownTo := func() string {
		conn, err := tls.Dial("tcp", o.ua.Addr("tls").String(), &tls.Config{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].DNSNames[0]
	}
	wantShown := func(sentence, want string) {
		t.Helper()
		if got := shownTo(); got != want {
			t.Errorf("%s: %s, want %s", sentence, got, want)
		}
	}
	wantShown("at first", "gateway.test")
	renewed := o.ca.Issue("gateway", nil, "renewed.test")
	wantShown("a renewed certificate", "renewed.test")
	if err := os.WriteFile(renewed.CertFile, []byte("half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	wantShown("a broken file", "renewed.test")
	wantShown("a broken file, again", "renewed.test")
	o.ca.Issue("gateway", nil, "third.test")
	wantShown("a good one again", "third.test")
	wantLog(t, said, "sip: changed file not taken", 1)

	text, err := os.ReadFile(second.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(caFile, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if f, ok := o.dial(t, sip.Dial{User: "600"})[0].(sip.Failed); !ok || f.Detail != "TLS handshake failed: certificate not trusted" {
		t.Errorf("another authority: got %+v", f)
	}
	o.end()
}

// TestTLSIncoming: a call that comes in by TLS, from a peer with or without the certificate that is demanded.
func TestTLSIncoming(t *testing.T) {
	for _, tt := range []struct {
		name     string
		demanded bool
		shows    bool
		uri      string
		want     bool // it is answered
	}{
		{"nothing demanded", false, false, "sip:100@gateway.test", true},
		{"shown", true, true, "sip:100@gateway.test", true},
		{"not shown", true, false, "sip:100@gateway.test", false},
		{"sips", false, false, "sips:100@gateway.test", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			eventc := make(chan sip.Event, 4)
			o := newOffice(t, asItIs, func(ca *siptest.Authority, c *sip.Config) {
				if tt.demanded {
					c.TLS.CAFile = ca.File
				}
				c.Incoming = func(in *sip.Incoming) func(sip.Event) {
					in.Answer()
					return func(e sip.Event) {
						in.Hangup()
						eventc <- e
					}
				}
			})
			if !tt.shows {
				o.dials.Certificates = nil
			}
			call, err := o.pbx.Dial(o.ua.Addr("tls"), tt.uri)
			if err == nil && tt.want {
				for _, want := range []string{"Answered", "Ended by us"} {
					if got := describe(<-eventc); got != want {
						t.Errorf("got %s, want %s", got, want)
					}
				}
			}
			if err == nil && !tt.want { // in TLS 1.3 the PBX learns of it afterwards
				ctx, stop := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer stop()
				if m, err := call.Next(ctx); err == nil {
					t.Errorf("somebody without a certificate was answered %s", m)
				}
			}
			o.end()
		})
	}
}

// TestTLSHalfOpen: one who connects and says nothing holds nobody up.
func TestTLSHalfOpen(t *testing.T) {
	o := newOffice(t, asItIs, asWeAre)
	for range 20 {
		conn, err := net.Dial("tcp", o.ua.Addr("tls").String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
	}
	start := time.Now()
	ctx, stop := context.WithTimeout(t.Context(), 5*time.Second)
	defer stop()
	d := tls.Dialer{Config: &tls.Config{RootCAs: o.ca.Pool(), ServerName: "gateway.test"}}
	conn, err := d.DialContext(ctx, "tcp", o.ua.Addr("tls").String())
	if err != nil {
		t.Fatalf("after %s: %v", time.Since(start), err)
	}
	conn.Close()
	o.end()
}

// wantLog counts the lines of a log that have a text.
func wantLog(t *testing.T, log *syncBuffer, text string, times int) {
	t.Helper()
	if n := strings.Count(log.String(), text); n != times {
		t.Errorf("%q was said %d times, want %d:\n%s", text, n, times, log.String())
	}
}

// syncBuffer is a log that many write and one reads.
type syncBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}
