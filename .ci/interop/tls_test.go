//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tieline/bridge"
	"tieline/sip/siptest"
)

// safety are the certificates of everybody, from one authority. Each names the address of its owner.
type safety struct {
	CA                    string
	Kamailio, Phone, Ours siptest.Certificate
	PhoneBundle           string // certificate and key in one file, as baresip wants it
	Shown                 bool   // the gateway shows its certificate to trunks
	ServerName            string // that the gateway wants to see; "": the trunk's address
	KamailioSettings      string // its tls.cfg
	Refused               bool   // Kamailio will complain of a handshake
	ClientCA              string // whose certificates the gateway demands; "": nobody's
}

func newSafety(t *testing.T) *safety {
	t.Helper()
	ca := siptest.NewAuthority(t, "interop")
	s := &safety{
		CA: ca.File, ClientCA: ca.File, Shown: true,
		Kamailio: ca.Issue("kamailio", nil, kamailioAddress),
		Phone:    ca.Issue("phone", nil, tlsPhone),
		Ours:     ca.Issue("gateway", nil, strings.TrimSuffix(gatewayAddress, ":5060")),
	}
	var bundle []byte
	for _, name := range []string{s.Phone.CertFile, s.Phone.KeyFile} {
		text, err := os.ReadFile(name)
		must(t, err, "read the phone's certificate")
		bundle = append(bundle, text...)
	}
	s.PhoneBundle = filepath.Join(dir(t), "phone-bundle.pem")
	must(t, os.WriteFile(s.PhoneBundle, bundle, 0o600), "write the phone's certificate")
	text, err := os.ReadFile("kamailio/tls.cfg")
	must(t, err, "read Kamailio's settings of TLS")
	s.KamailioSettings = fill(t, "tls.cfg", string(text), s)
	return s
}

// TestMutualTLS: the gateway, Kamailio and a baresip behind it show each other their certificates. A call goes through all of
// them in both directions, and nothing leaves without TLS.
func TestMutualTLS(t *testing.T) {
	safe := newSafety(t)
	kamailio := startKamailioWith(t, safe)
	phone := startPhone(t, "600", answering(byItself), speakingTLS(safe))
	gateway{Peer: kamailioAddress + ":5061", Transport: "tls", TLS: safe}.start(t)
	a := logIn(t)
	t.Run("we dial and hang up", func(t *testing.T) {
		c := a.on(t).dial("600")
		c.wantAdded()
		c.awaitStarted()
		kamailio.awaitLines(t, "the ACK goes through Kamailio, by TLS", 1, "loose-routed ACK", "by tls")
		c.hangUp()
		kamailio.awaitLines(t, "the BYE goes through Kamailio, by TLS", 1, "loose-routed BYE", "by tls")
		phone.awaitClosed(t)
		c.complete()
	})
	t.Run("the phone calls in, and is hung up on", func(t *testing.T) {
		a := a.on(t)
		a.takeCalls()
		phone.control.tell(t, "dial", "sip:9"+channel.ID()+"@"+kamailioAddress+";transport=tls")
		c := a.offered()
		a.ask(bridge.InteractionAccept, c.interaction, c.interaction, nil)
		c.awaitStarted()
		c.hangUp()
		c.wantEnded("released-by agent")
		phone.awaitClosed(t)
		c.complete()
	})
	wantIdle(t, phone)
	if said, _ := kamailio.out.read(); countLines(said, []string{"loose-routed", "by udp"})+countLines(said, []string{"loose-routed", "by tcp"}) > 0 {
		t.Error("something came without TLS")
	}
}

// TestTLSIsRefused: Kamailio demands a certificate that we do not show; and Kamailio's is not for the name that we want. The
// log says so, and the dial fails.
func TestTLSIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name string
		edit func(*safety)
		said string
	}{
		{"no certificate of ours", func(s *safety) { s.Shown = false }, "TLS handshake refused: "},
		{"another name", func(s *safety) { s.ServerName = "pbx.example.com" }, "TLS handshake failed: certificate for another name"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			safe := newSafety(t)
			tt.edit(safe)
			safe.Refused = true
			startKamailioWith(t, safe)
			g := gateway{Peer: kamailioAddress + ":5061", Transport: "tls", TLS: safe}.start(t)
			c := logIn(t).dial("601")
			c.wantFailed(bridge.Network)
			g.awaitLine(t, "the log says why", tt.said)
		})
	}
}

// TestTLSWithAPhone: the gateway and a baresip call each other by TLS, with nobody between them.
func TestTLSWithAPhone(t *testing.T) {
	safe := newSafety(t)
	startKamailioWith(t, safe) // where it is registered
	phone := startPhone(t, "600", answering(byItself), speakingTLS(safe))
	gateway{Peer: phone.Address + ":5061", Transport: "tls", TLS: safe}.start(t)
	a := logIn(t)
	c := a.dial("600")
	c.wantAdded()
	c.awaitStarted()
	phone.hangUp(t)
	c.wantEnded("released-by remote")
	c.complete()

	a.takeCalls()
	phone.control.tell(t, "dial", "sip:"+channel.ID()+"@"+strings.TrimSuffix(gatewayAddress, ":5060")+";transport=tls")
	in := a.offered()
	a.ask(bridge.InteractionAccept, in.interaction, in.interaction, nil)
	in.awaitStarted()
	phone.hangUp(t)
	in.wantEnded("released-by remote")
	in.complete()
	wantIdle(t, phone)
}

// tlsPhone is where a phone is that speaks TLS: baresip makes its connections from there, whatever it is told.
const tlsPhone = "127.0.0.1"

// speakingTLS has a phone talk to its registrar by TLS.
func speakingTLS(s *safety) func(*phone) {
	return func(p *phone) { p.Transport, p.TLS, p.Address = "tls", s, tlsPhone }
}

// TestSIPS: with sips: true every URI of ours is a sips: one, and Kamailio takes calls to such a one on by TLS.
func TestSIPS(t *testing.T) {
	safe := newSafety(t)
	kamailio := startKamailioWith(t, safe)
	phone := startPhone(t, "600", answering(byItself), speakingTLS(safe))
	gateway{Peer: kamailioAddress + ":5061", Transport: "tls", TLS: safe, SIPS: true}.start(t)
	c := logIn(t).dial("600")
	c.wantAdded()
	c.awaitStarted()
	kamailio.awaitLines(t, "the ACK goes through Kamailio, by TLS", 1, "loose-routed ACK", "by tls")
	c.hangUp()
	kamailio.awaitLines(t, "the BYE goes through Kamailio, by TLS", 1, "loose-routed BYE", "by tls")
	phone.awaitClosed(t)
	c.complete()
	wantIdle(t, phone)
}
