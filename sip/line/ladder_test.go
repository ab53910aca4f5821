package line

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"

	"tieline/sip/join"
	"tieline/sip/offer"
	"tieline/sip/offer/offertest"
)

// TestLadders runs the conversations of testdata. Rewrite them with: go test ./sip/line -run Ladders -args -rewrite
//
//	start [ringback] [at-once] [music] [keep=30s]     a new line
//	phone c1 phone:4000 0 8                           c1 answers re-INVITEs by itself, with this
//	app place c1 · take c1 SDP · ring c1 · accept c1 · hold c1 · retrieve c1 · drop c1 · leave
//	app connect c1 c2 [refer] · transfer c1 t1 [refer] · confer c1 [c2] [to t1]
//	c1 progress [alerted]
//	c1 early SDP
//	c1 up [SDP]                                       without one: the phone's
//	c1 lost 486 [alerted]
//	c1 over
//	c1 (offers|supplies|answers) SDP · refuses 488 [2s] · withdraws
//	c1 referred · not-referred [called]
//	wait 3s
//
// The agent's own leg is called station, the way into a conference room-of-c1. SDP is as in package offertest.
func TestLadders(t *testing.T) {
	datadriven.Walk(t, "testdata/ladders", func(t *testing.T, path string) {
		l := &ladder{t: t}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			l.t = t
			return l.run(d)
		})
	})
}

// epoch is when every test starts.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

// waitingTone is our ringing tone as a station is offered it.
var waitingTone = offertest.Describe("gw:7000 0 8 101")

// ladder is a conversation with one line in virtual time.
type ladder struct {
	t      *testing.T
	m      *Machine
	now    time.Time
	phones map[string]string
	b      strings.Builder
}

func (l *ladder) run(d *datadriven.TestData) string {
	l.b.Reset()
	first := d.Cmd
	for _, a := range d.CmdArgs {
		first += " " + a.String()
	}
	for text := range strings.Lines(first + "\n" + d.Input) {
		l.command(strings.Fields(text))
	}
	if l.b.Len() == 0 {
		return "silence"
	}
	return l.b.String()
}

func (l *ladder) command(words []string) {
	l.t.Helper()
	switch words[0] {
	case "start":
		l.start(words[1:])
	case "phone":
		l.phones[words[1]] = strings.Join(words[2:], " ")
	case "wait":
		l.wait(l.duration(words[1]))
	default:
		in := l.input(words)
		l.print(strings.Join(words, " "))
		l.step(in)
	}
}

func (l *ladder) start(words []string) {
	cfg := Config{Waiting: waitingTone}
	for _, w := range words {
		switch key, value, _ := strings.Cut(w, "="); key {
		case "ringback":
			cfg.Ringback = waitingTone
		case "at-once":
			cfg.RingAtOnce = true
		case "music":
			cfg.Music = true
		case "keep":
			cfg.Keep = l.duration(value)
		}
	}
	l.m, l.now, l.phones = New(cfg), epoch, map[string]string{}
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

// step tells the machine, and lets the phones answer.
func (l *ladder) step(in Input) {
	l.t.Helper()
	effects := l.m.Step(l.now, in)
	for _, e := range effects {
		l.print("                   " + effectText(e))
	}
	for _, e := range effects {
		o, ok := e.(Offer)
		if !ok || l.phones[o.Leg] == "" {
			continue
		}
		var answer join.Input = join.Supplied{SDP: offertest.Describe(l.phones[o.Leg])}
		if o.SDP != nil {
			answer = join.Answered{SDP: answerOf(l.phones[o.Leg], o.SDP)}
		}
		l.print(o.Leg + " " + heardText(answer))
		l.step(Heard{o.Leg, answer})
	}
}

// answerOf is what a phone says to an offer.
func answerOf(phone string, sdp []byte) []byte {
	d, err := offer.Parse(offertest.Describe(phone))
	to, err2 := offer.Parse(sdp)
	if err != nil || err2 != nil {
		panic(fmt.Sprint(err, err2))
	}
	dirs := d.Directions()
	for i := range dirs {
		if theirs := to.Directions(); i < len(theirs) {
			dirs[i] &= theirs[i].Mirror()
		}
	}
	answer := d.WithDirections(dirs).AsAnswer(to)
	if n, err := answer.Narrow(to); err == nil {
		answer = n
	}
	return answer.Bytes()
}

func (l *ladder) print(text string) {
	at := "+" + strconv.FormatFloat(l.now.Sub(epoch).Seconds(), 'f', -1, 64) + "s"
	fmt.Fprintf(&l.b, "%-5s %s\n", at, strings.ReplaceAll(text, "room of ", "room-of-"))
}

func (l *ladder) duration(s string) time.Duration {
	l.t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		l.t.Fatal(err)
	}
	return d
}

func (l *ladder) input(words []string) Input {
	l.t.Helper()
	if words[0] == "app" {
		return l.wish(words[1:])
	}
	leg, rest := strings.Replace(words[0], "room-of-", "room of ", 1), strings.Join(words[2:], " ")
	sdp := offertest.Describe(rest)
	alerted := slices.Contains(words, "alerted")
	switch words[1] {
	case "progress":
		return Progress{leg, alerted}
	case "early":
		return Early{leg, sdp}
	case "up":
		if rest == "" {
			sdp = offertest.Describe(l.phones[leg])
		}
		return Up{leg, sdp}
	case "lost":
		status, _ := strconv.Atoi(words[2])
		return Lost{leg, status, alerted}
	case "over":
		return Over{leg}
	case "offers":
		return Heard{leg, join.Offered{SDP: sdp}}
	case "supplies":
		return Heard{leg, join.Supplied{SDP: sdp}}
	case "answers":
		return Heard{leg, join.Answered{SDP: sdp}}
	case "withdraws":
		return Heard{leg, join.Withdrawn{}}
	case "refuses":
		in := join.Refused{}
		in.Status, _ = strconv.Atoi(words[2])
		if len(words) > 3 {
			in.RetryAfter = l.duration(words[3])
		}
		return Heard{leg, in}
	case "referred", "not-referred":
		return Referred{leg, words[1] == "referred", slices.Contains(words, "called")}
	}
	l.t.Fatalf("what is %v?", words)
	return nil
}

func (l *ladder) wish(words []string) Input {
	l.t.Helper()
	words = append(words, "", "", "")
	refer := slices.Contains(words, "refer")
	switch words[0] {
	case "place":
		return Place{words[1]}
	case "take":
		return Take{words[1], offertest.Describe(strings.TrimSpace(strings.Join(words[2:], " ")))}
	case "ring":
		return Ring{words[1]}
	case "accept":
		return Accept{words[1]}
	case "hold":
		return Hold{words[1]}
	case "retrieve":
		return Retrieve{words[1]}
	case "drop":
		return Drop{words[1]}
	case "leave":
		return Leave{}
	case "connect":
		return Connect{words[1], words[2], refer}
	case "transfer":
		return Transfer{words[1], words[2], refer}
	case "confer":
		if words[2] == "to" {
			return Confer{Call: words[1], To: words[3]}
		}
		return Confer{Call: words[1], With: words[2]}
	}
	l.t.Fatalf("what is %v?", words)
	return nil
}

func heardText(in join.Input) string {
	switch in := in.(type) {
	case join.Answered:
		return "answers " + offertest.Brief(in.SDP)
	case join.Supplied:
		return "supplies " + offertest.Brief(in.SDP)
	case join.Offered:
		return "offers " + offertest.Brief(in.SDP)
	}
	return strings.TrimPrefix(fmt.Sprintf("%T%v", in, in), "join.")
}

// effectText is e as a ladder shows it.
func effectText(e Effect) string {
	who := [...]string{"agent", "remote"}
	whose := [...]string{"", "callee", "phone", "hung up", "media", "target", "state", "stubborn"}
	switch e := e.(type) {
	case Invite:
		auto := ""
		if e.Auto {
			auto = ", auto-answer"
		}
		return e.Leg + " ◀ INVITE " + offertest.Brief(e.SDP) + auto
	case Offer:
		return e.Leg + " ◀ re-INVITE " + offertest.Brief(e.SDP)
	case Answer:
		return e.Leg + " ◀ answer " + offertest.Brief(e.SDP)
	case Reject:
		return e.Leg + " ◀ " + strconv.Itoa(e.Status)
	case HangUp:
		return e.Leg + " ◀ hang up"
	case ReferTo:
		return e.Leg + " ◀ REFER to " + e.Other
	case Refer:
		return e.Leg + " ◀ REFER to " + e.To
	case Play:
		return e.Leg + " ◀ tone"
	case Stop:
		return e.Leg + " ◀ no tone"
	case Reached:
		if e.Alerted {
			return "app ◀ " + e.Call + " rings"
		}
		return "app ◀ " + e.Call + " is being reached"
	case Answered:
		return "app ◀ " + e.Call + " answered"
	case Failed:
		return "app ◀ " + e.Call + " failed: " + whose[e.Blame]
	case Ended:
		return "app ◀ " + e.Call + " ended by " + who[e.By]
	case Held:
		return "app ◀ " + e.Call + " held by " + who[e.By]
	case Retrieved:
		return "app ◀ " + e.Call + " retrieved by " + who[e.By]
	case HoldFailed:
		return "app ◀ " + e.Call + " hold failed: " + whose[e.Blame]
	case AnswerFailed:
		return "app ◀ " + e.Call + " not answered: " + whose[e.Blame]
	case MoveFailed:
		return "app ◀ " + e.Call + " not moved: " + whose[e.Blame]
	case Moved:
		return "app ◀ " + e.Call + " moved"
	case MemberLeft:
		return "app ◀ " + e.Call + " without " + e.Member
	}
	return fmt.Sprintf("%T", e)
}
