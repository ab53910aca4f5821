package sip_test

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tieline/sip"
	"tieline/sip/siptest"
)

// TestConfigFaults: all faults are found, at once, before a socket is opened.
func TestConfigFaults(t *testing.T) {
	listen := []sip.Listen{{Network: "udp", Address: "127.0.0.1:0"}}
	for _, tt := range []struct {
		cfg  sip.Config
		want []string
	}{
		{sip.Config{}, []string{"nowhere to listen"}},
		{sip.Config{Listen: []sip.Listen{{Network: "sctp"}}}, []string{`"sctp" is neither udp nor tcp nor tls`}},
		{sip.Config{Listen: []sip.Listen{{Network: "tls", Address: "127.0.0.1:0"}}}, []string{"tls: a listener needs a certificate"}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1", SIPS: true}}}, []string{"sips needs"}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{{Name: "a", Address: "[::1]"}}}, []string{"no udp listener of its family"}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1", Transport: "tls", TLS: sip.TLS{CertFile: "x"}}}}, []string{`"a": tls: a certificate and its key`}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1", Transport: "tls", TLS: sip.TLS{CAFile: "config_test.go"}}}}, []string{`config_test.go: has no certificate`}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1", Transport: "tls", TLS: sip.TLS{CAFile: "/nowhere"}}}}, []string{"no such file"}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{
			{Name: "a", Address: "192.0.2.1", Transport: "tls"}, {Name: "b", Address: "192.0.2.1", Transport: "tls", TLS: sip.TLS{ServerName: "x"}},
		}}, []string{`"a" and "b": different TLS`}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{
			{Address: "192.0.2.1"}, {Name: "a", Address: "x y"}, {Name: "b", Address: "192.0.2.1:99999"},
			{Name: "c", Address: "192.0.2.1", Transport: "sctp"}, {Name: "d", Address: "192.0.2.1", Domain: "a\r\nb"},
			{Name: "e", Address: "192.0.2.1", Username: "a\nb"}, {Name: "f", Address: "fe80::1%\r\n"},
		}}, []string{"without name", `"a": not an address`, `"b": not an address`, `"c": transport`, `"d": domain`, `"e": `, `"f": not`}},
		{sip.Config{Listen: listen, Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1"}, {Name: "a", Address: "192.0.2.2"}}},
			[]string{`"a": named twice`}},
		{sip.Config{Listen: []sip.Listen{{Network: "tcp", Address: "127.0.0.1:0"}}, Trunks: []sip.Trunk{{Name: "a", Address: "192.0.2.1"}}},
			[]string{`"a": no udp listener`}},
		{sip.Config{Listen: listen, Product: "a\r\nb"}, []string{"product"}},
		{sip.Config{Listen: listen, Advertise: "a b"}, []string{"advertise"}},
	} {
		_, err := sip.New(tt.cfg)
		if err == nil {
			t.Errorf("%+v: no error", tt.cfg)
			continue
		}
		for _, want := range tt.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%v lacks %q", err, want)
			}
		}
	}
}

// TestListenFault: an address in use is known at once, and what was opened before is closed again.
func TestListenFault(t *testing.T) {
	busy, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer busy.Close()
	network := siptest.NewNetwork(1)
	_, err = sip.New(sip.Config{
		PacketConn: network.MustListen(gateway),
		Listen:     []sip.Listen{{Network: "udp", Address: busy.LocalAddr().String()}},
	})
	if err == nil || !strings.Contains(err.Error(), "address already in use") {
		t.Errorf("got %v", err)
	}
	if c, err := network.Listen(gateway); err != nil {
		t.Errorf("the first socket is still open: %v", err)
	} else {
		c.Close()
	}
}

// TestBeforeRun: a dial that comes before Run waits for it, and can be hung up meanwhile; one whose deadline has passed
// and one that cannot be sent never leave.
func TestBeforeRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := siptest.NewNetwork(1)
		pbx := network.MustListen("192.0.2.20:5060")
		var sent []string
		ua, err := sip.New(sip.Config{
			PacketConn: network.MustListen(gateway), Trunks: []sip.Trunk{{Name: "pbx", Address: "192.0.2.20"}},
			Trace: func(e sip.TraceEvent) { sent = append(sent, e.Line) },
		})
		if err != nil {
			t.Fatal(err)
		}
		eventc := make(chan sip.Event, 10)
		report := func(e sip.Event) { eventc <- e }
		ua.Dial(sip.Dial{User: "hung up"}, report).Hangup()
		wantEvents(t, []sip.Event{<-eventc}, "Failed CANCELLED")
		ua.Dial(sip.Dial{User: "late", Deadline: time.Now().Add(time.Second)}, report)
		wantEvents(t, []sip.Event{<-eventc}, "Failed UNAVAILABLE retryable")
		waiting := ua.Dial(sip.Dial{User: "600"}, report)
		ctx, stop := context.WithCancel(context.Background())
		donec := make(chan error)
		go func() { donec <- ua.Run(ctx) }()
		synctest.Wait()
		for _, bad := range []sip.Dial{
			{}, {User: "6\r\n0"}, {User: "600", CallerNumber: "\x00"}, {User: "600", CallerName: "a\nb"},
			{URI: "sip:600@pbx?Route=x"}, {User: "600", Headers: []sip.Header{{Name: "Via", Value: "x"}}},
			{User: "600", Headers: []sip.Header{{Name: "X-A", Value: "a\r\nVia: x"}}},
		} {
			ua.Dial(bad, report)
			wantEvents(t, []sip.Event{<-eventc}, "Failed NOT_FOUND")
		}
		ua.Dial(sip.Dial{User: "600", Deadline: time.Now().Add(-time.Second)}, report)
		wantEvents(t, []sip.Event{<-eventc}, "Failed UNAVAILABLE retryable")
		waiting.Hangup()
		wantEvents(t, []sip.Event{<-eventc}, "Failed CANCELLED trunk=pbx attempts=1")
		stop()
		if err := <-donec; err != nil {
			t.Error(err)
		}
		for _, line := range sent {
			if line != "INVITE sip:600@192.0.2.20" {
				t.Errorf("sent %q", line)
			}
		}
		pbx.Close()
	})
}
