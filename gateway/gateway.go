package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/interaction/tracker"
	"tieline/sip"
	"tieline/sip/hep"
	"tieline/sip/locate"
	"tieline/sip/media"
	"tieline/sip/trunk"
)

// Options are what a configuration file cannot say.
type Options struct {
	Version string
	Log     *slog.Logger // nil: nothing is logged
	// Kill, when closed, cuts a drain short.
	Kill <-chan struct{}
	// BusTrace and SIPTrace, if set, see every message that crosses the two borders. They
	// must not block.
	BusTrace func(tracker.Crossing)
	SIPTrace func(sip.TraceEvent)
	// PacketConn replaces the configured SIP listeners, MediaConn the socket that ringing tones and digits are sent from,
	// and Memory the embedded server's disk: for demonstrations and tests.
	PacketConn, MediaConn net.PacketConn
	Memory                bool
	// Locate replaces DNS; see [sip.Config].
	Locate func(context.Context, locate.Target, locate.Ability) (locate.Route, error)
	// Chance is a random number from 0 to n-1; nil: rand.IntN. For tests.
	Chance func(n int) int
}

// Gateway is one running gateway.
type Gateway struct {
	// settings
	cfg    config.Config
	opts   Options
	groups map[string]interaction.ChannelSettings
	// parts, made by Open
	bus      *natsbus.Bus
	ua       *sip.UserAgent
	player   *media.Player // nil: nothing is sent by RTP
	exporter *hep.Exporter // nil: nobody captures
	tones    *tones
	calls    *calls
	tracker  *tracker.Tracker
	// state
	status    atomic.Pointer[bridge.StatusBody]
	connected atomic.Bool
	noted     map[string]trunk.State // of serve: what the log says of each trunk
}

// New checks the configuration; nothing is opened yet.
func New(cfg config.Config, opts Options) (*Gateway, error) {
	if opts.Log == nil {
		opts.Log = slog.New(slog.DiscardHandler)
	}
	if opts.Chance == nil {
		opts.Chance = rand.IntN
	}
	groups, err := channelSettings(cfg)
	if err != nil {
		return nil, fmt.Errorf("gateway: %w", err)
	}
	g := &Gateway{cfg: cfg, opts: opts, groups: groups, noted: map[string]trunk.State{}}
	g.status.Store(&bridge.StatusBody{Status: interaction.StatusStarting})
	return g, nil
}

// Open opens the bus and the SIP sockets. It waits for a NATS server that is not there yet,
// until ctx ends. After it, Run must be called, if only with an ended context: it closes
// what is open.
func (g *Gateway) Open(ctx context.Context) error {
	busCfg := busConfig(g.cfg, g.opts.Version, g.opts.Log)
	busCfg.OnState = g.connected.Store
	if g.opts.Memory && busCfg.Embedded != nil {
		busCfg.Embedded.Memory = true
	}
	sipCfg := sipConfig(g.cfg, g.opts.Log)
	sipCfg.Trace, sipCfg.Chance = g.opts.SIPTrace, g.opts.Chance
	g.exporter = newCapture(g.cfg.SIP.HEP, g.opts.Log)
	sipCfg.Capture = captures(g.exporter)
	if g.opts.Locate != nil {
		sipCfg.Locate = g.opts.Locate
	}
	if g.opts.PacketConn != nil {
		sipCfg.PacketConn, sipCfg.Listen = g.opts.PacketConn, nil
	}
	g.calls = newCalls(g.cfg, g.opts.Log)
	g.calls.chance = g.opts.Chance
	sipCfg.Incoming, sipCfg.Ready, sipCfg.Probed = g.calls.Incoming, g.callable, g.calls.meter.probed
	bus, err := natsbus.Open(ctx, busCfg)
	if err != nil {
		return fmt.Errorf("gateway: open the bus: %w", err)
	}
	if err := g.openTelephony(sipCfg); err != nil {
		_ = bus.Close() // the first error is the one to tell
		return err
	}
	g.bus = bus
	limits := g.cfg.Processor.Limits
	g.tracker = tracker.New(tracker.Config{
		Space: spaceOf(g.cfg), Version: g.opts.Version, Groups: g.groups, Registrar: g.cfg.SIP.Registrar != "",
		MaxBody: int(limits.Body), MaxSessions: limits.Sessions, MaxChannels: limits.Channels, MaxChecks: limits.PendingRequests,
		Bus: g.bus, Telephony: g.calls, Log: g.opts.Log, Trace: g.opts.BusTrace,
	})
	g.calls.ua, g.calls.tones, g.calls.offer = g.ua, g.tones, g.tracker.Offer // before Run, and with it before the first call
	g.calls.meter.registry.MustRegister(newReadings(g))
	return nil
}

// openTelephony opens the SIP sockets and that of what we play ourselves.
func (g *Gateway) openTelephony(cfg sip.Config) (err error) {
	ended, end := context.WithCancel(context.Background())
	end()
	if g.player, err = openPlayer(g.cfg, g.opts.MediaConn); err != nil {
		return fmt.Errorf("gateway: open the RTP socket: %w", err)
	}
	cfg.Media = g.player
	if g.ua, err = sip.New(cfg); err != nil {
		_ = g.play(ended) // it closes
		return fmt.Errorf("gateway: open the SIP user agent: %w", err)
	}
	g.ua.Drain(true) // until a call could be offered to somebody
	if g.tones, err = newTones(g.cfg, g.ua.Host(), g.player); err != nil {
		_, _ = g.ua.Run(ended), g.play(ended)
		return fmt.Errorf("gateway: describe the RTP socket: %w", err)
	}
	return nil
}

// play runs what we play ourselves, if anything.
func (g *Gateway) play(ctx context.Context) error {
	if g.player == nil {
		return nil
	}
	return g.player.Run(ctx)
}

// Run serves until ctx ends, then drains: new calls are refused, live ones may end by
// themselves within the drain time-out, then every session is torn down, leaves first. It
// returns when everything has ended.
func (g *Gateway) Run(ctx context.Context) (err error) {
	defer func() {
		if closeErr := g.bus.Close(); err == nil && closeErr != nil {
			err = fmt.Errorf("gateway: close the bus: %w", closeErr)
		}
	}()
	parts, partsCtx := errgroup.WithContext(context.WithoutCancel(ctx))
	uaCtx, stopUA := context.WithCancel(partsCtx)
	defer stopUA()
	// It outlives a part that fails: the bridge is to hear what becomes of its calls.
	trackerCtx, stopTracker := context.WithCancel(context.WithoutCancel(ctx))
	defer stopTracker()
	captureCtx, stopCapture := context.WithCancel(context.WithoutCancel(ctx)) // until the last BYE was seen
	parts.Go(func() error {
		defer stopCapture()
		return g.ua.Run(uaCtx)
	})
	parts.Go(func() error { return g.capture(captureCtx) })
	parts.Go(func() error { return g.play(uaCtx) })
	parts.Go(func() error { return g.tracker.Run(trackerCtx) })
	admin, err := g.startAdmin(parts)
	if err != nil {
		stopUA()
		stopTracker()
		_ = parts.Wait() // the first error is the one to tell
		return err
	}
	select {
	case <-g.tracker.Started():
		g.serve(ctx, partsCtx.Done())
	case <-ctx.Done(): // still recovering: there is nothing to drain
		stopTracker()
	case <-partsCtx.Done(): // a part has failed
		stopTracker()
	}
	stopUA()
	g.bus.StopIntake()
	g.stopAdmin(admin)
	return parts.Wait()
}

// serve is the gateway's normal life: from STARTED until ctx ends or a part fails, and all is
// drained.
func (g *Gateway) serve(ctx context.Context, failedc <-chan struct{}) {
	g.tellHealth()
	g.ua.Drain(false)
	g.opts.Log.Info("the gateway is started", "processor", g.cfg.Processor.ID, "groups", len(g.groups), "trunks", len(g.cfg.Trunks))
	look := time.NewTicker(healthPoll)
	defer look.Stop()
	for {
		select {
		case <-look.C:
			g.tellHealth()
		case <-ctx.Done():
			g.drain()
			return
		case <-failedc:
			g.drain()
			return
		}
	}
}

const (
	healthPoll      = time.Second
	drainPoll       = 100 * time.Millisecond
	teardownTimeout = 10 * time.Second
)

// drain lets live calls end, then tears the sessions down.
func (g *Gateway) drain() {
	g.stopping(interaction.StatusStopping, "the gateway is shutting down")
	g.opts.Log.Info("draining", "calls", g.calls.count(), "at-most", g.cfg.Processor.DrainTimeout)
	g.ua.Drain(true)
	g.tracker.Drain()
	g.waitForCalls()
	ctx, cancel := context.WithTimeout(context.Background(), teardownTimeout)
	defer cancel()
	if err := g.tracker.Shutdown(ctx, "the gateway is shutting down"); err != nil {
		g.opts.Log.Error("not everything could be torn down in time", "error", err)
	}
	g.stopping(interaction.StatusStopped, "the gateway has shut down")
	if err := g.tracker.Flush(ctx); err != nil {
		g.opts.Log.Error("not everything could be published in time", "error", err)
	}
}

func (g *Gateway) waitForCalls() {
	timeout := time.NewTimer(g.cfg.Processor.DrainTimeout)
	defer timeout.Stop()
	look := time.NewTicker(drainPoll)
	defer look.Stop()
	for g.calls.count() > 0 {
		select {
		case <-look.C:
		case <-timeout.C:
			g.opts.Log.Warn("calls are cut off by the drain time-out", "calls", g.calls.count())
			return
		case <-g.opts.Kill:
			g.opts.Log.Warn("calls are cut off by a second signal", "calls", g.calls.count())
			return
		}
	}
}

// Peer connects a bridge to the gateway's bus, in this process.
func (g *Gateway) Peer(ctx context.Context) (*natsbus.Peer, error) { return g.bus.Peer(ctx) }

// NATS is where the embedded server listens for bridges; empty when it does not.
func (g *Gateway) NATS() string { return g.bus.URL() }
