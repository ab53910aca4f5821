package interaction

import (
	"slices"
	"strings"
	"testing"
)

// transitions is the whole product of states and inputs of a channel with one place and of its
// dials and interactions: what goes out, in order, and the state after it. All inits have been
// answered, so that every event can be seen. At a pair that is not in the table nothing happens:
// nothing goes out and the state stays. While adding or closing, requests wait in line.
//
//	idle     no dial, no interaction
//	calling  a dial whose callee was called
//	queued   the same, and another dial behind it
//	adding   the callee is being reached, interactionadded is not stored yet
//	lost     the same, and the call is over again
//	ready    no dial, no interaction; active and ready for inbound calls
//	offered  an inbound call, interactionadded is not stored yet
//	missed   the same, and the caller has given up
//	ALERTING, answering   the inbound interaction; the same, accepted, and the caller does not know yet
//	DIALING, STARTED, ENDED   the interaction, its dial answered
//	sending  STARTED, and digits are being sent
//	closing  being torn down, but a request's claim is still being written
//	gone     torn down
const transitions = `
idle + dial              → call; calling
idle + offer             → refuse: not active or not ready; idle
idle + accept            → accept FAILURE UNKNOWN_TARGET; idle
idle + answer            → answer FAILURE UNKNOWN_TARGET; idle
idle + reject            → reject FAILURE UNKNOWN_TARGET; idle
idle + senddtmf          → senddtmf FAILURE UNKNOWN_TARGET; idle
idle + init              → init SUCCESS; idle
idle + release           → release FAILURE UNKNOWN_TARGET; idle
idle + complete          → complete FAILURE UNKNOWN_TARGET; idle
idle + activate          → channel.activated, activate SUCCESS; idle
idle + paint             → paint FAILURE UNKNOWN_NAME; idle
idle + dispose           → Gone, channel.disposed, dispose SUCCESS; gone
idle + Dispose           → Gone, channel.disposed; gone

calling + dial           → –; queued
calling + offer          → refuse: not active or not ready; calling
calling + accept         → accept FAILURE UNKNOWN_TARGET; calling
calling + answer         → answer FAILURE UNKNOWN_TARGET; calling
calling + reject         → reject FAILURE UNKNOWN_TARGET; calling
calling + senddtmf       → senddtmf FAILURE UNKNOWN_TARGET; calling
calling + init           → init SUCCESS; calling
calling + release        → release FAILURE UNKNOWN_TARGET; calling
calling + complete       → complete FAILURE UNKNOWN_TARGET; calling
calling + activate       → channel.activated, activate SUCCESS; calling
calling + paint          → paint FAILURE UNKNOWN_NAME; calling
calling + dispose        → hang up, dial FAILURE CANCELLED, Gone, channel.disposed, dispose SUCCESS; gone
calling + progress       → channel.interactionadded; adding
calling + alerting       → channel.interactionadded; adding
calling + answered       → channel.interactionadded; adding
calling + failed         → dial FAILURE BUSY; idle
calling + ended          → dial FAILURE UNAVAILABLE; idle
calling + Dispose        → hang up, dial FAILURE CANCELLED, Gone, channel.disposed; gone

queued + offer           → refuse: not active or not ready; queued
queued + accept          → accept FAILURE UNKNOWN_TARGET; queued
queued + answer          → answer FAILURE UNKNOWN_TARGET; queued
queued + reject          → reject FAILURE UNKNOWN_TARGET; queued
queued + senddtmf        → senddtmf FAILURE UNKNOWN_TARGET; queued
queued + init            → init SUCCESS; queued
queued + release         → release FAILURE UNKNOWN_TARGET; queued
queued + complete        → complete FAILURE UNKNOWN_TARGET; queued
queued + activate        → channel.activated, activate SUCCESS; queued
queued + paint           → paint FAILURE UNKNOWN_NAME; queued
queued + dispose         → hang up, dial FAILURE CANCELLED, dial FAILURE CANCELLED, Gone, channel.disposed, dispose SUCCESS; gone
queued + progress        → channel.interactionadded; adding
queued + alerting        → channel.interactionadded; adding
queued + answered        → channel.interactionadded; adding
queued + failed          → dial FAILURE BUSY, call; calling
queued + ended           → dial FAILURE UNAVAILABLE, call; calling
queued + Dispose         → hang up, dial FAILURE CANCELLED, dial FAILURE CANCELLED, Gone, channel.disposed; gone

adding + offer           → refuse: not active or not ready; adding
adding + failed          → –; lost
adding + ended           → –; lost
adding + stored          → dial SUCCESS; DIALING
adding + refused         → hang up, dial FAILURE INTERNAL; idle
adding + Dispose         → hang up; closing

lost + offer             → refuse: not active or not ready; lost
lost + stored            → dial SUCCESS; ENDED
lost + refused           → dial FAILURE INTERNAL; idle
lost + Dispose           → –; closing

DIALING + dial           → dial FAILURE CHANNEL_BUSY; DIALING
DIALING + offer          → refuse: not active or not ready; DIALING
DIALING + accept         → accept FAILURE INVALID_STATE; DIALING
DIALING + answer         → answer FAILURE INVALID_STATE; DIALING
DIALING + reject         → reject FAILURE INVALID_STATE; DIALING
DIALING + senddtmf       → senddtmf FAILURE INVALID_STATE; DIALING
DIALING + init           → init SUCCESS; DIALING
DIALING + release        → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
DIALING + complete       → complete FAILURE INVALID_STATE; DIALING
DIALING + activate       → channel.activated, activate SUCCESS; DIALING
DIALING + paint          → paint FAILURE UNKNOWN_NAME; DIALING
DIALING + dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
DIALING + alerting       → conversation.alerting; DIALING
DIALING + answered       → conversation.connected, interaction.started; STARTED
DIALING + failed         → conversation.ended, interaction.ended; ENDED
DIALING + ended          → conversation.ended, interaction.ended; ENDED
DIALING + Dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

STARTED + dial           → dial FAILURE CHANNEL_BUSY; STARTED
STARTED + offer          → refuse: not active or not ready; STARTED
STARTED + accept         → accept FAILURE INVALID_STATE; STARTED
STARTED + answer         → answer FAILURE INVALID_STATE; STARTED
STARTED + reject         → reject FAILURE INVALID_STATE; STARTED
STARTED + senddtmf       → send 12,3; sending
STARTED + init           → init SUCCESS; STARTED
STARTED + release        → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
STARTED + complete       → complete FAILURE INVALID_STATE; STARTED
STARTED + activate       → channel.activated, activate SUCCESS; STARTED
STARTED + paint          → paint FAILURE UNKNOWN_NAME; STARTED
STARTED + dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
STARTED + failed         → conversation.ended, interaction.ended; ENDED
STARTED + ended          → conversation.ended, interaction.ended; ENDED
STARTED + pressed        → conversation.dtmf; STARTED
STARTED + Dispose        → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

ENDED + dial             → call; calling
ENDED + offer            → refuse: not active or not ready; ENDED
ENDED + accept           → accept FAILURE INVALID_STATE; ENDED
ENDED + answer           → answer FAILURE UNKNOWN_TARGET; ENDED
ENDED + reject           → reject FAILURE INVALID_STATE; ENDED
ENDED + senddtmf         → senddtmf FAILURE UNKNOWN_TARGET; ENDED
ENDED + init             → init SUCCESS; ENDED
ENDED + release          → release FAILURE UNKNOWN_TARGET; ENDED
ENDED + complete         → interaction.completed, interaction.disposed, complete SUCCESS, channel.interactionremoved; idle
ENDED + activate         → channel.activated, activate SUCCESS; ENDED
ENDED + paint            → paint FAILURE UNKNOWN_NAME; ENDED
ENDED + dispose          → interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
ENDED + Dispose          → interaction.disposed, Gone, channel.disposed; gone
ENDED + Tick             → interaction.completed, interaction.disposed, channel.interactionremoved; idle

sending + dial           → dial FAILURE CHANNEL_BUSY; sending
sending + offer          → refuse: not active or not ready; sending
sending + accept         → accept FAILURE INVALID_STATE; sending
sending + answer         → answer FAILURE INVALID_STATE; sending
sending + reject         → reject FAILURE INVALID_STATE; sending
sending + senddtmf       → send 12,3; sending
sending + init           → init SUCCESS; sending
sending + release        → hang up, conversation.ended, senddtmf FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
sending + complete       → complete FAILURE INVALID_STATE; sending
sending + activate       → channel.activated, activate SUCCESS; sending
sending + paint          → paint FAILURE UNKNOWN_NAME; sending
sending + dispose        → hang up, conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
sending + failed         → conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended; ENDED
sending + ended          → conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended; ENDED
sending + sent           → senddtmf SUCCESS; STARTED
sending + pressed        → conversation.dtmf; sending
sending + Dispose        → hang up, conversation.ended, senddtmf FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

ready + dial             → call; calling
ready + offer            → take, channel.interactionadded; offered
ready + accept           → accept FAILURE UNKNOWN_TARGET; ready
ready + answer           → answer FAILURE UNKNOWN_TARGET; ready
ready + reject           → reject FAILURE UNKNOWN_TARGET; ready
ready + senddtmf         → senddtmf FAILURE UNKNOWN_TARGET; ready
ready + init             → init SUCCESS; ready
ready + release          → release FAILURE UNKNOWN_TARGET; ready
ready + complete         → complete FAILURE UNKNOWN_TARGET; ready
ready + activate         → activate SUCCESS; ready
ready + paint            → paint FAILURE UNKNOWN_NAME; ready
ready + dispose          → Gone, channel.disposed, dispose SUCCESS; gone
ready + Dispose          → Gone, channel.disposed; gone

offered + offer          → refuse: busy; offered
offered + failed         → –; missed
offered + ended          → –; missed
offered + stored         → ring; ALERTING
offered + refused        → refuse: could not be recorded; ready
offered + Dispose        → hang up, Gone, channel.disposed; gone

missed + offer           → take, channel.interactionadded; offered
missed + stored          → –; ENDED
missed + refused         → –; ready
missed + Dispose         → Gone, channel.disposed; gone

ALERTING + dial          → dial FAILURE CHANNEL_BUSY; ALERTING
ALERTING + offer         → refuse: busy; ALERTING
ALERTING + accept        → answer the call; answering
ALERTING + answer        → answer the call; answering
ALERTING + reject        → refuse: declined, conversation.ended, interaction.ended, reject SUCCESS; ENDED
ALERTING + senddtmf      → senddtmf FAILURE INVALID_STATE; ALERTING
ALERTING + init          → init SUCCESS; ALERTING
ALERTING + release       → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
ALERTING + complete      → complete FAILURE INVALID_STATE; ALERTING
ALERTING + activate      → activate SUCCESS; ALERTING
ALERTING + paint         → paint FAILURE UNKNOWN_NAME; ALERTING
ALERTING + dispose       → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
ALERTING + answered      → conversation.connected, interaction.started; STARTED
ALERTING + failed        → conversation.ended, interaction.ended; ENDED
ALERTING + ended         → conversation.ended, interaction.ended; ENDED
ALERTING + Dispose       → hang up, conversation.ended, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

answering + dial         → dial FAILURE CHANNEL_BUSY; answering
answering + offer        → refuse: busy; answering
answering + reject       → hang up, conversation.ended, accept FAILURE CANCELLED, interaction.ended, reject SUCCESS; ENDED
answering + senddtmf     → senddtmf FAILURE INVALID_STATE; answering
answering + init         → init SUCCESS; answering
answering + release      → hang up, conversation.ended, accept FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
answering + complete     → complete FAILURE INVALID_STATE; answering
answering + activate     → activate SUCCESS; answering
answering + paint        → paint FAILURE UNKNOWN_NAME; answering
answering + dispose      → hang up, conversation.ended, accept FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed, dispose SUCCESS; gone
answering + answered     → conversation.connected, interaction.started, accept SUCCESS; STARTED
answering + failed       → conversation.ended, accept FAILURE BUSY, interaction.ended; ENDED
answering + ended        → conversation.ended, accept FAILURE CANCELLED, interaction.ended; ENDED
answering + Dispose      → hang up, conversation.ended, accept FAILURE CANCELLED, interaction.ended, interaction.disposed, Gone, channel.disposed; gone

closing + offer          → refuse: not active or not ready; closing
closing + late-claim     → dial FAILURE CANCELLED, Gone, channel.disposed; gone
closing + failed-claim   → dial FAILURE INTERNAL, Gone, channel.disposed; gone

gone + offer             → refuse: not active or not ready; gone
`

// TestTransitions plays every pair, each as a test of its own, named as in the table.
func TestTransitions(t *testing.T) {
	playTable(t, transitions, product(stateNames(), inputNames()), ChannelSettings{})
}

// pair is a state and an input.
type pair struct{ state, input string }

func (p pair) String() string { return p.state + " + " + p.input }

func product(states, inputs []string) (pairs []pair) {
	for _, state := range states {
		for _, input := range inputs {
			pairs = append(pairs, pair{state, input})
		}
	}
	return pairs
}

// playTable plays the pairs on channels with such settings. A row may have several states and
// inputs; in its result … is the input and = the state.
func playTable(t *testing.T, table string, pairs []pair, settings ChannelSettings) {
	t.Helper()
	want := readTable(t, table)
	for _, p := range pairs {
		t.Run(strings.ReplaceAll(p.String(), " ", ""), func(t *testing.T) {
			expected, ok := want[p]
			if !ok {
				expected = "–; " + p.state
			}
			if got := newStage(t, settings).reach(p.state).play(p.input); got != expected {
				t.Errorf("\n%-24s → %s\nwant%20s → %s", p, got, "", expected)
			}
			delete(want, p)
		})
	}
	for p := range want {
		t.Errorf("%s is in the table, but is no pair", p)
	}
}

func readTable(t *testing.T, table string) map[pair]string {
	t.Helper()
	want := map[pair]string{}
	for line := range strings.Lines(table) {
		row, result, ok := strings.Cut(strings.TrimSpace(line), "→")
		if !ok {
			continue
		}
		states, inputs, _ := strings.Cut(row, "+")
		for _, state := range statesOf(states) {
			for _, input := range strings.Fields(inputs) {
				p := pair{state, input}
				if want[p] != "" {
					t.Errorf("%s stands twice in the table", p)
				}
				want[p] = strings.NewReplacer("…", input, "=", state).Replace(strings.TrimSpace(result))
			}
		}
	}
	return want
}

// statesOf are the states of a row; some groups of them have a name.
func statesOf(row string) (states []string) {
	for state := range strings.SplitSeq(row, "|") {
		switch state = strings.TrimSpace(state); state {
		case "any":
			states = append(states, slices.Concat(statesWithOneCall(), statesWithTwoCalls())...)
		case "one":
			states = append(states, statesWithOneCall()...)
		case "two":
			states = append(states, statesWithTwoCalls()...)
		default:
			states = append(states, state)
		}
	}
	return states
}

func stateNames() []string {
	return []string{
		"idle", "calling", "queued", "adding", "lost", "DIALING", "STARTED", "ENDED",
		"sending", "ready", "offered", "missed", "ALERTING", "answering", "closing", "gone",
	}
}

func inputNames() []string {
	return []string{
		"dial", "offer", "accept", "answer", "reject", "senddtmf", "init", "release", "complete", "activate", "paint", "dispose", "late-claim", "failed-claim",
		"progress", "alerting", "answered", "failed", "ended", "sent", "pressed", "stored", "refused", "Dispose", "Drain", "Tick", "others",
	}
}
