package gateway

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
	"tieline/sip/line"
	"tieline/sip/media"
	"tieline/sip/siptest"
)

// office is agents with phones at one PBX, without a core: commands go to the telephone side as the core would give them.
type office struct {
	*calls
	pbx     *siptest.PBX
	network *siptest.Network
	stop    func()

	mu      sync.Mutex
	news    map[string][]interaction.Input
	invites []*gosip.Request
}

func newOffice(t *testing.T, group config.ChannelGroup) *office {
	t.Helper()
	o := &office{network: siptest.NewNetwork(1), news: map[string][]interaction.Input{}}
	numbers := siptest.Numbers(0, 0)
	answers := siptest.Behaviour{Status: 200, HangupAfter: time.Minute} // nobody talks longer, whom the agent has left included
	for user, b := range numbers {
		if b.Status == 200 {
			b.HangupAfter = time.Minute
			numbers[user] = b
		}
	}
	for i := range 40 {
		numbers[fmt.Sprintf("phone-%d", i)] = answers
	}
	numbers["611"] = siptest.Behaviour{Ring: []int{180}, Status: 200, HangupAfter: time.Second}
	pbx, err := siptest.New(siptest.Config{
		Conn: o.network.MustListen("192.0.2.20:5060"), Numbers: numbers, Otherwise: &answers, OwnPorts: true, Trace: o.saw,
	})
	if err != nil {
		t.Fatal(err)
	}
	ua, err := sip.New(sip.Config{
		PacketConn: o.network.MustListen("192.0.2.10:5060"), Trunks: []sip.Trunk{{Name: "pbx", Address: "192.0.2.20"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	cfg := config.Config{
		ChannelGroups: map[string]config.ChannelGroup{"sales": group}, Trunks: map[string]config.Trunk{"pbx": config.DefaultTrunk()},
	}
	o.pbx, o.calls = pbx, newCalls(cfg, slog.New(slog.DiscardHandler))
	o.ua = ua
	player := media.New(o.network.MustListen("192.0.2.10:7000"))
	if o.tones, err = newTones(cfg, ua.Host(), player); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	life, stopPBX := context.WithCancel(context.Background())
	var agent, peer sync.WaitGroup
	agent.Go(func() { _ = ua.Run(ctx) })
	agent.Go(func() { _ = player.Run(ctx) })
	peer.Go(func() { _ = pbx.Run(life) })
	o.stop = func() {
		stop()
		agent.Wait()
		stopPBX()
		peer.Wait()
	}
	synctest.Wait()
	return o
}

func (o *office) saw(e siptest.Trace) {
	if req, ok := e.Message.(*gosip.Request); ok && req.Method == gosip.INVITE && !e.Sent {
		o.invites = append(o.invites, req)
	}
}

func (o *office) tell(call string) func(interaction.Input) {
	return func(in interaction.Input) {
		o.mu.Lock()
		defer o.mu.Unlock()
		o.news[call] = append(o.news[call], in)
	}
}

func (o *office) place(line interaction.Line, id, user, beside string) {
	o.PlaceCall(interaction.Call{ID: id, Line: line, Destination: interaction.Destination{User: user, Number: user}, Beside: beside}, o.tell(id))
}

func lineOf(agent int) interaction.Line {
	endPoint := fmt.Sprint(agent)
	return interaction.Line{Channel: bridge.Target("s1.sales." + endPoint), Group: "sales", EndPoint: endPoint}
}

func deskGroup() config.ChannelGroup {
	g := config.DefaultGroup()
	g.Trunks = config.InOrder("pbx")
	g.Station.URI = "sip:phone-{end-point}@pbx"
	g.Conference = "sip:conf-{id}@pbx"
	return g
}

// Whatever agents do, nothing of it is kept in the end: no leg, no desk, no place under the group's limit.
func TestDesksAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := deskGroup()
		g.Limits.Concurrent = 1000
		o := newOffice(t, g)
		defer o.stop()
		r := rand.New(rand.NewPCG(1, 2))
		users := []string{"600", "611", "601", "602", "607", "609", "610", "700"}
		for round := range 60 {
			for agent := range 8 {
				o.whim(r, lineOf(agent), fmt.Sprint(round, "-", agent), users)
			}
			time.Sleep(time.Duration(r.IntN(40)) * time.Second) // some begin while the one before goes on
		}
		time.Sleep(5 * time.Minute)
		synctest.Wait()
		if live := o.limits["sales"].live; o.count() != 0 || live != 0 || len(o.desks) != 0 || len(o.seats) != 0 || o.tones.player.Playing() != 0 {
			t.Errorf("%d legs, %d places, %d desks, %d seats, %d tones are kept", o.count(), live, len(o.desks), len(o.seats), o.tones.player.Playing())
		}
		if n := o.pbx.Open(); n != 0 {
			t.Errorf("%d legs are left at the PBX", n)
		}
		for _, c := range o.pbx.Complaints() {
			t.Errorf("the PBX has nothing to complain about: %s", c)
		}
		for what, n := range o.told() {
			if n < 20 {
				t.Errorf("%s was told %d times: nothing has happened", what, n)
			}
		}
	})
}

// told counts the news by kind.
func (o *office) told() map[string]int {
	n := map[string]int{"answered": 0, "failed": 0, "ended": 0, "held": 0, "moved": 0}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, all := range o.news {
		for _, in := range all {
			switch in := in.(type) {
			case interaction.CallAnswered:
				n["answered"]++
			case interaction.CallFailed:
				n["failed"]++
			case interaction.CallEnded:
				n["ended"]++
			case interaction.CallHeld:
				n["held"]++
			case interaction.CallMoved:
				if in.Error == nil {
					n["moved"]++
				}
			default: // as often as it likes
			}
		}
	}
	return n
}

// whim has an agent dial, and perhaps hold, consult, transfer or meet; in the end everything is hung up.
func (o *office) whim(r *rand.Rand, l interaction.Line, id string, users []string) {
	a, b := "a"+id, "b"+id
	user := func() string { return users[r.IntN(len(users))] }
	later := func(f func()) { time.AfterFunc(time.Duration(r.IntN(20_000))*time.Millisecond, f) }
	o.place(l, a, user(), "")
	later(func() { o.HoldCall(a) })
	expert, third := user(), user()
	later(func() { o.place(l, b, expert, a) })
	later(func() { o.RetrieveCall(a) })
	switch r.IntN(4) {
	case 0:
		later(func() { o.ConnectCalls(a, b) })
	case 1:
		later(func() {
			o.TransferCall(a, interaction.Call{ID: "t" + id, Line: l, Destination: interaction.Destination{User: third}})
		})
	case 2:
		later(func() { o.ConferenceCall(a, b, nil) })
	}
	for _, call := range []string{a, b} {
		time.AfterFunc(30*time.Second, func() { o.HangUp(call) })
	}
	time.AfterFunc(31*time.Second, func() { o.LeaveLine(l) })
}

// A phone is told who the call is with, and asked to answer by itself in the ways that the group says.
func TestStationInvitation(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := deskGroup()
		g.Station.AutoAnswer = []config.AutoAnswer{config.AutoAnswerCallInfo, config.AutoAnswerPolycom}
		o := newOffice(t, g)
		o.place(lineOf(7), "c1", "600", "")
		time.Sleep(time.Second)
		o.HangUp("c1")
		time.Sleep(time.Minute)
		o.stop()
		invite := o.invites[0]
		if invite.Recipient.User != "phone-7" || invite.From().Address.User != "600" {
			t.Errorf("the phone shows the callee: INVITE %s from %s", invite.Recipient.User, invite.From().Address.User)
		}
		var hints []string
		for _, name := range []string{"Call-Info", "Alert-Info"} {
			for _, h := range invite.GetHeaders(name) {
				hints = append(hints, name+": "+h.Value())
			}
		}
		if want := []string{"Call-Info: <sip:192.0.2.10>;answer-after=0", "Alert-Info: Ring Answer"}; !slices.Equal(hints, want) {
			t.Errorf("the hints are %q, not %q", hints, want)
		}
	})
}

// Why a call is not held: who has refused that is told by what it said, who is not there by what it did.
func TestWhyACallIsNotHeld(t *testing.T) {
	refused := sip.Outcome{Cause: sip.Congestion, Status: 500, Trunk: "pbx"}
	missing := sip.Outcome{Cause: sip.NoAnswer, Trunk: "pbx"}
	d := &desk{known: map[string]*deskCall{"c1": {answered: true}}, legs: map[string]*deskLeg{line.Station: {id: line.Station}}}
	for _, tt := range []struct {
		leg  string
		why  sip.Outcome
		b    line.Blame
		gone bool
		want bridge.Code
	}{
		{"c1", refused, line.Callee, false, bridge.Congestion},
		{line.Station, refused, line.Phone, false, bridge.Congestion},
		{line.Station, missing, line.Phone, true, bridge.StationNoAnswer},
		{line.Station, missing, line.State, false, bridge.InvalidState},
		{line.Station, missing, line.Stubborn, false, bridge.InvalidState},
	} {
		d.note(&deskLeg{id: tt.leg}, tt.why)
		if tt.gone {
			delete(d.legs, line.Station)
		}
		if e := d.whyHeld("c1", tt.b); e.Code != tt.want {
			t.Errorf("%s, status %d: %s, want %s", tt.leg, tt.why.Status, e.Code, tt.want)
		}
	}
}
