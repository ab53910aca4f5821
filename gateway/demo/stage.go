package demo

import (
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/bridge/processor"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/gateway/ladder"
	"tieline/interaction/tracker"
	"tieline/sip"
	"tieline/sip/siptest"
)

// Addresses of the in-memory network (RFC 5737: for documentation).
const (
	pbxAddress     = "192.0.2.1:5060"
	gatewayAddress = "192.0.2.2:5060"
	toneAddress    = "192.0.2.2:9000"
	ringTimeout    = 3 * time.Second
	ringAfter      = 20 * time.Millisecond
	answerAfter    = 600 * time.Millisecond
	expertAfter    = 150 * time.Millisecond
)

// Where those who talk with each other receive it.
const (
	phonePort    = 10020
	customerPort = 6000
	expertPort   = 7000
)

// stage is everything that takes part.
type stage struct {
	pbx      *siptest.PBX
	gateway  *gateway.Gateway
	peer     *natsbus.Peer
	client   *processor.Client
	recorder ladder.Recorder
	witness  witness
	audience audience
	crossing sync.Mutex // held while a SIP message is seen and recorded: who has seen what it brought about finds its line
	// watch sees each message that reaches the bridge.
	watch func(bridge.Message)

	// endPBX and endGateway stop a part and wait for its end.
	endPBX, endGateway func() error
}

func configuration() config.Config {
	cfg := config.Default()
	cfg.Processor.ID = "acme"
	cfg.NATS.Embedded.Listen = config.None
	cfg.Processor.DrainTimeout = time.Second // who stops a demonstration does not want to wait for its calls
	cfg.Admin.Listen = config.None
	trunk := config.DefaultTrunk()
	trunk.Address, trunk.Domain = pbxAddress, "pbx"
	cfg.Trunks["pbx"] = trunk
	group := config.DefaultGroup()
	group.Trunks = config.InOrder("pbx")
	group.Dial.RingTimeout = ringTimeout
	cfg.ChannelGroups["sales"] = group
	group.Station.URI = "sip:{end-point}@pbx"
	cfg.ChannelGroups["desk"] = group
	return cfg
}

// numbers are who can be called.
func numbers() map[string]siptest.Behaviour {
	all := siptest.Numbers(ringAfter, answerAfter)
	customer := all["600"]
	customer.Port = customerPort
	all["600"] = customer
	all["700"] = siptest.Behaviour{Ring: []int{180}, RingAfter: expertAfter, Status: 200, After: expertAfter, Port: expertPort}
	all[desk().EndPoint] = siptest.Behaviour{Status: 200, Port: phonePort} // answers by itself
	return all
}

// open starts everything, from the telephone system to the bridge.
func open(ctx context.Context, version string, watch func(bridge.Message)) (*stage, error) {
	s := &stage{watch: watch}
	network := siptest.NewNetwork(1)
	var err error
	if s.pbx, err = siptest.New(siptest.Config{Conn: network.MustListen(pbxAddress), Numbers: numbers()}); err != nil {
		return nil, err
	}
	s.gateway, err = gateway.New(configuration(), gateway.Options{
		Version: version, Memory: true, PacketConn: network.MustListen(gatewayAddress), MediaConn: network.MustListen(toneAddress),
		SIPTrace: s.crossed,
		BusTrace: s.asked,
	})
	if err != nil {
		return nil, err
	}
	if err := s.gateway.Open(ctx); err != nil {
		return nil, err
	}
	s.endPBX = run(ctx, s.pbx.Run)
	s.endGateway = run(ctx, s.gateway.Run)
	if err := s.greet(ctx); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

// crossed sees a SIP message.
func (s *stage) crossed(e sip.TraceEvent) {
	s.crossing.Lock()
	defer s.crossing.Unlock()
	s.recorder.SIP(s.audience.see(e))
}

// run runs a part until the returned function is called, which waits for its end. The end of
// ctx alone does not stop it, so that parts end in their order.
func run(ctx context.Context, part func(context.Context) error) (end func() error) {
	ctx, stop := context.WithCancel(context.WithoutCancel(ctx))
	endedc := make(chan error, 1)
	go func() { endedc <- part(ctx) }()
	return func() error {
		stop()
		return <-endedc
	}
}

// greet connects the bridge.
func (s *stage) greet(ctx context.Context) (err error) {
	if s.peer, err = s.gateway.Peer(ctx); err != nil {
		return err
	}
	if s.client, err = processor.Open(context.WithoutCancel(ctx), s.peer, s.heard); err != nil {
		return err
	}
	return s.client.Greet(ctx)
}

// asked sees what reaches the gateway; what it says is seen where it reaches the bridge.
func (s *stage) asked(c tracker.Crossing) {
	if c.In {
		s.recorder.Bus(c)
		s.witness.crossed(c)
	}
}

func (s *stage) heard(m bridge.Message) {
	s.recorder.Heard(m)
	s.witness.heard(m)
	s.watch(m)
}

// said waits until the bridge has heard, or asked, something with text in it.
func (s *stage) said(ctx context.Context, text string) error {
	return s.recorder.Await(ctx, func(l ladder.Line) bool { return strings.Contains(l.Text, text) })
}

// close ends everything, from the bridge to the telephone system.
func (s *stage) close() error {
	if s.client != nil {
		s.client.Close()
	}
	if s.peer != nil {
		s.peer.Close()
	}
	return errors.Join(s.endGateway(), s.endPBX())
}

func station() processor.Station {
	return processor.Station{
		Session: "s1", Agent: bridge.Agent{ID: "alice", Name: "Alice"}, Group: "sales", Channel: "1001", EndPoint: "1001",
	}
}

// desk is the agent with a phone.
func desk() processor.Station {
	return processor.Station{
		Session: "s2", Agent: bridge.Agent{ID: "carol", Name: "Carol"}, Group: "desk", Channel: "1002", EndPoint: "1002",
	}
}
