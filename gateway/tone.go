package gateway

import (
	"cmp"
	"net"
	"net/netip"
	"strings"

	"tieline/gateway/config"
	"tieline/sip/media"
	"tieline/sip/offer"
	"tieline/sip/ringback"
)

// openPlayer opens the socket of what we send by RTP ourselves, if there is a group that wants the ringing tone or a trunk
// that wants digits so: conn, or one beside the SIP listener. nil: there is not.
func openPlayer(cfg config.Config, conn net.PacketConn) (*media.Player, error) {
	wanted := false
	for _, g := range cfg.ChannelGroups {
		wanted = wanted || rings(g)
	}
	for _, t := range cfg.Trunks {
		wanted = wanted || t.DTMF == config.DTMFRTP
	}
	if !wanted {
		return nil, nil
	}
	if conn == nil {
		var err error
		if conn, err = net.ListenPacket(beside(cfg.SIP.Listen)); err != nil {
			return nil, err
		}
	}
	return media.New(conn), nil
}

// beside is where our RTP leaves from: any port at the address of the first UDP listener. Where there are listeners of both
// families of addresses, it is any address of this host.
func beside(listen []config.ListenURL) (network, address string) {
	hosts := map[bool]string{}
	for _, l := range listen {
		network, address := l.Split()
		host, _, _ := net.SplitHostPort(address) // it is checked
		if v6 := strings.Contains(host, ":"); network == config.UDP && hosts[v6] == "" {
			hosts[v6] = net.JoinHostPort(host, "0")
		}
	}
	switch {
	case hosts[true] == "":
		return "udp4", cmp.Or(hosts[false], ":0")
	case hosts[false] == "":
		return "udp6", hosts[true]
	}
	return "udp", ":0"
}

// rings tells whether agents of a group hear our tone.
func rings(g config.ChannelGroup) bool { return g.Station.Any() && g.Ringback == config.RingbackLocal }

// tones lets agents hear that a callee rings.
//
// Concurrency: never changed; its methods may be called from anywhere.
type tones struct {
	player  *media.Player
	frames  map[string]map[ringback.Codec][][]byte // by country
	parked  []byte                                 // the description of nobody
	ringing []byte                                 // and of the player's socket; nil: no group has a tone
}

// newTones makes the tones that groups want. host is where we are, as peers see it.
func newTones(cfg config.Config, host string, player *media.Player) (*tones, error) {
	t := &tones{player: player, frames: map[string]map[ringback.Codec][][]byte{}}
	var err error
	if t.parked, err = offer.Parked(offer.Params{Host: host}); err != nil {
		return nil, err
	}
	for _, g := range cfg.ChannelGroups {
		if country := g.Destinations.Country; rings(g) && t.frames[country] == nil {
			tone := ringback.ToneOf(country)
			t.frames[country] = map[ringback.Codec][][]byte{
				ringback.PCMU: ringback.Frames(tone, ringback.PCMU), ringback.PCMA: ringback.Frames(tone, ringback.PCMA),
			}
		}
	}
	if len(t.frames) > 0 {
		t.ringing, err = offer.Playing(offer.Params{Host: host}, host, player.Port())
	}
	return t, err
}

// ringback describes the source of a group's tone; nil: it has none.
func (t *tones) ringback(g config.ChannelGroup) []byte {
	if !rings(g) {
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
func (t *tones) play(g config.ChannelGroup, at netip.AddrPort, codec uint8) (stop func() bool) {
	c := ringback.Codec(codec)
	return t.player.Play(at, ringback.NewStream(media.NewHeader(), t.frames[g.Destinations.Country][c], c), nil)
}
