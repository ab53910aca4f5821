package invite

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
)

// TestLadders runs the conversations of testdata. Rewrite them with: go test ./sip/invite -run Ladders -rewrite
//
//	app start [progress=20s] [silence=4s] [ring=60s] [delayed]     a new attempt
//	app hangup | acknowledge
//	pbx 180 [sdp=x] [tag=a] [challenge|stale] [phrase=… reason=… retry-after=…] [try=1]
//	pbx bye [tag=a] [reason=…]
//	pbx answers-bye 200 [tag=a] [challenge|stale]     200 is a status, or nothing when the BYE got no answer
//	net timeout [try=1]                      the INVITE transaction gave up
//	net broken [try=1]                       the transport failed
//	wait 30s                                 deadlines fire on the way
//
// Several lines under one command happen at the same instant, in this order.
func TestLadders(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		l := &ladder{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return l.run(t, d)
		})
	})
}

// ladder is a conversation with one attempt in virtual time.
type ladder struct {
	c   *Client
	now time.Time
	b   strings.Builder
}

// epoch is when every attempt of the tests starts.
var epoch = time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)

func (l *ladder) run(t *testing.T, d *datadriven.TestData) string {
	l.b.Reset()
	l.command(t, d)
	for line := range strings.Lines(d.Input) {
		cmd, args, err := datadriven.ParseLine(line)
		if err != nil {
			t.Fatal(err)
		}
		l.command(t, &datadriven.TestData{Pos: d.Pos, Cmd: cmd, CmdArgs: args})
	}
	return l.b.String()
}

func (l *ladder) command(t *testing.T, d *datadriven.TestData) {
	t.Helper()
	verb := d.CmdArgs[0].Key
	switch {
	case d.Cmd == "wait":
		l.wait(duration(t, verb))
	case d.Cmd == "app" && verb == "start":
		cfg := Config{ProgressTimeout: duration(t, arg(d, "progress", "0s")), Silence: duration(t, arg(d, "silence", "0s")), RingTimeout: duration(t, arg(d, "ring", "0s")), Delayed: d.HasArg("delayed")}
		l.c, l.now = New(cfg), epoch
		l.step(Start{})
	default:
		in := parseInput(t, d, l.c.try)
		l.print(inputLine(in))
		l.step(in)
	}
}

// wait lets time pass, deadline by deadline.
func (l *ladder) wait(d time.Duration) {
	end := l.now.Add(d)
	for due := l.c.Deadline(); !due.IsZero() && !due.After(end); due = l.c.Deadline() {
		l.now = due
		l.step(Tick{})
	}
	l.now = end
}

func (l *ladder) step(in Input) {
	was := l.c.Done()
	for _, e := range l.c.Step(l.now, in) {
		l.print(effectLine(e))
	}
	if l.c.Done() && !was {
		l.print("gw           done")
	}
}

func (l *ladder) print(line string) {
	at := "+" + strconv.FormatFloat(l.now.Sub(epoch).Seconds(), 'f', -1, 64) + "s"
	fmt.Fprintf(&l.b, "%-7s %s\n", at, line)
}

func parseInput(t *testing.T, d *datadriven.TestData, try int) Input {
	t.Helper()
	verb, tag, reason := d.CmdArgs[0].Key, arg(d, "tag", ""), arg(d, "reason", "")
	try = number(t, arg(d, "try", strconv.Itoa(try)))
	challenge := NoChallenge
	if d.HasArg("challenge") {
		challenge = FreshChallenge
	}
	if d.HasArg("stale") {
		challenge = StaleChallenge
	}
	switch d.Cmd + " " + verb {
	case "app hangup":
		return Hangup{}
	case "app acknowledge":
		return Acknowledge{}
	case "net timeout":
		return TransactionTimeout{Try: try}
	case "net broken":
		return TransportFailed{Try: try}
	case "pbx bye":
		return PeerBye{ToTag: tag, Reason: reason}
	case "pbx answers-bye":
		status := 0
		if s := d.CmdArgs[1].Key; s != "nothing" {
			status = number(t, s)
		}
		return ByeResponse{ToTag: tag, Status: status, Challenge: challenge}
	}
	return Response{Try: try, Status: number(t, verb), Phrase: arg(d, "phrase", ""), Reason: reason,
		RetryAfter: duration(t, arg(d, "retry-after", "0s")), ToTag: tag, Challenge: challenge, SDP: arg(d, "sdp", "")}
}

// inputLine is in as a ladder shows it.
func inputLine(in Input) string {
	switch in := in.(type) {
	case Response:
		return "gw ◀─ pbx    " + strconv.Itoa(in.Status) + words(in.Phrase) + field("tag", in.ToTag) + field("sdp", in.SDP) + challengeWord(in.Challenge)
	case TransactionTimeout:
		return "gw ◀─ net    time-out"
	case TransportFailed:
		return "gw ◀─ net    broken"
	case Hangup:
		return "gw ◀─ app    hang up"
	case Acknowledge:
		return "gw ◀─ app    acknowledge"
	case PeerBye:
		return "gw ◀─ pbx    BYE" + field("tag", in.ToTag)
	case ByeResponse:
		if in.Status == 0 {
			return "gw ◀─ net    no answer to BYE" + field("tag", in.ToTag)
		}
		return "gw ◀─ pbx    " + strconv.Itoa(in.Status) + " to BYE" + field("tag", in.ToTag) + challengeWord(in.Challenge)
	}
	return fmt.Sprintf("%T", in)
}

// effectLine is e as a ladder shows it.
func effectLine(e Effect) string {
	switch e := e.(type) {
	case SendInvite:
		return "gw ─▶ pbx    INVITE" + flag("with credentials", e.Auth)
	case StopInvite:
		return "gw           the INVITE is not repeated any more"
	case SendCancel:
		return "gw ─▶ pbx    CANCEL" + field("reason", why(e.Reason))
	case SendAck:
		return "gw ─▶ pbx    ACK" + field("tag", e.ToTag)
	case SendBye:
		return "gw ─▶ pbx    BYE" + field("tag", e.ToTag) + flag("with credentials", e.Auth) + field("reason", why(e.Reason))
	case Progress:
		return "gw ─▶ app    progress " + strconv.Itoa(e.Status) + flag("alerted", e.Alerted)
	case EarlyMedia:
		return "gw ─▶ app    early media " + e.SDP
	case Answered:
		return "gw ─▶ app    answered" + field("tag", e.ToTag) + flag("alerted", e.Alerted)
	case Ended:
		by := "by us"
		if e.Remote {
			by = "by the peer"
		}
		return "gw ─▶ app    ended " + by + field("reason", e.Reason)
	case Failed:
		return "gw ─▶ app    failed: " + e.Kind.String() + status(e.Status) + words(e.Phrase) + field("reason", e.Reason) +
			flag("retry after "+e.RetryAfter.String(), e.RetryAfter > 0) + flag("(nothing heard)", !e.Heard) + flag("progressed", e.Progressed) + flag("alerted", e.Alerted)
	}
	return fmt.Sprintf("%T", e)
}

// why is a reason's cause.
func why(r Reason) string {
	cause, _, _ := strings.Cut(string(r), ";text")
	return strings.ReplaceAll(cause, ";cause=", " ")
}

func challengeWord(c Challenge) string { return [...]string{"", " challenge", " stale"}[c] }

func words(s string) string { return flag(s, s != "") }

func status(s int) string { return flag(strconv.Itoa(s), s != 0) }

func field(name, value string) string { return flag(name+"="+value, value != "") }

func flag(word string, on bool) string {
	if !on {
		return ""
	}
	return " " + word
}

func arg(d *datadriven.TestData, name, otherwise string) string {
	for _, a := range d.CmdArgs {
		if a.Key == name && len(a.Vals) > 0 {
			return strings.Join(a.Vals, ", ")
		}
	}
	return otherwise
}

func duration(t *testing.T, s string) time.Duration {
	t.Helper()
	d, err := time.ParseDuration(s)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func number(t *testing.T, s string) int {
	t.Helper()
	n, err := strconv.Atoi(s)
	if err != nil {
		t.Fatal(err)
	}
	return n
}
