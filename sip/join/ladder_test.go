package join

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tieline/sip/offer/offertest"
)

// TestLadders runs the conversations of testdata. Rewrite them with: go test ./sip/join -run Ladders -args -rewrite
//
//	start [music]                       a new machine; music: the PBX plays it to B while A holds
//	app join [keep-A] [keep-B] [hold-A] [hold-B]
//	app split A=silence B=music         or untouched
//	app hold A
//	app retrieve A
//	A up SDP given SDP                  a leg with a session
//	B offers SDP                        an INVITE, a re-INVITE or an UPDATE
//	B offers nothing                    an INVITE without a body
//	B supplies SDP                      the 2xx to an INVITE without a body
//	B early SDP
//	B answers SDP                       or nothing
//	B refuses 488 [after 2s]
//	B withdraws
//	B ends
//	wait 3s                             deadlines fire on the way
//
// SDP is address:port, formats, and words, of each stream, with + between streams.
// Several lines under one command happen at the same instant, in this order.
func TestLadders(t *testing.T) {
	datadriven.Walk(t, "testdata/ladders", func(t *testing.T, path string) {
		l := &ladder{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return l.run(t, d)
		})
	})
}

// ladder is a conversation with one machine in virtual time.
type ladder struct {
	m   *Machine
	now time.Time
	b   strings.Builder
}

// epoch is when every test starts.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (l *ladder) run(t *testing.T, d *datadriven.TestData) string {
	l.b.Reset()
	first := d.Cmd
	for _, a := range d.CmdArgs {
		first += " " + a.String()
	}
	for line := range strings.Lines(first + "\n" + d.Input) {
		l.command(t, strings.Fields(line))
	}
	return l.b.String()
}

func (l *ladder) command(t *testing.T, words []string) {
	t.Helper()
	switch words[0] {
	case "start":
		l.m, l.now = New(Config{Music: [2]bool{B: len(words) > 1}}), epoch
	case "wait":
		l.wait(duration(t, words[1]))
	default:
		in := parseInput(t, words)
		l.print(inputLine(in))
		l.step(in)
	}
}

// wait lets time pass, deadline by deadline.
func (l *ladder) wait(d time.Duration) {
	end := l.now.Add(d)
	for due := l.m.Deadline(); !due.IsZero() && !due.After(end); due = l.m.Deadline() {
		l.now = due
		l.step(Tick{})
	}
	l.now = end
}

func (l *ladder) step(in Input) {
	for _, e := range l.m.Step(l.now, in) {
		l.print(effectLine(e))
	}
}

func (l *ladder) print(line string) {
	at := "+" + strconv.FormatFloat(l.now.Sub(epoch).Seconds(), 'f', -1, 64) + "s"
	fmt.Fprintf(&l.b, "%-7s %s\n", at, line)
}

func parseInput(t *testing.T, words []string) Input {
	t.Helper()
	who, verb, rest := words[0], words[1], strings.Join(words[2:], " ")
	leg := legOf(who)
	switch who + " " + verb {
	case "app join":
		return Join{
			Keep: [2]bool{strings.Contains(rest, "keep-A"), strings.Contains(rest, "keep-B")},
			Hold: [2]bool{strings.Contains(rest, "hold-A"), strings.Contains(rest, "hold-B")},
		}
	case "app hold":
		return Hold{By: legOf(rest)}
	case "app retrieve":
		return Retrieve{By: legOf(rest)}
	case "app split":
		return parseSplit(rest)
	}
	switch verb {
	case "up":
		theirs, given, _ := strings.Cut(rest, " given ")
		return LegUp{Leg: leg, Party: Party{Theirs: offertest.Describe(theirs), Given: offertest.Describe(given)}}
	case "offers":
		return Offered{Leg: leg, SDP: offertest.Describe(rest)}
	case "supplies":
		return Supplied{Leg: leg, SDP: offertest.Describe(rest)}
	case "early":
		return EarlyAnswer{Leg: leg, SDP: offertest.Describe(rest)}
	case "answers":
		return Answered{Leg: leg, SDP: offertest.Describe(rest)}
	case "refuses":
		in := Refused{Leg: leg}
		in.Status, _ = strconv.Atoi(words[2])
		if len(words) > 4 {
			in.RetryAfter = duration(t, words[4])
		}
		return in
	case "withdraws":
		return Withdrawn{Leg: leg}
	case "ends":
		return LegEnded{Leg: leg}
	}
	t.Fatalf("what is %v?", words)
	return nil
}

func parseSplit(rest string) Split {
	in := Split{}
	for word := range strings.FieldsSeq(rest) {
		who, how, _ := strings.Cut(word, "=")
		in.Park[legOf(who)] = map[string]Parking{"silence": Silence, "music": Music, "untouched": Untouched}[how]
	}
	return in
}

func legOf(name string) Leg {
	if name == "B" {
		return B
	}
	return A
}

// inputLine is in as a ladder shows it.
func inputLine(in Input) string {
	switch in := in.(type) {
	case Join:
		return "app ─▶    join" + flag("keep A", in.Keep[A]) + flag("keep B", in.Keep[B]) + flag("on hold by A", in.Hold[A]) + flag("on hold by B", in.Hold[B])
	case Split:
		names := [...]string{"untouched", "silence", "music"}
		return "app ─▶    split A " + names[in.Park[A]] + ", B " + names[in.Park[B]]
	case Hold:
		return "app ─▶    hold by " + in.By.String()
	case Retrieve:
		return "app ─▶    retrieve by " + in.By.String()
	case LegUp:
		return in.Leg.String() + "   ─▶    up: " + offertest.Brief(in.Theirs) + " ⇄ " + offertest.Brief(in.Given)
	case Offered:
		return in.Leg.String() + "   ─▶    offer " + offertest.Brief(in.SDP)
	case Supplied:
		return in.Leg.String() + "   ─▶    2xx with offer " + offertest.Brief(in.SDP)
	case EarlyAnswer:
		return in.Leg.String() + "   ─▶    early answer " + offertest.Brief(in.SDP)
	case Answered:
		return in.Leg.String() + "   ─▶    answer " + offertest.Brief(in.SDP)
	case Refused:
		return in.Leg.String() + "   ─▶    " + strconv.Itoa(in.Status) + flag("again after "+in.RetryAfter.String(), in.RetryAfter > 0)
	case Withdrawn:
		return in.Leg.String() + "   ─▶    offer withdrawn"
	case LegEnded:
		return in.Leg.String() + "   ─▶    ended"
	}
	return fmt.Sprintf("%T", in)
}

// effectLine is e as a ladder shows it.
func effectLine(e Effect) string {
	switch e := e.(type) {
	case Offer:
		return e.Leg.String() + "   ◀─    offer " + offertest.Brief(e.SDP)
	case AskForOffer:
		return e.Leg.String() + "   ◀─    offer?"
	case Answer:
		return e.Leg.String() + "   ◀─    answer " + offertest.Brief(e.SDP)
	case Reject:
		return e.Leg.String() + "   ◀─    " + strconv.Itoa(e.Status)
	case HangUp:
		return e.Leg.String() + "   ◀─    hang up"
	case EarlyMedia:
		return "app ◀─    early media of " + e.Leg.String()
	case Joined:
		return "app ◀─    joined"
	case Parted:
		return "app ◀─    parted"
	case Held:
		return "app ◀─    held by " + e.By.String()
	case Retrieved:
		return "app ◀─    retrieved by " + e.By.String()
	case Failed:
		return "app ◀─    failed: " + e.Leg.String() + " " + e.Why.String() + flag(strconv.Itoa(e.Status), e.Status != 0)
	}
	return fmt.Sprintf("%T", e)
}

func flag(word string, on bool) string {
	if !on {
		return ""
	}
	return " " + word
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
