package gateway

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/bridge/mirror"
	"tieline/bridge/natsbus"
	"tieline/gateway/config"
	"tieline/sip"
	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
)

// world is a gateway, its bridge, and all telephones. Everything that these do is decided by one goroutine, the test's.
type world struct {
	t *testing.T
	*rand.Rand
	network *siptest.Network
	gateway *Gateway
	peer    *natsbus.Peer
	stops   []func()
	drain   func()
	started time.Time
	seen    *tally

	// telephones
	pbxs    []*siptest.PBX
	parties []*party        // all that there were
	rung    map[string]int  // how often each number was called
	refused map[string]bool // numbers that did not like the codecs, and have not rung
	ports   int
	agenda  []deed
	wakec   chan struct{} // holds a token when something has reached a PBX
	over    context.Context
	kind    bool    // everybody does what is asked
	rough   bool    // messages were lost
	loss    float64 // of the network at any time but when all is calm; 0: see weather

	mu    sync.Mutex // of what follows: the stream is heard at any time
	whim  *mirror.Whim
	books books
	log   []string
}

// tally counts what has happened.
//
// Concurrency: safe for use from anywhere.
type tally struct {
	mu sync.Mutex
	n  map[string]int
}

func (t *tally) add(what string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.n[what]++
}

// deed is something that will be done.
type deed struct {
	at time.Time
	f  func()
}

func newWorld(t *testing.T, seed uint64) *world {
	chance := rand.New(rand.NewPCG(seed, 17))
	over, cancel := context.WithCancel(context.Background())
	cancel()
	w := &world{
		t: t, Rand: chance, network: siptest.NewNetwork(seed), started: time.Now(), seen: &tally{n: map[string]int{}}, rung: map[string]int{}, refused: map[string]bool{},
		wakec: make(chan struct{}, 1), over: over, books: newBooks(),
		whim: &mirror.Whim{Rand: chance, Mirror: mirror.New(), Sessions: []string{"s1", "s2"}, Groups: []string{"sales", "support"}},
	}
	settings := w.settings()
	w.note("settings" + settings)
	cfg, err := config.Parse([]byte(settings), func(string) (string, bool) { return "", false }, nil)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, host := range []string{"192.0.2.11", "192.0.2.12", "192.0.2.13"} {
		w.startPBX(host)
	}
	w.startGateway(cfg)
	w.startBridge()
	return w
}

func (w *world) startPBX(host string) {
	p, err := siptest.New(siptest.Config{
		Conn: w.network.MustListen(host + ":5060"), OwnPorts: true,
		Manners: siptest.Manners{Unanswered: []gosip.RequestMethod{gosip.INVITE, gosip.REFER}},
		Trace: func(siptest.Trace) {
			select {
			case w.wakec <- struct{}{}:
			default:
			}
		},
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.pbxs = append(w.pbxs, p)
	w.background(p.Run)
}

// settings differ from history to history.
func (w *world) settings() string {
	of := func(values ...string) string { return values[w.IntN(len(values))] }
	group := func(trunk string) string {
		return "{trunks: [" + trunk + "], destinations: {extensions: 1-6 digits}, limits: {concurrent: 20}, max-interactions: 2, " +
			"conference: 'sip:conf-{id}@pbx-a', ringback: " + of("local", "none") + ", wrap-up-limit: 2m, " +
			"dial: {progress-timeout: 5s, ring-timeout: 20s, max-timeout: 1m, success-on: " + of("progress", "progress", "answer") + "}, " +
			"station: {uri: 'sip:phone-{end-point}@pbx-b', ring-timeout: 10s, keep: " + of("0s", "10s") + ", alert: " + of("on-accept", "at-once") +
			", no-answer: " + of("alert", "alert", "reject", "redirect, redirect: 'sip:queue@192.0.2.11'") + "}}"
	}
	return `
processor: {id: acme, drain-timeout: 1s}
nats: {embedded: {listen: none}}
admin: {listen: none}
sip: {listen: ["udp://192.0.2.1:5060"], advertise: 192.0.2.1, hold-down: 1s}
trunks:
  pbx-a: {address: 192.0.2.11, probe: {interval: 10s, timeout: 2s, down-after: 2}, limits: {calls-per-second: 4, concurrent: 6}}
  pbx-b: {address: 192.0.2.12, probe: {interval: 10s, timeout: 2s}}
  pbx-c: {address: 192.0.2.13, transfer: refer}
channel-groups:
  sales: ` + group("pbx-a") + `
  support: ` + group(of("pbx-a", "pbx-c", "pbx-c")) + "\n"
}

func (w *world) startGateway(cfg config.Config) {
	var err error
	w.gateway, err = New(cfg, Options{
		Memory: true, PacketConn: w.network.MustListen("192.0.2.1:5060"), MediaConn: w.network.MustListen("192.0.2.1:7000"), SIPTrace: w.saw,
		Chance: func(n int) int { return n / 2 },
	})
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.gateway.Open(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	w.drain = w.background(w.gateway.Run)
	w.pass(0)
}

func (w *world) startBridge() {
	var err error
	if w.peer, err = w.gateway.Peer(context.Background()); err != nil {
		w.t.Fatal(err)
	}
	heard := contract.Heard(w.t)
	if _, err := w.peer.Follow(context.Background(), natsbus.Start{}, func(m bridge.Message) {
		heard(m)
		w.hear(m)
	}); err != nil {
		w.t.Fatal(err)
	}
	w.stops = append(w.stops, w.peer.Close)
	w.open()
}

// background runs f until the test stops it, in the reverse order of the starts.
func (w *world) background(f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	donec := make(chan error, 1)
	go func() { donec <- f(ctx) }()
	stop = sync.OnceFunc(func() {
		cancel()
		if err := <-donec; err != nil {
			w.t.Errorf("a part ends without an error: %v", err)
		}
	})
	w.stops = append(w.stops, stop)
	return stop
}

func (w *world) stop() {
	for _, stop := range slices.Backward(w.stops) {
		stop()
	}
	if w.t.Failed() {
		w.t.Log(strings.Join(w.log, "\n"))
	}
}

func (w *world) note(text string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.log = append(w.log, fmt.Sprintf("%-9s %s", time.Since(w.started).Truncate(time.Millisecond), text))
}

// saw notes what crosses the border to the telephones, for whoever has to find out why something was wrong.
func (w *world) saw(e sip.TraceEvent) {
	arrow := "gw ◀─ "
	if e.Out {
		arrow = "gw ─▶ "
	}
	text := fmt.Sprintf("%s%s %s [%s %s]", arrow, e.Peer, e.Line, e.CallID, e.CSeq)
	if len(e.Body) > 0 && !strings.Contains(e.Line, "NOTIFY") {
		text += "  " + offertest.Brief(e.Body)
	}
	w.note(text)
}

// later has something done in d.
func (w *world) later(d time.Duration, f func()) {
	w.agenda = append(w.agenda, deed{time.Now().Add(d), f})
	slices.SortStableFunc(w.agenda, func(a, b deed) int { return a.at.Compare(b.at) })
}

// between is a time that chance has.
func (w *world) between(least, most time.Duration) time.Duration {
	return least + time.Duration(w.Int64N(int64(most-least)))
}

// pass lets time go by, and everybody at a telephone do what is due.
func (w *world) pass(d time.Duration) {
	end := time.Now().Add(d)
	for {
		synctest.Wait()
		w.attend()
		for len(w.agenda) > 0 && !w.agenda[0].at.After(time.Now()) {
			f := w.agenda[0].f
			w.agenda = w.agenda[1:]
			f()
			synctest.Wait() // whoever is next sees what has come of it
			w.attend()
		}
		next := end
		if len(w.agenda) > 0 && w.agenda[0].at.Before(end) {
			next = w.agenda[0].at
		}
		wait := time.Until(next)
		if wait <= 0 && len(w.wakec) == 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-w.wakec:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// end has the bridge leave and everybody hang up, or the gateway shut down: nothing is left then.
func (w *world) end() {
	if w.t.Failed() {
		return
	}
	w.live(20)
	w.kind = true
	w.network.SetDefault(siptest.Link{Latency: 5 * time.Millisecond})
	if w.IntN(3) == 0 {
		w.note("drain")
		go w.drain()
		w.pass(2 * time.Minute)
	} else {
		w.leave()
		w.pass(time.Minute)
		w.onlyFree()
		for _, p := range w.parties {
			if p.role == remote {
				p.bye()
			}
		}
		w.pass(time.Minute)
		w.accounts()
		w.kept()
	}
	for i, p := range w.pbxs {
		if n := p.Open(); n != 0 {
			w.t.Errorf("no leg is left at PBX %d: %d are", i, n)
		}
		for _, c := range p.Complaints() {
			w.complains(c)
		}
	}
}

// kept looks for what the gateway may have forgotten to forget.
func (w *world) kept() {
	c := w.gateway.calls
	places := 0
	for _, l := range c.limits {
		places += l.live
	}
	for _, trunk := range w.gateway.ua.Trunks() {
		places += trunk.Calls
	}
	tones := 0
	if p := w.gateway.tones.player; p != nil {
		tones = p.Playing()
	}
	if c.count() != 0 || places != 0 || len(c.desks) != 0 || len(c.seats) != 0 || tones != 0 {
		w.t.Errorf("%d legs, %d places, %d desks, %d seats, %d tones are kept", c.count(), places, len(c.desks), len(c.seats), tones)
	}
}
