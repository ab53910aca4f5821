package gateway

import (
	"net"
	"testing"

	"tieline/gateway/config"
)

// TestBeside: our RTP leaves from a socket that can reach all peers there are.
func TestBeside(t *testing.T) {
	for _, tt := range []struct {
		listen          []config.ListenURL
		network, prefix string
	}{
		{[]config.ListenURL{"udp://127.0.0.1:5060", "udp://127.0.0.2:5060"}, "udp4", "127.0.0.1:"},
		{[]config.ListenURL{"tls://127.0.0.1:5061", "udp://[::1]:5060"}, "udp6", "[::1]:"},
		{[]config.ListenURL{"udp://127.0.0.1:5060", "udp://[::1]:5060"}, "udp", "[::]:"},
		{[]config.ListenURL{"tls://127.0.0.1:5061"}, "udp4", "0.0.0.0:"},
	} {
		network, address := beside(tt.listen)
		conn, err := net.ListenPacket(network, address)
		if err != nil {
			t.Errorf("%v: %v", tt.listen, err)
			continue
		}
		if got := conn.LocalAddr().String(); network != tt.network || got[:len(tt.prefix)] != tt.prefix {
			t.Errorf("%v: %s %s, want %s %s", tt.listen, network, got, tt.network, tt.prefix)
		}
		conn.Close()
	}
}
