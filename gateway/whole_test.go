package gateway

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"tieline/bridge/natsbus"
)

// enough histories are those in which everything happens.
const enough = 16

var (
	histories    = flag.Uint64("histories", enough, "how many histories TestWhole plays")
	firstHistory = flag.Uint64("history", 0, "the first one")
)

// TestWhole plays random histories of the whole gateway – a real nats-server, a real sipgo, PBXs on an in-memory network that
// is not always a good one – in virtual time. A bridge without a plan asks for anything at any time, while the agents' phones,
// callees, callers, experts and rooms do what they like. What may never be seen:
//
//   - of the bridge (whole_bridge_test.go): a request without its one response, an event without an init, a message that the
//     contract does not have, an answer that contradicts what was said before, a gap in seq;
//   - of the PBXs (whole_party_test.go): a number that is rung twice, an offer inside an offer, anything that siptest complains of;
//   - when everything is calm (whole_truth_test.go): a conversation that is not what the bridge was told – who hears whom is
//     compared by the descriptions that both phones were given –, a call at a PBX that the bridge does not know, or none
//     where it knows one;
//   - in the end (whole_world_test.go): a leg at a PBX, or anything of it in the gateway.
//
// More of them: go test ./gateway -run TestWhole -args -history=100 -histories=500
func TestWhole(t *testing.T) {
	defer natsbus.HoldClock()()
	seen := map[string]int{}
	for seed := *firstHistory; seed < *firstHistory+*histories; seed++ {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				for what, n := range play(t, seed, 0) {
					seen[what] += n
				}
			})
		})
	}
	for what, often := range map[string]int{
		"dialled": 40, "called in": 80, "accepted": 5, "connected": 20, "held": 60, "held by the remote party": 2, "retrieved": 20,
		"consulted": 40, "alternated": 1, "transferred by join": 15, "transferred by REFER": 1, "met": 2, "members changed": 2,
		"station failed": 30, "no codec in common": 5, "glare": 3, "hears": 12, "hears nobody": 8, "in a room": 1, "caller gave up": 30,
		"answered a CANCEL": 2, "came back": 2,
	} {
		if n := uint64(seen[what]); *histories >= enough && n < uint64(often)**histories/enough {
			t.Errorf("%q was seen %d times: nothing happens", what, n)
		}
	}
	if testing.Verbose() {
		for _, what := range slices.Sorted(maps.Keys(seen)) {
			t.Log(what, seen[what])
		}
	}
}

// TestWholeLossy plays histories on a network that loses, doubles and reorders all the time. Retransmissions repair that: what
// may never be seen is the same. Only at 30 % PBXs have something to complain about, see whole_truth_test.go.
func TestWholeLossy(t *testing.T) {
	defer natsbus.HoldClock()()
	for _, percent := range []int{1, 5, 30} {
		for seed := *firstHistory; seed < *firstHistory+max(*histories/4, 1); seed++ {
			t.Run(fmt.Sprintf("%d/%d", percent, seed), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) { play(t, seed, float64(percent)/100) })
			})
		}
	}
}

// play plays one history and returns how often what has happened.
func play(t *testing.T, seed uint64, loss float64) map[string]int {
	w := newWorld(t, seed)
	defer w.stop()
	if w.loss = loss; loss > 0 {
		w.weather()
	}
	for range 3 {
		w.live(50)
		w.calm()
	}
	w.end()
	return w.seen.n
}

// live lets n things happen.
func (w *world) live(n int) {
	for range n {
		if w.t.Failed() {
			return
		}
		switch w.IntN(20) {
		case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9:
			w.work()
		case 10, 11, 12:
			w.ask(w.whim.Next)
		case 13:
			w.repeat()
		case 14, 15:
			w.callsIn()
		default:
			w.idea()
		}
		switch w.IntN(12) {
		case 0, 1, 2, 3: // the next thing happens at once
		case 4:
			w.pass(time.Duration(w.IntN(40)) * time.Second)
		default:
			w.pass(time.Duration(w.IntN(3000)) * time.Millisecond)
		}
	}
}
