package sip

import (
	"context"
	"errors"
	"net"
	"time"
)

// How long to wait between attempts to connect (https://www.rfc-editor.org/rfc/rfc5626#section-4.5).
const (
	firstPause   = 30 * time.Second
	longestPause = 30 * time.Minute
)

// flow tells when a trunk's way to us is looked at next. It is pure: chance gives a random number from 0 to n-1.
type flow struct {
	every    time.Duration
	chance   func(n int) int
	failures int
}

// after is the time until the next look, behind one that went well or not: 80 to 100 % of the interval, so that not all
// trunks are looked at together (https://www.rfc-editor.org/rfc/rfc5626#section-4.4.1), and behind failures 50 to 100 % of
// a pause that doubles.
func (f *flow) after(err error) time.Duration {
	if err == nil {
		f.failures = 0
		return f.every - time.Duration(f.chance(int(f.every/5)+1))
	}
	pause := min(firstPause<<min(f.failures, 16), longestPause)
	f.failures++
	return pause - time.Duration(f.chance(int(pause/2)+1))
}

// startKeepers has the trunks that want it reachable: connected, so that their calls find us also where no connection
// could be made to us; over UDP with a datagram that keeps a NAT's binding open. Whether a connection still works its
// pings tell: see pulse.
func (u *UserAgent) startKeepers(ctx context.Context) {
	for i := range u.cfg.Trunks {
		if t := &u.cfg.Trunks[i]; t.KeepAlive > 0 {
			u.live.Add(1)
			go func() {
				defer u.live.Done()
				u.keepAlive(ctx, t)
			}()
		}
	}
}

func (u *UserAgent) keepAlive(ctx context.Context, t *Trunk) {
	f := flow{every: t.KeepAlive, chance: u.chance}
	due := time.NewTimer(0)
	defer due.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-due.C:
			due.Reset(f.after(u.touch(t)))
		}
	}
}

// touch connects all addresses of a trunk that are not connected, as its calls may come from any, or sends them a datagram
// of CRLFs. STUN, which RFC 5626 has for UDP (https://www.rfc-editor.org/rfc/rfc5626#section-3.5.2), asks more of the peer
// than PBXs can; CRLFs ask for nothing, and what is between us counts any datagram. It has failed where none was reached.
func (u *UserAgent) touch(t *Trunk) error {
	failed := errors.New("trunk has no address")
	reached := false
	for _, to := range u.peers.hops(t) {
		err := u.touchOne(to, t)
		if err != nil {
			failed = err
		}
		reached = reached || err == nil
	}
	if reached {
		return nil
	}
	return failed
}

func (u *UserAgent) touchOne(to hop, t *Trunk) error {
	if to.network != udp {
		return u.connect(to, t)
	}
	for _, s := range u.sockets {
		if newHop(udp, s.LocalAddr().(*net.UDPAddr).AddrPort()).v6() == to.v6() {
			_, err := s.PacketConn.WriteTo([]byte("\r\n\r\n"), net.UDPAddrFromAddrPort(to.addr))
			return err
		}
	}
	return errors.New("no socket of this family")
}
