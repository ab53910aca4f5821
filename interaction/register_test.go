package interaction

import (
	"strings"
	"testing"

	"tieline/bridge"
)

// registrations is the whole product of log-in states and inputs of a channel whose group registers its end-points, as
// transitions is of the rest. What is not in the table changes nothing and says nothing.
//
//	out          nobody is logged in
//	registering  the end-point is the channel's, and somebody waits for its registration
//	ACTIVE       registered
//	lost         the registration is lost, the telephone system tries on
//	gone         torn down
const registrationTable = `
out + activate         → RegisterEndPoint; registering
out + deactivate       → deactivate SUCCESS; out
out + Activate         → Report; out
out + LogOff           → Report; out
out + dial             → call; out
out + offer            → refuse: not active or not ready; out
out + dispose          → Gone, channel.disposed, dispose SUCCESS; gone
out + Dispose          → Gone, channel.disposed; gone

registering + activate   → –; registering
registering + Activate   → –; registering
registering + deactivate → UnregisterEndPoint, activate FAILURE CANCELLED, deactivate SUCCESS, Report; out
registering + LogOff     → UnregisterEndPoint, activate FAILURE CANCELLED, Report, Report; out
registering + dial       → call; registering
registering + offer      → refuse: not active or not ready; registering
registering + registered → channel.activated, activate SUCCESS; ACTIVE
registering + lost       → UnregisterEndPoint, activate FAILURE NETWORK, Report; out
registering + refused    → UnregisterEndPoint, activate FAILURE FORBIDDEN, Report; out
registering + dispose    → UnregisterEndPoint, activate FAILURE CANCELLED, Gone, channel.disposed, dispose SUCCESS; gone
registering + Dispose    → UnregisterEndPoint, activate FAILURE CANCELLED, Gone, channel.disposed; gone

ACTIVE + activate    → activate SUCCESS; ACTIVE
ACTIVE + Activate    → Report; ACTIVE
ACTIVE + deactivate  → UnregisterEndPoint, channel.deactivated, deactivate SUCCESS, Report; out
ACTIVE + LogOff      → UnregisterEndPoint, channel.deactivated, Report, Report; out
ACTIVE + dial        → call; ACTIVE
ACTIVE + offer       → refuse: not active or not ready; ACTIVE
ACTIVE + lost        → channel.deactivated NETWORK; lost
ACTIVE + refused     → channel.deactivated FORBIDDEN, UnregisterEndPoint, Report; out
ACTIVE + dispose     → UnregisterEndPoint, Gone, channel.disposed, dispose SUCCESS; gone
ACTIVE + Dispose     → UnregisterEndPoint, Gone, channel.disposed; gone

lost + activate   → –; registering
lost + Activate   → –; registering
lost + deactivate → UnregisterEndPoint, deactivate SUCCESS, Report; out
lost + LogOff     → UnregisterEndPoint, Report, Report; out
lost + dial       → call; lost
lost + offer      → refuse: not active or not ready; lost
lost + registered → channel.activated; ACTIVE
lost + refused    → UnregisterEndPoint, Report; out
lost + dispose    → UnregisterEndPoint, Gone, channel.disposed, dispose SUCCESS; gone
lost + Dispose    → UnregisterEndPoint, Gone, channel.disposed; gone

gone + offer → refuse: not active or not ready; gone
`

// registering is a stage of a channel whose group registers.
type registering struct {
	*stage
	id string
}

func newRegistering(t *testing.T) *registering {
	return &registering{stage: newStage(t, ChannelSettings{Register: true})}
}

func (r *registering) state() string {
	switch {
	case r.c.gone:
		return "gone"
	case r.c.login == bridge.LoginActive:
		return "ACTIVE"
	case len(r.c.registration.waiting) > 0:
		return "registering"
	case r.c.registration.id != "":
		return "lost"
	}
	return "out"
}

func (r *registering) reach(state string) {
	for input := range strings.FieldsSeq(map[string]string{
		"registering": "activate", "ACTIVE": "activate registered", "lost": "activate registered lost", "gone": "Dispose",
	}[state]) {
		r.play(input)
	}
	if got := r.state(); got != state {
		r.t.Fatalf("the state is %s, want %s", got, state)
	}
}

func (r *registering) play(input string) string {
	var out []Effect
	network, forbidden := bridge.Network.Error("It cannot be reached."), bridge.Forbidden.Error("It says no.")
	network.Retryable = true
	switch input {
	case "registered":
		out = r.c.Step(r.now, EndPointRegistered{r.id})
	case "lost":
		out = r.c.Step(r.now, EndPointLost{r.id, network})
	case "refused":
		out = r.c.Step(r.now, EndPointLost{r.id, forbidden})
	case "stale":
		out = append(r.c.Step(r.now, EndPointRegistered{"old"}), r.c.Step(r.now, EndPointLost{"old", forbidden})...)
	case "Activate":
		out = r.c.Step(r.now, Activate{})
		if r.c.registration.id == "" && r.c.login == bridge.LoginInactive { // the tree is asked, and somebody else has it
			r.c.Step(r.now, LoginRefused{})
		}
	case "LogOff":
		out = r.c.Step(r.now, LogOff{})
	case "activate":
		out = r.request(bridge.ChannelActivate, theChannel, "")
	case "deactivate":
		out = r.request(bridge.ChannelDeactivate, theChannel, "")
	case "dispose":
		out = r.request(bridge.ChannelDispose, theChannel, "")
	case "Dispose":
		out = r.c.Step(r.now, Dispose{})
	case "dial":
		out = r.request(bridge.ChannelDial, theChannel, `{"destination":"600"}`)
	case "offer":
		out = r.c.Step(r.now, CallOffered{Call: "c9", EndPoint: "1001"})
	case "taken":
		out = r.c.Step(r.now, EndPointFree{})
	}
	return r.told(out)
}

// told is tell, with the error of a deactivation, and the state of the registration.
func (r *registering) told(out []Effect) string {
	text, _, _ := strings.Cut(r.tell(out), ";")
	for _, e := range out {
		switch e := e.(type) {
		case RegisterEndPoint:
			r.id = e.ID
		case Publish:
			var body bridge.Deactivated
			if e.Message.Name == bridge.ChannelDeactivated && bridge.DecodeBody(e.Message, &body) == nil && body.Error != nil {
				text = strings.Replace(text, "channel.deactivated", "channel.deactivated "+string(body.Error.Code), 1)
			}
		}
	}
	return text + "; " + r.state()
}

func TestRegistrationTable(t *testing.T) {
	want := map[string]string{}
	for line := range strings.Lines(registrationTable) {
		if key, result, ok := strings.Cut(strings.TrimSpace(line), "→"); ok {
			want[strings.Join(strings.Fields(key), " ")] = strings.TrimSpace(result)
		}
	}
	seen := 0
	for _, state := range []string{"out", "registering", "ACTIVE", "lost", "gone"} {
		for _, input := range []string{
			"activate", "deactivate", "Activate", "LogOff", "registered", "lost", "refused", "stale", "dial", "offer", "taken", "dispose", "Dispose",
		} {
			if state == "gone" && strings.ToLower(input) == input && input != "offer" && input != "registered" && input != "lost" && input != "refused" && input != "stale" {
				continue // requests go back to the tree
			}
			t.Run(state+"+"+input, func(t *testing.T) {
				r := newRegistering(t)
				r.reach(state)
				got := r.play(input)
				expected, ok := want[state+" + "+input]
				if seen++; !ok {
					expected = "–; " + state
				}
				if got != expected {
					t.Errorf("got  %s\nwant %s", got, expected)
				}
			})
		}
	}
	if seen < len(want) {
		t.Errorf("the table has pairs that were not played")
	}
}

// TestRegistrationNewsOfBefore: what comes of a registration that was given up is no news of the next one.
func TestRegistrationNewsOfBefore(t *testing.T) {
	r := newRegistering(t)
	r.reach("ACTIVE")
	old := r.id
	r.play("deactivate")
	r.play("activate")
	for _, in := range []Input{EndPointRegistered{old}, EndPointLost{old, bridge.Forbidden.Error("It says no.")}} {
		if got := r.told(r.c.Step(r.now, in)); got != "–; registering" {
			t.Errorf("%T: %s", in, got)
		}
	}
}
