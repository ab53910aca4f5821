package gateway_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/bridge/natsbus"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/sip"
	"tieline/sip/locate"
	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
)

// TestSystem plays the text files in testdata/system against the whole gateway – a real
// nats-server, a real sipgo, a scripted PBX on an in-memory network – in virtual time.
// Rewrite them with
//
//	go test ./gateway -run TestSystem -args -rewrite
//
// and review the difference as prose. Commands:
//
//	gateway                                 the trunks and channel-groups are the input; without it, systemConfig. It comes first
//	setup [group=answer] [ready]            session s1, group sales, channel 1001, all opened; logged in and ready. With the
//	                                        groups desk, rings, firm and refers, whose agents have a phone at pbx-b, what is
//	                                        offered and answered is shown as well; refers dials by pbx-c. With the group
//	                                        keys, too, which dials by pbx-d and sends its digits by RTP
//	request NAME id=1 target=T [subject=T]  the body is the input
//	query NAME id=1 target=T
//	pbx [b] [of=600] 180 200 …              responses to the last INVITE (for 600), back to back
//	pbx [b] [of=600] (bye[=486]|repeat|hold|resume)     a BYE with that cause
//	pbx [b] [of=600] (refresh|update=hold|update=resume)     UPDATE
//	pbx [c] [of=600] notify=200             what has come of a REFER
//	pbx [b] call=1001 [no-ack]              the PBX calls an end-point; the input has From and more headers
//	pbx [b] (cancel|ack|press=5)            about the last call
//	pbx [b] manners (cancel-only|refuse-first|no-ack|timer=30m)
//	link [b] (cut|heal)
//	heads [b] Privacy X-Account             these header fields of the last INVITE that the PBX got
//	ends [b]                                why the last call was ended by us: the Reason of our BYE or CANCEL
//	options [b] 503 [retry-after=60]        how OPTIONS are answered from now on; 0: not at all
//	asks [b]                                an OPTIONS of the PBX
//	readyz · metrics trunk_up [calls …]     what the admin listener says
//	rooms 200                               a response to each call of the conference, in their order
//	wait 5s · drain · open
//
// Ids made by the gateway are shown as i1, i2, … in order of appearance.
func TestSystem(t *testing.T) {
	defer natsbus.HoldClock()()
	datadriven.Walk(t, "testdata/system", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) {
			s := newSystem(t)
			defer s.stop()
			datadriven.RunTest(t, path, s.command)
		})
	})
}

const systemConfig = `
processor: {id: acme, drain-timeout: 10s, limits: {sessions: 2, channels: 2, pending-requests: 3, body: 4KiB}}
nats: {embedded: {listen: none}}
admin: {listen: none}
sip: {listen: ["udp://192.0.2.1:5060"], advertise: 192.0.2.1, hold-down: 30s, registrar: pbx-b}
trunks:
  pbx-a: {address: 192.0.2.10, trusted: true}
  pbx-b: {address: 192.0.2.11}
  pbx-c: {address: 192.0.2.12, transfer: refer}
channel-groups:
  sales:
    trunks: [pbx-a, pbx-b]
    destinations: {extensions: 1-6 digits}
    limits: {concurrent: 3}
    max-interactions: 2
    dial: {progress-timeout: 5s, ring-timeout: 30s, max-timeout: 2m}
  answer:
    trunks: [pbx-a]
    destinations: {extensions: 1-6 digits}
    dial: {success-on: answer, progress-timeout: 5s, ring-timeout: 30s, max-timeout: 2m}
`

// rtpTrunk is one more.
const rtpTrunk = `  pbx-d: {address: 192.0.2.13, dtmf: rtp}
`

// rtpGroups are groups for which something is sent by RTP: all but keys have a phone.
const rtpGroups = `  keys:
    trunks: [pbx-d]
    destinations: {extensions: 1-6 digits}
  desk:
    trunks: [pbx-a]
    destinations: {extensions: 1-6 digits}
    station: {uri: "sip:phone-{end-point}@pbx-b", keep: 10s}
    conference: sip:conf-{end-point}@pbx-a
    max-interactions: 2
    dial: {progress-timeout: 5s, ring-timeout: 30s, max-timeout: 2m}
  rings:
    trunks: [pbx-a]
    destinations: {extensions: 1-6 digits}
    station: {uri: "sip:phone-{end-point}@pbx-b", alert: at-once, auto-answer: [polycom], no-answer: redirect, redirect: "sip:queue@192.0.2.10"}
    ringback: none
  firm:
    trunks: [pbx-a]
    station: {uri: "sip:phone-{end-point}@pbx-b", no-answer: reject}
  refers:
    trunks: [pbx-c]
    destinations: {extensions: 1-6 digits}
    station: sip:phone-{end-point}@pbx-b
`

type system struct {
	t       *testing.T
	network *siptest.Network
	pbx     map[string]*exchange
	gateway *gateway.Gateway
	peer    *natsbus.Peer
	stops   []func()
	drain   func()
	setups  int
	asked   int               // OPTIONS of PBXs
	media   bool              // is shown
	keys    bool              // the group is keys
	lanes   map[string]string // by Call-ID
	digits  siptest.Digits    // of the latest call of the group keys
	watched func(sip.TraceEvent)

	mu      sync.Mutex
	started time.Time
	lines   []line
	ids     map[string]string
}

// line is something that crossed a border. Lines of one lane are in order; between lanes there is none within an instant.
type line struct {
	at   time.Duration
	lane string
	text string
}

const (
	bridgeLane = "~" // behind the telephone system's
	rtpSocket  = "192.0.2.1:7000"
)

// bye is 1 for a BYE and its answer. It does not wait for what is under way in its dialog, so between the two there is no order;
// it is shown last.
func (l line) bye() int {
	if l.lane != "" && l.lane != bridgeLane && (strings.Contains(l.text, "  BYE ") || strings.HasSuffix(l.text, "200 (BYE)")) {
		return 1
	}
	return 0
}

func newSystem(t *testing.T) *system {
	s := &system{t: t, network: siptest.NewNetwork(1), pbx: map[string]*exchange{}, ids: map[string]string{}, lanes: map[string]string{}, started: time.Now()}
	s.startPBX("a", "192.0.2.10:5060")
	s.startPBX("b", "192.0.2.11:5060")
	s.startPBX("c", "192.0.2.12:5060")
	s.startPBX("d", "192.0.2.13:5060")
	s.startPBX("e", "192.0.2.14:5060")
	s.network.Observe(s.overhear)
	return s
}

// start starts the gateway, and a bridge that follows it.
func (s *system) start(t *testing.T, text string) {
	s.startGateway(text)
	peer, err := s.gateway.Peer(t.Context())
	if err != nil {
		t.Fatalf("a bridge connects: %v", err)
	}
	s.peer = peer
	heard := contract.Heard(t)
	_, err = peer.Follow(t.Context(), natsbus.Start{}, func(m bridge.Message) {
		heard(m)
		s.note(bridgeLane, "bridge ◀─ gw  "+m.Line())
	})
	if err != nil {
		t.Fatalf("a bridge follows the stream: %v", err)
	}
	s.stops = append(s.stops, peer.Close)
	synctest.Wait()
	s.lines = nil
}

// usual is the configuration of most ladders.
func usual() string {
	return strings.Replace(systemConfig, "channel-groups:\n", rtpTrunk+"channel-groups:\n", 1) + rtpGroups
}

func (s *system) startGateway(text string) {
	cfg, err := config.Parse([]byte(text), func(string) (string, bool) { return "", false }, nil)
	if err != nil {
		s.t.Fatalf("the configuration is right: %v", err)
	}
	g, err := gateway.New(cfg, gateway.Options{
		Version: "1.2.3", Memory: true, PacketConn: s.network.MustListen("192.0.2.1:5060"), MediaConn: s.network.MustListen(rtpSocket), SIPTrace: s.sip,
		Chance: func(n int) int { return n / 2 }, Locate: located,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	if err := g.Open(s.t.Context()); err != nil {
		s.t.Fatalf("the gateway opens: %v", err)
	}
	s.gateway = g
	s.drain = s.background(g.Run)
}

// located is a DNS with one name: its servers are pbx-a and pbx-b, in this order.
func located(_ context.Context, t locate.Target, able locate.Ability) (locate.Route, error) {
	return locate.Locate(t, able, func(q locate.Question) (locate.Answer, error) {
		a := locate.Answer{TTL: time.Hour}
		switch q {
		case locate.Question{Name: "_sip._udp.pbx.example.com", Type: locate.SRV}:
			a.Services = []locate.Service{{Priority: 1, Port: 5060, Host: "a.example.com"}, {Priority: 2, Port: 5060, Host: "b.example.com"}}
		case locate.Question{Name: "a.example.com", Type: locate.A}:
			a.Addrs = []netip.Addr{netip.MustParseAddr("192.0.2.10")}
		case locate.Question{Name: "b.example.com", Type: locate.A}:
			a.Addrs = []netip.Addr{netip.MustParseAddr("192.0.2.11")}
		}
		return a, nil
	})
}

// background runs f until the test stops it, in the reverse order of the starts.
func (s *system) background(f func(context.Context) error) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	donec := make(chan struct{})
	go func() {
		defer close(donec)
		if err := f(ctx); err != nil {
			s.t.Errorf("a part ends without an error: %v", err)
		}
	}()
	stop = func() {
		cancel()
		<-donec
	}
	s.stops = append(s.stops, stop)
	return stop
}

func (s *system) stop() {
	for _, stop := range slices.Backward(s.stops) {
		stop()
	}
	for name, p := range s.pbx {
		if n := p.Open(); n != 0 {
			s.t.Errorf("no leg is left at pbx-%s: %d are", name, n)
		}
		for _, c := range p.Complaints() {
			s.t.Errorf("pbx-%s has nothing to complain about: %s", name, c)
		}
	}
}

func (s *system) sip(e sip.TraceEvent) {
	if s.watched != nil {
		s.watched(e)
	}
	arrow := "gw ◀─ "
	if e.Out {
		arrow = "gw ─▶ "
	}
	text := arrow + e.Peer + "  " + e.Line
	if d, err := offer.Parse(e.Body); err == nil && s.media && d.Streams() > 0 {
		text += "  " + offertest.Brief(e.Body)
	}
	text = room.ReplaceAllString(text, "conf-1001-0x0") // those who meet call it in any order
	s.note(s.laneOf(e, text), text)
}

// overhear shows the digits that leave by RTP; the group keys has no tones.
func (s *system) overhear(_ time.Time, from, to net.Addr, data []byte) {
	if from.String() != rtpSocket || !s.keys {
		return
	}
	if line := s.digits.Hear(to.String(), data); line != "" {
		s.note("rtp", "gw ─▶ "+to.String()+"  "+line)
	}
}

var room = regexp.MustCompile(`conf-1001-0x\d+`)

// laneOf is one for all calls where there is one at a time; with a phone, each call has its own, named by its INVITE.
func (s *system) laneOf(e sip.TraceEvent, text string) string {
	if !s.media {
		return ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.lanes[e.CallID] == "" {
		s.lanes[e.CallID] = fmt.Sprintf("%s %s %03d", e.Peer, text, len(s.lanes)) // alike ones in order of appearance
	}
	return s.lanes[e.CallID]
}

func (s *system) note(lane string, text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lines = append(s.lines, line{time.Since(s.started), lane, text})
}

// command plays one command and returns what crossed the borders since the one before. The
// two borders are crossed freely within one instant; what counts is the order of each lane.
func (s *system) command(t *testing.T, d *datadriven.TestData) string {
	if d.Cmd == "gateway" {
		sections, _, _ := strings.Cut(systemConfig, "trunks:\n")
		s.start(t, sections+d.Input)
	} else if s.gateway == nil {
		s.start(t, usual())
	}
	switch d.Cmd {
	case "gateway":
	case "setup":
		s.setup(d)
	case "request":
		s.send(d, bridge.TypeRequest)
	case "query":
		s.send(d, bridge.TypeQuery)
	case "pbx":
		s.act(d)
	case "heads":
		return s.heads(d)
	case "ends":
		return s.ends(d)
	case "rooms":
		s.rooms(d)
	case "link":
		s.link(d)
	case "wait":
		pause, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		time.Sleep(pause)
	case "options":
		s.options(d)
	case "asks":
		s.asks(d)
	case "readyz":
		return s.get("/readyz")
	case "metrics":
		return s.metrics(d)
	case "drain":
		go s.drain()
	case "open":
		return fmt.Sprintf("a %d, b %d", s.pbx["a"].Open(), s.pbx["b"].Open())
	default:
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	synctest.Wait()
	return s.crossed()
}

func (s *system) crossed() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	lines := s.lines
	s.lines = nil
	if len(lines) == 0 {
		return "silence"
	}
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.at.Truncate(time.Millisecond), b.at.Truncate(time.Millisecond)), cmp.Compare(a.lane, b.lane), cmp.Compare(a.bye(), b.bye()))
	})
	acknowledge(lines)
	var text []string
	for _, l := range lines {
		text = append(text, fmt.Sprintf("%-6s %s", "+"+l.at.Truncate(time.Millisecond).String(), s.named(l.text)))
	}
	return strings.Join(text, "\n")
}

// acknowledge puts each ACK before the answer to a CANCEL that crossed it in the same instant: the two
// belong to different transactions, and between these there is no order.
func acknowledge(lines []line) {
	for i := 1; i < len(lines); i++ {
		ack, before := lines[i], lines[i-1]
		if strings.Contains(ack.text, "gw ─▶ ") && strings.Contains(ack.text, "  ACK ") && strings.HasSuffix(before.text, "200 (CANCEL)") {
			lines[i-1], lines[i] = ack, before
			lines[i-1].at = before.at
		}
	}
}

// named replaces the gateway's ids by i1, i2, … in order of appearance.
func (s *system) named(text string) string {
	uuid := regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}`)
	return uuid.ReplaceAllStringFunc(text, func(id string) string {
		if s.ids[id] == "" {
			s.ids[id] = "i" + strconv.Itoa(len(s.ids)+1)
		}
		return s.ids[id]
	})
}

// meant puts the gateway's ids back in where a command says i1, i2, ….
func (s *system) meant(target string) bridge.Target {
	parts := strings.Split(target, ".")
	for id, name := range s.ids {
		for i, p := range parts {
			if p == name {
				parts[i] = id
			}
		}
	}
	return bridge.Target(strings.Join(parts, "."))
}

func (s *system) send(d *datadriven.TestData, kind bridge.Type) {
	m := bridge.Message{Type: kind, Name: bridge.Name(d.CmdArgs[0].Key), Body: json.RawMessage(d.Input)}
	var target, subject string
	d.ScanArgs(s.t, "target", &target)
	d.ScanArgs(s.t, "id", &m.RequestID)
	if !d.MaybeScanArgs(s.t, "subject", &subject) {
		subject = target
	}
	m.Target = s.meant(target)
	if err := s.peer.Send(m, s.meant(subject)); err != nil {
		s.t.Errorf("the bridge sends %s: %v", m.Name, err)
	}
}

// setup makes a session, its group and channel 1001, and opens all three.
func (s *system) setup(d *datadriven.TestData) {
	group := "sales"
	d.MaybeScanArgs(s.t, "group", &group)
	s.open(group, d.HasArg("ready"))
}

func (s *system) open(group string, ready bool) {
	s.keys = group == "keys"
	s.media = slices.Contains([]string{"desk", "rings", "firm", "refers", "keys", "front"}, group)
	s.setups++
	session := bridge.Target("s" + strconv.Itoa(s.setups))
	g := session.Child(group)
	c := g.Child("1001")
	ask := func(kind bridge.Type, name bridge.Name, target, subject bridge.Target, body string) {
		m := bridge.Message{Type: kind, Name: name, Target: target, RequestID: fmt.Sprintf("%s.%s", name, subject), Body: json.RawMessage(body)}
		if answer, err := s.peer.Request(s.t.Context(), m, subject); err != nil || answer.Result != bridge.Success {
			s.t.Fatalf("%s is answered with SUCCESS: %v %v", name, answer, err)
		}
	}
	ask(bridge.TypeRequest, bridge.ControlAddSession, bridge.Control, session, fmt.Sprintf(`{"session":%q,"agent":{"id":"alice","name":"Alice"}}`, session))
	ask(bridge.TypeQuery, bridge.SessionInit, session, session, "")
	ask(bridge.TypeRequest, bridge.SessionAddChannelGroup, session, g, fmt.Sprintf(`{"channel-group":%q}`, group))
	ask(bridge.TypeQuery, bridge.GroupInit, g, g, "")
	ask(bridge.TypeRequest, bridge.GroupAddChannel, g, c, `{"channel":"1001","end-point":"1001","type":"Telephony"}`)
	ask(bridge.TypeQuery, bridge.ChannelInit, c, c, "")
	if ready {
		ask(bridge.TypeRequest, bridge.ChannelActivate, c, c, "")
		ask(bridge.TypeRequest, bridge.ChannelReadyRequest, c, c, "")
	}
	synctest.Wait()
	s.mu.Lock()
	s.lines = nil
	s.mu.Unlock()
}
