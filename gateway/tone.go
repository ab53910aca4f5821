package gateway

import (
	"context"
	"net"
	"net/netip"
	"strings"

	"golang.org/x/sync/errgroup"

	"tieline/gateway/config"
	"tieline/sip/offer"
	"tieline/sip/ringback"
)

// tones lets agents hear that a callee rings: each country's tone has a player, and all share one socket.
//
// Concurrency: play may be called from anywhere.
type tones struct {
	conn    net.PacketConn              // nil: no group has a tone
	players map[string]*ringback.Player // by country
	parked  []byte                      // the description of nobody
	ringing []byte                      // and of the socket
}

// newTones opens the socket, if some group has stations and wants the tone: conn, or one beside the SIP listener. host is
// where we are, as peers see it.
func newTones(cfg config.Config, host string, conn net.PacketConn) (*tones, error) {
	t := &tones{conn: conn, players: map[string]*ringback.Player{}}
	var err error
	if t.parked, err = offer.Parked(offer.Params{Host: host}); err != nil {
		return nil, err
	}
	for _, g := range cfg.ChannelGroups {
		if !g.Station.Any() || g.Ringback != config.RingbackLocal {
			continue
		}
		if t.conn == nil {
			if t.conn, err = net.ListenPacket("udp4", beside(cfg.SIP.Listen)); err != nil {
				return nil, err
			}
		}
		country := g.Destinations.Country
		if t.players[country] == nil {
			t.players[country] = ringback.New(t.conn, ringback.ToneOf(country))
		}
	}
	if len(t.players) == 0 {
		return t, nil
	}
	at, err := netip.ParseAddrPort(t.conn.LocalAddr().String())
	if err != nil {
		return nil, err
	}
	t.ringing, err = offer.Playing(offer.Params{Host: host}, host, int(at.Port()))
	return t, err
}

// beside is any port at the address of the first UDP listener.
func beside(listen []config.ListenURL) string {
	for _, l := range listen {
		if network, address := l.Split(); network == config.UDP {
			host, _, _ := strings.Cut(address, ":")
			return host + ":0"
		}
	}
	return ":0"
}

// run sends until ctx ends.
func (t *tones) run(ctx context.Context) error {
	var players errgroup.Group
	for _, p := range t.players {
		players.Go(func() error { return p.Run(ctx) })
	}
	err := players.Wait()
	if t.conn != nil {
		_ = t.conn.Close() // what could not be sent is not missed
	}
	return err
}

// ringback describes the source of a group's tone; nil: it has none.
func (t *tones) ringback(g config.ChannelGroup) []byte {
	if g.Ringback != config.RingbackLocal {
		return nil
	}
	return t.ringing
}

// waiting is what the station of a group is offered before there is anybody to hear.
func (t *tones) waiting(g config.ChannelGroup) []byte {
	if tone := t.ringback(g); tone != nil {
		return tone
	}
	return t.parked
}

// play sends the group's tone to a telephone, until stop is called.
func (t *tones) play(g config.ChannelGroup, at netip.AddrPort, codec uint8) (stop func()) {
	return t.players[g.Destinations.Country].Play(net.UDPAddrFromAddrPort(at), ringback.Codec(codec))
}

// playing is how many telephones hear a tone.
func (t *tones) playing() int {
	n := 0
	for _, p := range t.players {
		n += p.Playing()
	}
	return n
}
