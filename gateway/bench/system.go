package bench

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/sip/siptest"
)

const (
	session     = "bench"
	socketSpace = 4 << 20
	openTimeout = 30 * time.Second
)

// system is a gateway, its telephone system and the load generator.
type system struct {
	load   *load
	closes []func() error // in the order of opening
}

// close ends everything, the last opened first.
func (s *system) close() (err error) {
	for i := len(s.closes) - 1; i >= 0; i-- {
		err = errors.Join(err, s.closes[i]())
	}
	return err
}

// run runs a part until the system is closed.
func (s *system) run(ctx context.Context, part func(context.Context) error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	endedc := make(chan error, 1)
	go func() { endedc <- part(ctx) }()
	s.closes = append(s.closes, func() error {
		stop()
		return <-endedc
	})
}

func open(ctx context.Context, o Options) (_ *system, err error) {
	s := &system{}
	defer func() {
		if err != nil {
			err = errors.Join(err, s.close())
		}
	}()
	pbx := o.PBX
	if pbx == "" {
		if pbx, err = s.openPBX(ctx, o); err != nil {
			return s, err
		}
	}
	socket, err := listen(pbx)
	if err != nil {
		return s, err
	}
	sip := &tap{UDPConn: socket, seen: make([]sighting, o.Channels)}
	dir, err := os.MkdirTemp("", "tieline-bench-")
	if err != nil {
		return s, err
	}
	s.closes = append(s.closes, func() error { return os.RemoveAll(dir) })
	g, err := gateway.New(configuration(o, pbx, dir), gateway.Options{Memory: o.Memory, PacketConn: sip})
	if err != nil {
		return s, err
	}
	if err := g.Open(ctx); err != nil {
		return s, err
	}
	s.run(ctx, g.Run)
	peer, err := g.Peer(ctx)
	if err != nil {
		return s, err
	}
	s.closes = append(s.closes, func() error { peer.Close(); return nil })
	s.load = newLoad(o, peer, sip)
	return s, s.setUp(ctx, o, peer)
}

// openPBX starts the scripted PBX on a loopback port.
func (s *system) openPBX(ctx context.Context, o Options) (string, error) {
	pbx, address, err := newPBX(o)
	if err != nil {
		return "", err
	}
	s.run(ctx, pbx.Run)
	return address, nil
}

func newPBX(o Options) (*siptest.PBX, string, error) {
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		return nil, "", err
	}
	answers := siptest.Behaviour{Ring: []int{180}, Status: 200}
	if o.Lean {
		answers.HangupAfter = max(o.Hold, time.Millisecond)
	}
	pbx, err := siptest.New(siptest.Config{Conn: conn, Otherwise: &answers})
	return pbx, conn.LocalAddr().String(), err
}

// listen opens a socket on the address that reaches the PBX.
func listen(pbx string) (*net.UDPConn, error) {
	route, err := net.Dial("udp4", pbx)
	if err != nil {
		return nil, fmt.Errorf("bench: the PBX's address: %w", err)
	}
	local := *route.LocalAddr().(*net.UDPAddr)
	local.Port = 0
	if err := route.Close(); err != nil {
		return nil, err
	}
	socket, err := net.ListenUDP("udp4", &local)
	if err != nil {
		return nil, err
	}
	_ = socket.SetReadBuffer(socketSpace) // as much as the system grants
	return socket, nil
}

func configuration(o Options, pbx, dir string) config.Config {
	cfg := config.Default()
	cfg.Processor.ID, cfg.Processor.DrainTimeout = "bench", time.Second
	cfg.NATS.Embedded.Dir, cfg.NATS.Embedded.Listen = dir, config.None
	cfg.Processor.DrainTimeout = time.Second
	cfg.Admin.Listen = config.None
	trunk := config.DefaultTrunk()
	trunk.Address = pbx
	cfg.Trunks["pbx"] = trunk
	group := config.DefaultGroup()
	group.Trunks = config.InOrder("pbx")
	if o.Lean {
		group.WrapUp = time.Millisecond
	}
	cfg.ChannelGroups["bench"] = group
	return cfg
}

// setUp makes the channels, as a bridge does, and lets the load generator listen.
func (s *system) setUp(ctx context.Context, o Options, peer *natsbus.Peer) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout+time.Duration(o.Channels)*10*time.Millisecond)
	defer cancel()
	client, err := processor.Open(ctx, peer, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Greet(ctx); err != nil {
		return err
	}
	station := processor.Station{Session: session, Agent: bridge.Agent{ID: session, Name: session}, Group: "bench"}
	for i := range o.Channels {
		station.Channel = strconv.Itoa(firstEndPoint + i)
		station.EndPoint = station.Channel
		if i == 0 {
			_, err = client.Setup(ctx, station)
		} else {
			err = client.AddChannel(ctx, station)
		}
		if err != nil {
			return fmt.Errorf("bench: set up channel %d: %w", i, err)
		}
	}
	followCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	hear := s.load.hear
	if o.heard != nil {
		hear = func(m bridge.Message) { o.heard(m); s.load.hear(m) }
	}
	endedc, err := peer.Follow(followCtx, natsbus.Start{}, hear)
	if err != nil {
		stop()
		return err
	}
	s.closes = append(s.closes, func() error { stop(); <-endedc; return nil })
	return nil
}
