package interaction

import (
	"slices"
	"testing"
)

// stationTransitions is the same for a channel with a station: what is new in the states of the other table, and everything
// in those of an interaction that is STARTED. A row with any, one or two is about all states of an established call, those
// with one call, and those with a consult call beside it. Inputs that begin with c- are about the second call.
//
//	holding, retrieving    the first call, by request
//	HELD                   by the agent; by the remote; by both
//	first hold, consulting a consult whose primary call is being held; whose callee was called
//	recording              its conversationadded is not stored yet; over: its call is over again; left: the first call is
//	CONSULT, ringing; CONSULT   there is a consult conversation; it was answered, the agent talks in it
//	alternating, swapping, returning  the second call is being held; the first is being retrieved; the second again
//	connecting, meeting    consulttransfer and consultconference are under way
//	transferring, inviting transfer and conference are
//	CONFERENCE             all have met
//	promoted               the first call is over, the second has taken its place and rings
//	abandoned              a consulttransfer is under way, and the second call is over
const stationTransitions = `
one + c-release → release FAILURE UNKNOWN_TARGET; =
one + c-hold → hold FAILURE UNKNOWN_TARGET; =
one + c-transfer → transfer FAILURE UNKNOWN_TARGET; =
any + deactivate init → … SUCCESS; =
two + hold transfer conference consult → … FAILURE INVALID_STATE; =
one + alternate consulttransfer consultconference → … FAILURE INVALID_STATE; =
two + remote-held → conversation.held; =
any + dial → … FAILURE CHANNEL_BUSY; =
any + offer → refuse: not active or not ready; =
any + accept answer reject senddtmf complete → … FAILURE INVALID_STATE; =
any + activate → channel.activated, activate SUCCESS; =
any + paint → … FAILURE UNKNOWN_NAME; =
two + c-transfer → transfer FAILURE INVALID_STATE; =

idle | calling | queued | ready + hold retrieve transfer conference consult alternate consulttransfer consultconference → … FAILURE UNKNOWN_TARGET; =
idle | calling | queued | DIALING | STARTED | ENDED | sending | ready | ALERTING | answering + c-release → release FAILURE UNKNOWN_TARGET; =
idle | calling | queued | DIALING | STARTED | ENDED | sending | ready | ALERTING | answering + c-hold → hold FAILURE UNKNOWN_TARGET; =
idle | calling | queued | DIALING | STARTED | ENDED | sending | ready | ALERTING | answering + c-transfer → transfer FAILURE UNKNOWN_TARGET; =
idle | calling | queued | DIALING | STARTED | ENDED | sending + deactivate → … SUCCESS; =

DIALING | ALERTING | answering + hold retrieve transfer conference consult alternate consulttransfer consultconference → … FAILURE INVALID_STATE; =

STARTED | HELD by the remote + hold → … the call; holding
STARTED | sending | CONSULT, ringing | alternating | returning | connecting | meeting + retrieve alternate consulttransfer consultconference → … FAILURE INVALID_STATE; =
STARTED | HELD | HELD by the remote | HELD by both + transfer → … the call to 700; transferring
STARTED | HELD | HELD by the remote | HELD by both + conference → bring together the call; inviting
STARTED | sending | HELD by the remote + consult → hold the call; first hold
STARTED + held → conversation.held; HELD
STARTED + remote-held → conversation.held; HELD by the remote

ENDED + hold retrieve transfer conference → … FAILURE UNKNOWN_TARGET; =
ENDED + consult alternate consulttransfer consultconference → … FAILURE INVALID_STATE; =

sending + hold → … the call; =
sending + transfer → … the call to 700; =
sending + conference → bring together the call; =
sending | transferring | inviting | CONFERENCE + held remote-held → conversation.held; =

ready | ALERTING | answering + deactivate → LeaveLine, channel.deactivated, deactivate SUCCESS, Report; =

answering + no-station → accept FAILURE STATION_NO_ANSWER; ALERTING

holding + release → hang up, conversation.ended, hold FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
holding + dispose → hang up, conversation.ended, hold FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
holding + failed ended → conversation.ended, hold FAILURE CANCELLED, interaction.ended; ENDED
holding | first hold | transferring | inviting | CONFERENCE + pressed → conversation.dtmf; =
holding + Dispose → hang up, conversation.ended, hold FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
holding | first hold + retrieve transfer conference consult → … FAILURE INVALID_STATE; =
holding + held → conversation.held, hold SUCCESS; HELD
holding + hold-failed → hold FAILURE NETWORK; STARTED
holding | retrieving | first hold | consulting | abandoned | recording | recording, over | recording, left + remote-held → conversation.held; =

HELD | HELD by the remote | HELD by both | CONFERENCE | abandoned + release → hang up, conversation.ended, release SUCCESS, interaction.ended; ENDED
HELD | HELD by the remote | HELD by both | CONFERENCE | abandoned + dispose → hang up, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
HELD | HELD by the remote | HELD by both | CONFERENCE + failed ended → conversation.ended, interaction.ended; ENDED
HELD | HELD by the remote | HELD by both | CONFERENCE | abandoned + Dispose → hang up, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
HELD | HELD by the remote | HELD by both + Drain → interaction.actionschanged, conversation.actionschanged; =
HELD | HELD by both + hold → … FAILURE INVALID_STATE; =
HELD | HELD by both + retrieve → … the call; retrieving
HELD | HELD by both + consult → call; consulting
HELD + retrieved → conversation.retrieved; STARTED
HELD + remote-held → conversation.held; HELD by both

HELD by the remote | CONSULT + retrieve → … FAILURE INVALID_STATE; =
HELD by the remote + held → conversation.held; HELD by both
HELD by the remote + remote-retrieved → conversation.retrieved; STARTED

HELD by both + retrieved → conversation.retrieved; HELD by the remote
HELD by both + remote-retrieved → conversation.retrieved; HELD

retrieving + release → hang up, conversation.ended, retrieve FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
retrieving + dispose → hang up, conversation.ended, retrieve FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
retrieving + failed ended → conversation.ended, retrieve FAILURE CANCELLED, interaction.ended; ENDED
retrieving + Dispose → hang up, conversation.ended, retrieve FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
retrieving + hold transfer conference consult → … FAILURE INVALID_STATE; =
retrieving + retrieved → conversation.retrieved, retrieve SUCCESS; STARTED
retrieving + hold-failed → retrieve FAILURE NETWORK; HELD

first hold + release → hang up, conversation.ended, consult FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
first hold + dispose → hang up, conversation.ended, consult FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
first hold + failed ended → conversation.ended, consult FAILURE CANCELLED, interaction.ended; ENDED
first hold + Dispose → hang up, conversation.ended, consult FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
first hold + held → conversation.held, call; consulting
first hold + hold-failed → consult FAILURE NETWORK; STARTED

consulting + release → hang up, conversation.ended, hang up the second, consult FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
consulting + dispose → hang up, conversation.ended, hang up the second, consult FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
consulting + failed ended → conversation.ended, hang up the second, consult FAILURE CANCELLED, interaction.ended; ENDED
consulting + Dispose → hang up, conversation.ended, hang up the second, consult FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
consulting | transferring | inviting | CONFERENCE | abandoned + hold retrieve transfer conference consult → … FAILURE INVALID_STATE; =
consulting | abandoned | CONSULT, ringing | CONSULT | alternating | returning | connecting | meeting | recording | recording, over | recording, left + retrieved → conversation.retrieved; =
consulting + c-alerting c-answered → interaction.conversationadded; recording
consulting + c-failed → consult FAILURE BUSY, retrieve the call; retrieving
consulting + c-ended → consult FAILURE UNAVAILABLE, retrieve the call; retrieving

transferring + release → hang up, conversation.ended, transfer FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
transferring + dispose → hang up, conversation.ended, transfer FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
transferring + failed ended → conversation.ended, transfer FAILURE CANCELLED, interaction.ended; ENDED
transferring + Dispose → hang up, conversation.ended, transfer FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
transferring + moved → conversation.ended, transfer SUCCESS, interaction.ended; ENDED
transferring + unmoved → transfer FAILURE NETWORK; STARTED

inviting + release → hang up, conversation.ended, conference FAILURE CANCELLED, release SUCCESS, interaction.ended; ENDED
inviting + dispose → hang up, conversation.ended, conference FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
inviting + failed ended → conversation.ended, conference FAILURE CANCELLED, interaction.ended; ENDED
inviting + Dispose → hang up, conversation.ended, conference FAILURE CANCELLED, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
inviting + moved → conversation.memberschanged, conference SUCCESS, interaction.actionschanged, conversation.actionschanged; CONFERENCE
inviting + unmoved → conference FAILURE NETWORK; STARTED

CONFERENCE + left → conversation.memberschanged; =

abandoned + failed ended moved → conversation.ended, interaction.ended; ENDED
abandoned + unmoved → retrieve the call; retrieving

CONSULT, ringing + release → hang up, conversation.ended, release SUCCESS, interaction.conversationremoved; promoted
CONSULT, ringing | CONSULT + dispose → hang up the second, hang up, conversation.ended, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
CONSULT, ringing + failed ended → conversation.ended, interaction.conversationremoved; promoted
CONSULT, ringing | CONSULT + Dispose → hang up the second, hang up, conversation.ended, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
CONSULT, ringing | CONSULT + c-release → hang up the second, conversation.ended, release SUCCESS, interaction.conversationremoved, retrieve the call; retrieving
CONSULT, ringing | swapping | returning | connecting | meeting | promoted + c-hold → hold FAILURE INVALID_STATE; =
CONSULT, ringing + c-answered → conversation.connected, interaction.actionschanged; CONSULT
CONSULT, ringing | CONSULT + c-failed c-ended → conversation.ended, interaction.conversationremoved, retrieve the call; retrieving

CONSULT + release → hang up, conversation.ended, release SUCCESS, interaction.conversationremoved, interaction.actionschanged, conversation.actionschanged; STARTED
CONSULT + failed ended → conversation.ended, interaction.conversationremoved, interaction.actionschanged, conversation.actionschanged; STARTED
CONSULT + alternate → hold the second; alternating
CONSULT + consulttransfer → connect the call with the second; connecting
CONSULT + consultconference → bring together the call; meeting
CONSULT + c-hold → hold the second; =
CONSULT + c-held → conversation.held, interaction.actionschanged, conversation.actionschanged; =

alternating + release → hang up, conversation.ended, alternate FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved; holding
alternating | swapping | returning + dispose → hang up the second, hang up, conversation.ended, alternate FAILURE CANCELLED, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
alternating + failed ended → conversation.ended, alternate FAILURE CANCELLED, interaction.conversationremoved; holding
alternating | swapping | returning + Dispose → hang up the second, hang up, conversation.ended, alternate FAILURE CANCELLED, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
alternating | returning + c-release → hang up the second, conversation.ended, alternate FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved, retrieve the call; retrieving
alternating | returning + c-failed c-ended → conversation.ended, alternate FAILURE CANCELLED, interaction.conversationremoved, retrieve the call; retrieving
alternating + c-held → conversation.held, retrieve the call; swapping
alternating + c-hold-failed → alternate FAILURE NETWORK; CONSULT

swapping + release → hang up, conversation.ended, alternate FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved, retrieve the second; retrieving
swapping + failed ended → conversation.ended, alternate FAILURE CANCELLED, interaction.conversationremoved, retrieve the second; retrieving
swapping + alternate consulttransfer consultconference → … FAILURE INVALID_STATE; =
swapping + c-release → hang up the second, conversation.ended, alternate FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved; retrieving
swapping + retrieved → conversation.retrieved, alternate SUCCESS; CONSULT
swapping + hold-failed → retrieve the second; returning
swapping + c-failed c-ended → conversation.ended, alternate FAILURE CANCELLED, interaction.conversationremoved; retrieving
swapping + c-retrieved → conversation.retrieved; =

returning + release → hang up, conversation.ended, alternate FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved; retrieving
returning + failed ended → conversation.ended, alternate FAILURE CANCELLED, interaction.conversationremoved; retrieving
returning + c-retrieved → conversation.retrieved, alternate FAILURE NETWORK; CONSULT
returning + c-hold-failed → alternate FAILURE NETWORK, interaction.actionschanged, conversation.actionschanged, conversation.actionschanged; CONSULT

connecting + release → hang up, conversation.ended, consulttransfer FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved, interaction.actionschanged, conversation.actionschanged; STARTED
connecting + dispose → hang up the second, hang up, conversation.ended, consulttransfer FAILURE CANCELLED, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
connecting + failed ended → conversation.ended, consulttransfer FAILURE CANCELLED, interaction.conversationremoved, interaction.actionschanged, conversation.actionschanged; STARTED
connecting + Dispose → hang up the second, hang up, conversation.ended, consulttransfer FAILURE CANCELLED, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
connecting + c-release → hang up the second, conversation.ended, consulttransfer FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved; abandoned
connecting + moved → conversation.ended, conversation.ended, consulttransfer SUCCESS, interaction.ended; ENDED
connecting + unmoved → consulttransfer FAILURE NETWORK; CONSULT
connecting + c-failed c-ended → conversation.ended, consulttransfer FAILURE CANCELLED, interaction.conversationremoved; abandoned
connecting | meeting + c-held → conversation.held; =

meeting + release → hang up, conversation.ended, consultconference FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved, interaction.actionschanged, conversation.actionschanged; STARTED
meeting + dispose → hang up the second, hang up, conversation.ended, consultconference FAILURE CANCELLED, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
meeting + failed ended → conversation.ended, consultconference FAILURE CANCELLED, interaction.conversationremoved, interaction.actionschanged, conversation.actionschanged; STARTED
meeting + Dispose → hang up the second, hang up, conversation.ended, consultconference FAILURE CANCELLED, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
meeting + c-release → hang up the second, conversation.ended, consultconference FAILURE CANCELLED, release SUCCESS, interaction.conversationremoved; abandoned
meeting + moved → conversation.ended, interaction.conversationremoved, conversation.memberschanged, conversation.retrieved, consultconference SUCCESS, interaction.actionschanged; CONFERENCE
meeting + unmoved → consultconference FAILURE NETWORK; CONSULT
meeting + c-failed c-ended → conversation.ended, consultconference FAILURE CANCELLED, interaction.conversationremoved; abandoned

promoted + dial → … FAILURE CHANNEL_BUSY; =
promoted | recording | recording, over | recording, left + offer → refuse: not active or not ready; =
promoted + accept reject complete consult alternate consulttransfer consultconference → … FAILURE INVALID_STATE; =
promoted + answer senddtmf release hold retrieve transfer conference → … FAILURE UNKNOWN_TARGET; =
promoted + init deactivate → … SUCCESS; =
promoted + activate → channel.activated, activate SUCCESS; =
promoted + paint → … FAILURE UNKNOWN_NAME; =
promoted + dispose → hang up the second, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed, dispose SUCCESS; gone
promoted + Dispose → hang up the second, conversation.ended, interaction.ended, interaction.disposed, LeaveLine, Gone, channel.disposed; gone
promoted + c-release → hang up the second, conversation.ended, release SUCCESS, interaction.ended; ENDED
promoted + c-transfer → transfer FAILURE INVALID_STATE; =
promoted + c-answered → conversation.connected, interaction.actionschanged; STARTED
promoted + c-failed c-ended → conversation.ended, interaction.ended; ENDED

recording + failed ended → –; recording, left
recording + stored → consult SUCCESS, interaction.actionschanged; CONSULT, ringing
recording + refused → hang up the second, consult FAILURE INTERNAL, retrieve the call; retrieving
recording + Dispose → hang up the second, hang up, conversation.ended, interaction.ended, interaction.disposed, LeaveLine; closing
recording | recording, left + c-failed c-ended → –; recording, over

recording, over + stored → consult SUCCESS, interaction.conversationremoved, retrieve the call; retrieving
recording, over + refused → consult FAILURE INTERNAL, retrieve the call; retrieving
recording, over + Dispose → hang up, conversation.ended, interaction.ended, interaction.disposed, LeaveLine; closing

recording, left + stored → consult SUCCESS, conversation.ended, interaction.conversationremoved, interaction.actionschanged; promoted
recording, left + refused → hang up the second, consult FAILURE INTERNAL, conversation.ended, interaction.ended; ENDED
recording, left + Dispose → hang up the second, conversation.ended, interaction.ended, interaction.disposed, LeaveLine; closing
`

// TestStationTransitions plays every pair, each as a test of its own, named as in the table.
func TestStationTransitions(t *testing.T) {
	pairs := product(stateNames(), stationInputs())
	pairs = append(pairs, product(statesOf("any|promoted|recording|recording, over|recording, left"), slices.Concat(inputNames(), stationInputs()))...)
	playTable(t, stationTransitions, pairs, ChannelSettings{Station: true, Transfer: true, Conference: true})
}

func statesWithOneCall() []string {
	return []string{
		"holding", "HELD", "HELD by the remote", "HELD by both", "retrieving", "first hold", "consulting", "transferring", "inviting", "CONFERENCE",
		"abandoned",
	}
}

func statesWithTwoCalls() []string {
	return []string{"CONSULT, ringing", "CONSULT", "alternating", "swapping", "returning", "connecting", "meeting"}
}

func stationInputs() []string {
	return []string{
		"hold", "retrieve", "transfer", "conference", "consult", "alternate", "consulttransfer", "consultconference", "c-release", "c-hold", "c-transfer",
		"held", "retrieved", "hold-failed", "remote-held", "remote-retrieved", "moved", "unmoved", "left", "no-station",
		"c-alerting", "c-answered", "c-failed", "c-ended", "c-held", "c-retrieved", "c-hold-failed", "deactivate",
	}
}
