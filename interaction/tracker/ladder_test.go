package tracker_test

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"

	"tieline/bridge"
	"tieline/bridge/bustest"
	"tieline/bridge/contract"
	"tieline/interaction"
	"tieline/interaction/tracker"
)

// TestLadders plays the text files in testdata: commands in, everything that crossed the
// borders to the bridge and to the telephone system out, in order. Rewrite them with
//
//	go test ./interaction/tracker -run TestLadders -args -rewrite
//
// and review the difference as prose. Commands:
//
//	request NAME id=1 target=T [subject=T] [reply=INBOX] [envelope]   the body is the input
//	query NAME id=1 target=T [reply=INBOX]
//	raw subject=T [reply=INBOX] [type=… name=… …]                     the payload is the input
//	call (progress|alerting|answered|failed|ended|sent|unsent|pressed) [call=id1] [code=BUSY]
//	call (no-station|held|not-held|retrieved|moved|not-moved|left=id1) [call=id1]    of the agent's station, and of calls that are moved
//	call (held-by-remote|retrieved-by-remote|ended-by-agent) [call=id1]
//	offer [call=c1] [to=1001] [from=0301234] [name=Bob] [data]        an inbound call; the data is the input
//	registrar (accepts|refuses)                                       answers the oldest check of credentials
//	registration (made|lost|refused)                                  of the end-point that was registered last
//	bus (down|up|refuse[=n]|lose[=n]|forget|forget-ids|delay=1s)
//	gateway [max=2] [pending=2] [sessions=1] [channels=1] [registrar] [register] [dtmf] [station] [transfer] [conference] [success-on=answer] [wrap-up=5s] [caller-id] [keep-calls]      a restart with other settings
//	wait 5s · drain · shutdown · restart · setup
func TestLadders(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if strings.HasPrefix(path, "testdata/fuzz") {
			return // not ladders: what the fuzz tests begin with
		}
		synctest.Test(t, func(t *testing.T) {
			w := newWorld(t)
			defer w.stop()
			datadriven.RunTest(t, path, w.command)
		})
	})
}

var space = bridge.Space{Prefix: "cti", Processor: "acme"} // a constant of the tests

// world is a tracker between a bus in memory and a telephone system that does as it is told.
type world struct {
	t       *testing.T
	bus     *bustest.Memory
	tracker *tracker.Tracker
	cancel  context.CancelFunc
	ended   chan error
	ids     int
	setups  int
	asked   int // requests with an id of their own
	maxBody int

	mu      sync.Mutex
	lines   []line
	started time.Time
	replies int
	calls   map[string]func(interaction.Input)
	orders  map[string]order // of the agent's station that were not answered, by call
	last    string
	checks  []func(*bridge.Error)

	registered  string // the id of the registration in force
	registering func(interaction.Input)
	stored      []bridge.Message
	config      tracker.Config // limits
	settings    interaction.ChannelSettings
	logs        slog.Handler
}

func newWorld(t *testing.T) *world {
	w := &world{t: t, bus: bustest.NewMemory(space, "sales", "support"), logs: slog.DiscardHandler, maxBody: 4096, calls: map[string]func(interaction.Input){}, orders: map[string]order{}}
	w.settings = interaction.ChannelSettings{
		Group: "sales", MaxInteractions: 1, WrapUpLimit: time.Hour, Headers: []string{"X-Customer"},
		Destination: destination, NewID: w.newID,
	}
	w.bus.Follow(contract.Heard(t))
	w.bus.Follow(func(m bridge.Message) {
		w.say("bridge ◀─ gw  "+m.Line(), m.Target)
		w.mu.Lock()
		w.stored = append(w.stored, m)
		w.mu.Unlock()
	})
	w.run()
	return w
}

func (w *world) run() {
	w.started = time.Now()
	c := w.config
	c.Space, c.Version, c.Bus, c.Telephony, c.Log, c.MaxBody = space, "1.2.3", w.bus, w, slog.New(w.logs), w.maxBody
	c.Groups = map[string]interaction.ChannelSettings{"sales": w.settings, "support": w.settings}
	w.tracker = tracker.New(c)
	ctx, cancel := context.WithCancel(context.Background())
	w.cancel, w.ended = cancel, make(chan error, 1)
	tr := w.tracker
	go func() { w.ended <- tr.Run(ctx) }()
	w.tracker.SetStatus(bridge.StatusBody{Status: "STARTED", Reason: "", ChannelGroups: map[string]string{"sales": "UP"}})
	synctest.Wait()
}

func (w *world) stop() {
	w.cancel()
	if err := <-w.ended; err != nil {
		w.t.Errorf("the tracker ends without an error: %v", err)
	}
	w.bus.StopIntake()
}

func (w *world) newID() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ids++
	return fmt.Sprintf("id%d", w.ids)
}

// destination accepts digits, refuses 0…, and knows nothing else.
func destination(s string) (interaction.Destination, *bridge.Error) {
	switch {
	case strings.Trim(s, "0123456789") != "":
		return interaction.Destination{}, bridge.InvalidDestination.Error("This is not an extension or number.")
	case s[0] == '0':
		return interaction.Destination{}, bridge.NotAllowed.Error("This number may not be dialled.")
	}
	return interaction.Destination{User: s, Number: s}, nil
}

type line struct {
	at   time.Duration
	text string
	from bridge.Target // whose word it is; empty: nobody's
}

func (l line) lane() int {
	switch {
	case strings.HasPrefix(l.text, "gw"), strings.HasPrefix(l.text, "pbx"):
		return 0
	case strings.HasPrefix(l.text, "reply"):
		return 2
	}
	return 1
}

func (w *world) note(text string) { w.say(text, "") }

func (w *world) say(text string, from bridge.Target) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, line{time.Since(w.started), text, from})
}

// untangle orders what several sessions, and then several channels of a session, say in the
// same instant: between them there is no order.
func untangle(lines []line) {
	runs(lines, func(l line) bridge.Target { return l.from.At(bridge.ObjectSession) })
	runs(lines, func(l line) bridge.Target { return l.from.At(bridge.ObjectChannel) })
}

// runs sorts each run of lines of one instant that have a key.
func runs(lines []line, key func(line) bridge.Target) {
	for first := 0; first < len(lines); {
		last := first
		for last < len(lines) && key(lines[last]) != "" && lines[last].at == lines[first].at {
			last++
		}
		slices.SortStableFunc(lines[first:last], func(a, b line) int { return cmp.Compare(key(a), key(b)) })
		first = max(last, first+1)
	}
}

// command plays one command and returns what crossed the borders since the one before.
func (w *world) command(t *testing.T, d *datadriven.TestData) string {
	switch d.Cmd {
	case "setup":
		w.setup()
	case "request":
		w.send(d, bridge.TypeRequest)
	case "query":
		w.send(d, bridge.TypeQuery)
	case "raw":
		w.raw(d)
	case "call":
		w.news(d)
	case "offer":
		w.offer(d)
	case "registrar":
		w.registrar(d)
	case "registration":
		w.registration(d)
	case "bus":
		w.fault(d)
	case "wait":
		pause, err := time.ParseDuration(d.CmdArgs[0].Key)
		if err != nil {
			d.Fatalf(t, "%v", err)
		}
		time.Sleep(pause)
	case "drain":
		w.tracker.Drain()
	case "shutdown":
		w.shutdown()
	case "restart":
		w.restart()
	case "gateway":
		w.configure(d)
		w.restart()
	default:
		d.Fatalf(t, "unknown command %q", d.Cmd)
	}
	synctest.Wait()
	return w.crossed()
}

func (w *world) crossed() string {
	for _, r := range w.bus.Replies()[w.replies:] {
		w.replies++
		m, encoding, err := space.Decode(r.Header, r.Data)
		if err != nil && m.RequestID != "" {
			w.t.Errorf("a reply decodes: %v", err)
		}
		form := ""
		if encoding == bridge.Envelope {
			form = " (envelope)"
		}
		w.note("reply to " + r.Subject + form + ": " + m.Line())
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	lines := w.lines
	w.lines = nil
	if len(lines) == 0 {
		return "silence"
	}
	// The two borders are crossed freely within one instant: what counts is the order of each
	// lane, and the telephone system's comes first.
	slices.SortStableFunc(lines, func(a, b line) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.lane(), b.lane()))
	})
	untangle(lines)
	var text []string
	for _, l := range lines {
		text = append(text, fmt.Sprintf("%-6s %s", "+"+l.at.String(), l.text))
	}
	return strings.Join(text, "\n")
}

func (w *world) send(d *datadriven.TestData, kind bridge.Type) {
	m := bridge.Message{Type: kind, Name: bridge.Name(d.CmdArgs[0].Key), Body: json.RawMessage(d.Input)}
	var target, subject, reply string
	d.ScanArgs(w.t, "target", &target)
	d.ScanArgs(w.t, "id", &m.RequestID)
	d.MaybeScanArgs(w.t, "reply", &reply)
	m.Target = bridge.Target(target)
	if !d.MaybeScanArgs(w.t, "subject", &subject) {
		subject = target
	}
	if d.HasArg("envelope") {
		w.deliver(bridge.Delivery{Subject: space.To(bridge.Target(subject)), Data: space.EncodeEnvelope(m), Reply: reply})
		return
	}
	h, data := space.Encode(m)
	if d.Input == "" {
		data = nil
	}
	w.deliver(bridge.Delivery{Subject: space.To(bridge.Target(subject)), Header: h, Data: data, Reply: reply})
}

func (w *world) raw(d *datadriven.TestData) {
	delivery := bridge.Delivery{Data: []byte(d.Input), Header: bridge.Header{}}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "subject":
			delivery.Subject = space.To(bridge.Target(a.Vals[0]))
		case "reply":
			delivery.Reply = a.Vals[0]
		case "padding":
			var n int
			a.Scan(w.t, 0, &n)
			delivery.Data = append(delivery.Data, strings.Repeat(" ", n)...)
		default:
			delivery.Header[a.Key] = a.Vals
		}
	}
	w.deliver(delivery)
}

func (w *world) deliver(d bridge.Delivery) {
	if err := w.bus.Deliver(d); err != nil {
		w.note("bridge: " + err.Error())
	}
}

func (w *world) offered(in interaction.CallOffered) {
	w.mu.Lock()
	w.last = in.Call
	w.mu.Unlock()
	w.tracker.Offer(in)
}

// verdict answers the check of credentials that has waited longest.
func (w *world) verdict(e *bridge.Error) {
	w.mu.Lock()
	done := w.checks[0]
	w.checks = w.checks[1:]
	w.mu.Unlock()
	done(e)
	synctest.Wait()
}

func (w *world) restart() {
	w.stop()
	w.bus = w.bus.Twin()
	w.calls, w.orders = map[string]func(interaction.Input){}, map[string]order{}
	w.run()
}

func (w *world) configure(d *datadriven.TestData) {
	var successOn, wrapUp string
	d.MaybeScanArgs(w.t, "max", &w.settings.MaxInteractions)
	d.MaybeScanArgs(w.t, "pending", &w.settings.MaxPending)
	w.config.MaxChecks = w.settings.MaxPending
	d.MaybeScanArgs(w.t, "sessions", &w.config.MaxSessions)
	d.MaybeScanArgs(w.t, "channels", &w.config.MaxChannels)
	w.config.Registrar = d.HasArg("registrar")
	d.MaybeScanArgs(w.t, "success-on", &successOn)
	w.settings.SuccessOnAnswer = successOn == "answer"
	w.settings.CallerIDAllowed = d.HasArg("caller-id")
	w.settings.SendDTMF = d.HasArg("dtmf")
	w.settings.Station, w.settings.Transfer, w.settings.Conference = d.HasArg("station"), d.HasArg("transfer"), d.HasArg("conference")
	w.settings.Register = d.HasArg("register")
	w.settings.KeepCallsAtLogout = d.HasArg("keep-calls")
	if d.MaybeScanArgs(w.t, "wrap-up", &wrapUp) {
		w.settings.WrapUp = w.duration(wrapUp)
	}
}

func (w *world) duration(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		w.t.Fatal(err)
	}
	return d
}

func (w *world) fault(d *datadriven.TestData) {
	n, delay := 1, "0s"
	switch kind := d.CmdArgs[0].Key; kind {
	case "down":
		w.bus.SetDown(true)
	case "up":
		w.bus.SetDown(false)
	case "refuse":
		maybe(w.t, d.CmdArgs[0], &n)
		w.bus.RefuseNext(n)
	case "lose":
		maybe(w.t, d.CmdArgs[0], &n)
		w.bus.LoseNext(n)
	case "forget":
		w.bus.Forget()
	case "forget-ids":
		w.bus.ForgetIDs()
	case "delay":
		d.ScanArgs(w.t, "delay", &delay)
		w.bus.SetDelay(w.duration(delay))
	default:
		d.Fatalf(w.t, "unknown fault %q", kind)
	}
}

func maybe(t *testing.T, a datadriven.CmdArg, n *int) {
	if len(a.Vals) > 0 {
		a.Scan(t, 0, n)
	}
}

func (w *world) shutdown() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if err := w.tracker.Shutdown(ctx, "gateway is shutting down"); err != nil {
		w.t.Errorf("everything is said before the shutdown returns: %v", err)
	}
}

// setup makes session s1, group sales and channel 1001, and opens all three.
func (w *world) setup() {
	w.setups++
	for i, s := range []struct {
		kind            bridge.Type
		name            bridge.Name
		target, subject bridge.Target
		body            string
	}{
		{bridge.TypeRequest, bridge.ControlAddSession, bridge.Control, "s1", `{"session":"s1","agent":{"id":"alice","name":"Alice"}}`},
		{bridge.TypeQuery, bridge.SessionInit, "s1", "s1", ""},
		{bridge.TypeRequest, bridge.SessionAddChannelGroup, "s1", "s1.sales", `{"channel-group":"sales"}`},
		{bridge.TypeQuery, bridge.GroupInit, "s1.sales", "s1.sales", ""},
		{bridge.TypeRequest, bridge.GroupAddChannel, "s1.sales", "s1.sales.1001", `{"channel":"1001","end-point":"1001","type":"Telephony"}`},
		{bridge.TypeQuery, bridge.ChannelInit, "s1.sales.1001", "s1.sales.1001", ""},
	} {
		h, data := space.Encode(bridge.Message{
			Type: s.kind, Name: s.name, Target: s.target, RequestID: fmt.Sprintf("setup%d.%d", w.setups, i+1), Body: json.RawMessage(s.body),
		})
		w.deliver(bridge.Delivery{Subject: space.To(s.subject), Header: h, Data: data})
	}
}
