package join

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"tieline/sip/offer/offertest"
)

// FuzzInputs plays inputs that no leg would make up in this order. Nothing of it may upset the machine: it says little,
// and what it says can be read.
func FuzzInputs(f *testing.F) {
	f.Add([]byte{6, 0, 24, 9, 12, 43}, string(offertest.Describe("phone:4000 0 + video phone:4002 97")))
	f.Add([]byte{42, 0, 21, 44, 10, 41}, string(offertest.Describe("refused + image phone:4000 t38")))
	f.Fuzz(func(t *testing.T, history []byte, sdp string) { upset(t, history, []byte(sdp)) })
}

// TestRandomInputs plays many of them, the same ones each time.
func TestRandomInputs(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	sdps := []string{"phone:4000 0 + video phone:4002 97", "refused + image phone:4000 t38", "phone:1 srtp 8", "video phone:4002 97"}
	for range 3_000 {
		history := make([]byte, r.IntN(40))
		for i := range history {
			history[i] = byte(r.Uint32())
		}
		upset(t, history, offertest.Describe(sdps[r.IntN(len(sdps))]))
		if t.Failed() {
			t.Fatalf("history: %v", history)
		}
	}
}

func upset(t *testing.T, history, sdp []byte) {
	t.Helper()
	m, now, all := New(Config{}), epoch, inputs()
	for _, b := range history {
		var in Input = Tick{}
		switch n := int(b) % (len(all) + 12); {
		case n < len(all):
			in = parseInput(t, strings.Fields(all[n]))
		case n < len(all)+8:
			in = foreign(n, sdp)
		default:
			now = now.Add(time.Duration(b) * 50 * time.Millisecond)
		}
		effects := m.Step(now, in)
		if len(effects) > 10 {
			t.Errorf("%d effects of one input", len(effects))
		}
		for _, e := range effects {
			if strings.Contains(effectLine(e), "rubbish") {
				t.Errorf("said: %s", effectLine(e))
			}
		}
		if m.legs[A].phase.owes() && m.legs[A].carried && m.legs[B].carried {
			t.Error("two offers are carried at once")
		}
	}
}

// foreign is an input with a description of somebody else's.
func foreign(n int, sdp []byte) Input {
	leg := Leg(n & 1)
	switch n / 2 % 4 {
	case 0:
		return Offered{Leg: leg, SDP: sdp}
	case 1:
		return Supplied{Leg: leg, SDP: sdp}
	case 2:
		return Answered{Leg: leg, SDP: sdp}
	default:
		return LegUp{Leg: leg, Party: Party{Theirs: sdp, Given: sdp}}
	}
}
