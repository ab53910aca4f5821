package bench

import (
	"bytes"
	"net"
	"strconv"
	"sync/atomic"
	"time"
)

// Channel i has the end-point firstEndPoint+i, which is also its caller number: that is how a
// datagram is known to belong to it.
const (
	firstEndPoint = 100000
	maxChannels   = 100000
)

// tap is the gateway's SIP socket; it notes when INVITEs leave and when the first sign of
// life comes in, without parsing more than it must.
type tap struct {
	*net.UDPConn
	seen []sighting // by channel
}

type sighting struct {
	invited, rang atomic.Int64 // nanoseconds since 1970
}

func (t *tap) WriteTo(b []byte, to net.Addr) (int, error) {
	if bytes.HasPrefix(b, []byte("INVITE ")) {
		if s := t.of(b); s != nil {
			s.rang.Store(0)
			s.invited.Store(time.Now().UnixNano())
		}
	}
	return t.UDPConn.WriteTo(b, to)
}

func (t *tap) ReadFrom(b []byte) (int, net.Addr, error) {
	n, from, err := t.UDPConn.ReadFrom(b)
	if bytes.HasPrefix(b[:n], []byte("SIP/2.0 18")) {
		if s := t.of(b[:n]); s != nil {
			s.rang.CompareAndSwap(0, time.Now().UnixNano())
		}
	}
	return n, from, err
}

// of finds the channel by the user part of From.
func (t *tap) of(b []byte) *sighting {
	_, rest, _ := bytes.Cut(b, []byte("\r\nFrom:"))
	_, rest, _ = bytes.Cut(rest, []byte("sip:"))
	user, _, _ := bytes.Cut(rest, []byte("@"))
	number, err := strconv.Atoi(string(user))
	if i := number - firstEndPoint; err == nil && i >= 0 && i < len(t.seen) {
		return &t.seen[i]
	}
	return nil
}
