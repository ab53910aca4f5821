//go:build interop

package interop

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestIPv6: a gateway that has IPv6 alone dials SIPp there, over UDP.
func TestIPv6(t *testing.T) {
	sipp := start(t, "sipp", append([]string{
		"sipp", "-i", "::1", "-p", "5070", "-nostdin", "-sf", peerFile(t, "sipp", "answer.xml"), "-m", "1", "-d", "300", "-t", "u1",
		"-trace_err", "-error_file", "sipp-errors.log",
	}, messages()...)...)
	sipp.logs = []string{filepath.Join(dir(t), "sipp-messages.log"), filepath.Join(dir(t), "sipp-errors.log")}
	eventually(t, "SIPp listens", func() bool {
		sockets, err := os.ReadFile("/proc/net/udp6")
		must(t, err, "read the table of sockets")
		return strings.Contains(string(sockets), " 00000000000000000000000001000000:13CE ") // [::1]:5070
	})
	answered(t, sipp, gateway{Peer: "[::1]:5070", IPv6: true})
}
