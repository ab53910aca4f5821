package sip

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"sync"
	"sync/atomic"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/trunk"
)

// UserAgent dials and takes calls. Make it with [New]; it works while [UserAgent.Run] does.
type UserAgent struct {
	// settings, fixed after New
	cfg       Config
	trunks    map[string]*Trunk
	probers   map[string]*prober  // of those that are probed
	accounts  map[string]*account // the trunks'
	sockets   []*socket
	listeners []*listener
	dialers   map[string]*dialer  // by network
	local     map[place]hostPort  // advertised
	shown     *secured            // to those who connect by TLS; nil: nobody can
	secured   map[string]*secured // for each TLS trunk
	chance    func(n int) int     // a random number from 0 to n-1

	// sipgo
	transport    *gosip.TransportLayer
	transactions *gosip.TransactionLayer

	// state
	peers      *peers
	telephones telephones
	table      table
	dropped    atomic.Uint64
	doors      map[int]uint64 // INVITEs refused, by status
	strangers  burst
	crowds     burst // of connections from one host
	losses     burst // of what could not be sent
	shakes     burst // TLS handshakes of theirs that failed
	rejections quota
	acks       acks
	draining   atomic.Bool
	deaf       atomic.Bool // what comes in is read and dropped
	mu         sync.Mutex
	health     *trunk.Health
	calls      map[guest]struct{}
	streams    map[*stream]struct{}
	broken     map[hop]string // connections of ours, and why, until the next
	closing    bool

	registrations *registrations
	doorman       *doorman

	tracing sync.Mutex // held during Config.Trace
	traced  bool       // the trace has ended

	// lifetime
	pending  sync.WaitGroup // sockets that nobody reads yet
	readyc   chan struct{}  // closed when all are read
	abandonc chan struct{}  // closed when all calls have ended, or the time for it is over
	live     sync.WaitGroup // calls, transaction readers and connections
}

// New opens the sockets and looks up the trunks' addresses, so that what is wrong is known at once; a trunk whose name
// does not resolve yet is no error. Run must follow, if only with an ended context: it closes the sockets.
func New(cfg Config) (*UserAgent, error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	u := &UserAgent{
		cfg:        cfg,
		trunks:     map[string]*Trunk{},
		probers:    map[string]*prober{},
		accounts:   map[string]*account{},
		telephones: newTelephones(),
		table:      newTable(),
		acks:       acks{sent: map[string]*gosip.Request{}},
		chance:     cfg.Chance,
		calls:      map[guest]struct{}{},
		doors:      map[int]uint64{},
		streams:    map[*stream]struct{}{},
		broken:     map[hop]string{},
		secured:    map[string]*secured{},
		readyc:     make(chan struct{}),
		abandonc:   make(chan struct{}),
	}
	if err := u.certify(); err != nil {
		return nil, err
	}
	u.dialers = map[string]*dialer{tcp: newDialer(u, tcp), secure: newDialer(u, secure)}
	u.peers = newPeers(cfg.Locate, func(n int) int { return u.chance(n) }, cfg.Hold)
	for i := range cfg.Trunks {
		t := &cfg.Trunks[i]
		u.trunks[t.Name] = t
		u.peers.add(t.Name, t.sought())
		if t.Probe.Interval > 0 {
			u.probers[t.Name] = newProber(u, t)
		}
		u.accounts[t.Name] = newAccount(t.Username, t.Password)
	}
	u.registrations, u.doorman = newRegistrations(u), newDoorman(cfg.Product)
	u.health = trunk.New(u.trunkConfig())
	ctx := context.Background()
	u.lookUpFirst(ctx)
	if err := u.listen(ctx); err != nil {
		return nil, err
	}
	if err := u.settle(); err != nil {
		u.closeSockets()
		return nil, err
	}
	u.assemble()
	return u, nil
}

// assemble puts sipgo's layers together.
func (u *UserAgent) assemble() {
	log := newQuiet(u.cfg.Log)
	u.transport = gosip.NewTransportLayer(net.DefaultResolver, newParser(), noTLS(),
		gosip.WithTransportLayerLogger(log))
	u.transport.OnMessage(u.observe) // before the transactions see it
	u.transactions = gosip.NewTransactionLayer(u.transport,
		gosip.WithTransactionLayerLogger(log),
		gosip.WithTransactionLayerTerminateOnConnClose(),
		// Provisional and 2xx responses without a transaction have been seen by observe.
		gosip.WithTransactionLayerUnhandledResponseHandler(u.refused))
	u.transactions.OnRequest(u.onRequest)
}

// serveStreams has sipgo read the connections of a listener, or those that we make.
func (u *UserAgent) serveStreams(network string, l net.Listener) error {
	if network == secure {
		return u.transport.ServeTLS(l)
	}
	return u.transport.ServeTCP(l)
}

// Run serves until ctx ends or a socket fails, then hangs up all calls, waits for their clean-up (Config.Grace),
// closes the sockets and returns when everything it started has ended. nil: ctx ended.
func (u *UserAgent) Run(ctx context.Context) error {
	failedc := make(chan error, len(u.sockets)+len(u.listeners)+len(u.dialers))
	var serving sync.WaitGroup
	for _, s := range u.sockets {
		serving.Go(func() { failedc <- u.transport.ServeUDP(s) })
	}
	for network, d := range u.dialers {
		serving.Go(func() { failedc <- u.serveStreams(network, d) })
	}
	for _, l := range u.listeners {
		serving.Go(func() { failedc <- u.serveStreams(l.network, l) })
	}
	u.registrations.start()
	u.pending.Wait() // each of them reads at once
	close(u.readyc)
	u.startProbers()
	u.startKeepers(ctx)

	err := u.watch(ctx, failedc)
	u.hangUpAll()
	u.hush()
	u.closeSockets()
	u.transactions.Close()
	_ = u.transport.Close() // every connection is closed below
	serving.Wait()
	u.closeStreams()
	u.live.Wait()
	u.endTrace()
	return err
}

// lull is how long hush waits: in virtual time until nobody has anything to do, in real time long enough.
const lull = 10 * time.Millisecond

// hush passes nothing on to sipgo any more and lets it finish what it has. It handles each message in a goroutine that
// nobody can wait for, and a request that finds its connection gone by then makes a new one, a socket of sipgo's own with
// a reader that would never end.
func (u *UserAgent) hush() {
	u.deaf.Store(true)
	time.Sleep(lull)
}

// watch returns when ctx ends (nil) or a socket fails. Meanwhile it keeps the trunks' addresses fresh.
func (u *UserAgent) watch(ctx context.Context, failedc <-chan error) error {
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		arm(again, u.peers.due())
		select {
		case <-ctx.Done():
			return nil
		case err := <-failedc:
			if err == nil {
				err = errors.New("reading stopped")
			}
			return fmt.Errorf("sip: socket failed: %w", err)
		case <-u.peers.wakec:
			u.lookUp(ctx)
		case <-again.C:
			u.lookUp(ctx)
		}
	}
}

// Dial starts a call and returns at once. Its events are reported in order from one goroutine; report must not block.
// A dial that cannot be sent as it stands, or comes after Run's context has ended, fails like any other.
func (u *UserAgent) Dial(d Dial, report func(Event)) *Call {
	c := &Call{ua: u, dial: d, report: report, donec: make(chan struct{})}
	c.box.wakec = make(chan struct{}, 1)
	u.telephones.enter(c)
	if !u.enlist(c) {
		c.refused = &Outcome{Cause: Cancelled, Retryable: true, Detail: "shutting down"}
	}
	go c.run()
	return c
}

// Drain says whether OPTIONS and new calls are answered 503, so that a PBX sends its calls elsewhere: before whoever takes
// them is there, and before the end. Live calls stay.
func (u *UserAgent) Drain(on bool) { u.draining.Store(on) }

// Calls is how many calls live, those being cleaned up included.
func (u *UserAgent) Calls() int {
	u.mu.Lock()
	defer u.mu.Unlock()
	n := 0
	for g := range u.calls {
		switch g.(type) {
		case *Call, *Incoming:
			n++
		}
	}
	return n
}

// Dropped is how many datagrams and connections came from no trunk and were dropped unread.
func (u *UserAgent) Dropped() uint64 { return u.dropped.Load() }

// Refused is how many INVITEs outside of any dialog were refused before anybody was told, by status: the table in the
// package comment.
func (u *UserAgent) Refused() map[int]uint64 {
	u.mu.Lock()
	defer u.mu.Unlock()
	return maps.Clone(u.doors)
}

// Addr is the local address of the first socket of a network ("udp", "tcp", "tls"), or nil.
func (u *UserAgent) Addr(network string) net.Addr {
	if network == udp && len(u.sockets) > 0 {
		return u.sockets[0].LocalAddr()
	}
	for _, l := range u.listeners {
		if l.network == network {
			return l.Addr()
		}
	}
	return nil
}
