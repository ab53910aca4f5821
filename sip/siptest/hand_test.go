package siptest

import (
	"context"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// take invites by hand and returns the call.
func (b *bed) take(user string) *Call {
	b.t.Helper()
	b.invite(user)
	c, err := b.pbx.Next(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return c
}

func (b *bed) wantNext(c *Call, what string) gosip.Message {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.t.Context(), time.Minute)
	defer cancel()
	m, err := c.Next(ctx)
	if err != nil || !strings.HasPrefix(short(m), what) {
		b.t.Fatalf("next in the call: %v, %v; want %s", short(m), err, what)
	}
	return m
}

func TestForkedCallHasTwoDialogs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		c := b.take("700")
		c.Burst(Reply(180, ""), Reply(180, "", Tag("fork")), Reply(200, ""), Reply(200, "", Tag("fork")))
		var answers []*gosip.Response
		for _, status := range []int{180, 180, 200, 200} {
			answers = append(answers, b.wantResponse("the burst in order", status, "INVITE"))
		}
		if a, f := toTag(answers[2]), toTag(answers[3]); a != c.Tag() || f != "fork" {
			t.Errorf("tags %q and %q", a, f)
		}
		for _, res := range answers[2:] {
			b.send(inDialog("ACK", 1, res))
		}
		synctest.Wait()
		if got := b.pbx.Open(); got != 2 {
			t.Errorf("open dialogs: %d, want one for each fork", got)
		}
		b.send(inDialog("BYE", 2, answers[3]))
		b.wantResponse("the fork is ended", 200, "BYE")
		c.Bye()
		b.respond(b.wantRequest("the other fork is ended by the PBX", "BYE"), 200)
		b.wantSilence("all is said", time.Minute)
		b.wantNoComplaints()
		if got := b.pbx.Open(); got != 0 {
			t.Errorf("open dialogs: %d, want 0", got)
		}
	})
}

func TestCallsAreTakenInOrderAndSeeTheirMessages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		c := b.take("700")
		c.Respond(200, "Fine", Header("X-Test", "1"), Contact("sip:else@192.0.2.99"))
		res := b.wantResponse("as told", 200, "INVITE")
		if res.Reason != "Fine" || res.GetHeader("X-Test") == nil || res.Contact().Address.User != "else" {
			t.Errorf("the response lacks what was asked for:\n%s", res)
		}
		c.Repeat()
		b.wantResponse("again", 200, "INVITE")
		b.send(inDialog("ACK", 1, res))
		b.wantNext(c, "ACK")
		b.send(inDialog("INFO", 2, res))
		b.wantNext(c, "INFO")
		b.wantResponse("INFO is answered", 200, "INFO")
		b.send(inDialog("BYE", 3, res))
		b.wantNext(c, "BYE")
		b.wantResponse("BYE is answered", 200, "BYE")
		b.wantNoComplaints()
	})
}

func TestBadManners(t *testing.T) {
	t.Run("an ignored ACK does not stop the 200", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t, Config{Manners: Manners{IgnoreACK: true}})
			b.take("700").Respond(200, "")
			for range 10 {
				b.send(inDialog("ACK", 1, b.wantResponse("a copy", 200, "INVITE")))
			}
			b.wantNoComplaints()
		})
	})
	t.Run("a response sent once is not repeated", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t, Config{Manners: Manners{SendOnce: true}})
			b.take("700").Respond(486, "")
			b.wantResponse("once", 486, "INVITE")
			b.wantSilence("and no more", time.Minute)
			b.wantComplaint("the 486 of CSeq 1 was never acknowledged")
		})
	})
	t.Run("CANCEL and BYE can go unanswered", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t, Config{Manners: Manners{Unanswered: []gosip.RequestMethod{"CANCEL", "BYE"}}})
			c := b.take("700")
			c.Respond(180, "")
			b.wantResponse("it rings", 180, "INVITE")
			b.send(req{method: "CANCEL", uri: "sip:700@pbx", branch: "1", seq: 1})
			b.wantNext(c, "CANCEL")
			b.wantSilence("no answer", time.Minute)
			c.Respond(200, "")
			res := b.wantResponse("the answer crosses", 200, "INVITE")
			b.send(inDialog("ACK", 1, res))
			b.send(inDialog("BYE", 2, res))
			b.wantNext(c, "ACK")
			bye := b.wantNext(c, "BYE").(*gosip.Request)
			b.wantSilence("no answer", time.Minute)
			if !c.Live() {
				t.Error("a BYE that is not answered does not end the call")
			}
			c.Answer(bye, Reply(200, ""))
			b.wantResponse("BYE is answered by hand", 200, "BYE")
			b.wantNoComplaints()
		})
	})
	t.Run("a CANCEL is answered and the call taken all the same", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			b := newBed(t, Config{Manners: Manners{Cancel: CancelOnly}})
			c := b.take("700")
			c.Respond(180, "")
			b.wantResponse("it rings", 180, "INVITE")
			b.send(req{method: "CANCEL", uri: "sip:700@pbx", branch: "1", seq: 1})
			b.wantResponse("CANCEL is answered", 200, "CANCEL")
			c.Respond(200, "")
			c.Bye()
			b.send(inDialog("ACK", 1, b.wantResponse("the glare", 200, "INVITE")))
			b.respond(b.wantRequest("BYE right behind the 200", "BYE"), 200)
			b.wantSilence("all is said", time.Minute)
			b.wantNoComplaints()
		})
	})
}

func TestReInvite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		c := b.take("700")
		c.Respond(200, "")
		res := b.wantResponse("it answers", 200, "INVITE")
		b.send(inDialog("ACK", 1, res))

		b.send(inDialog("INVITE", 2, res))
		again := b.wantResponse("a re-INVITE is answered", 200, "INVITE")
		b.send(inDialog("ACK", 2, again))
		b.wantSilence("and its 200 acknowledged", time.Minute)

		c.ReInvite()
		reinvite := b.wantRequest("the PBX's own re-INVITE", "INVITE")
		ok := gosip.NewResponseFromRequest(reinvite, 200, "OK", nil)
		ok.AppendHeader(gosip.NewHeader("Contact", "<sip:moved@192.0.2.1:5060>"))
		for range 2 {
			if _, err := b.conn.WriteTo([]byte(ok.String()), net.UDPAddrFromAddrPort(b.pbxPort())); err != nil {
				t.Fatal(err)
			}
			ack := b.wantRequest("each copy of the 2xx is acknowledged", "ACK")
			if ack.CSeq().SeqNo != reinvite.CSeq().SeqNo || ack.Recipient.User != "moved" {
				t.Errorf("a wrong ACK:\n%s", ack)
			}
		}
		if got := b.pbx.Stats(); got.Calls != 1 || got.Answered != 1 || got.Open != 1 {
			t.Errorf("re-INVITEs are not calls: %+v", got)
		}
		b.wantNoComplaints()
	})
}

func TestRecordRouteMustComeBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{RecordRoute: true})
		b.take("700").Respond(200, "")
		res := b.wantResponse("it answers", 200, "INVITE")
		if got, want := res.GetHeader("Record-Route").Value(), "<sip:192.0.2.10:5060;lr=on;ftag=gw-tag>"; got != want {
			t.Errorf("Record-Route %s, want %s", got, want)
		}
		b.send(inDialog("ACK", 1, res))
		synctest.Wait()
		b.wantNoComplaints()
		bye := inDialog("BYE", 2, res)
		bye.headers = "Route: <sip:192.0.2.10:5060;lr>\r\n"
		b.send(bye)
		b.wantResponse("answered, but noted", 200, "BYE")
		b.wantComplaint("BYE with Route")
	})
}

func TestOffencesAreComplaints(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(0, 0)})
		b.invite("609")
		res := b.wantResponse("it answers", 200, "INVITE")
		ack := inDialog("ACK", 7, res)
		b.send(ack)
		ack = inDialog("ACK", 1, res)
		ack.uri = "sip:609@pbx"
		b.send(ack)
		bye := inDialog("BYE", 1, res)
		b.send(bye)
		b.wantResponse("BYE", 200, "BYE")
		bye.tag, bye.branch = "nobody", "x"
		b.send(bye)
		b.wantResponse("no such dialog", 481, "BYE")
		b.send(req{method: "CANCEL", uri: "sip:609@pbx", branch: "unknown", seq: 1})
		b.wantResponse("no such INVITE", 481, "CANCEL")
		if _, err := b.conn.WriteTo([]byte("junk"), b.pbx.config.Conn.LocalAddr()); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		for _, text := range []string{
			"ACK with CSeq 7", "ACK to sip:609@pbx instead of", "BYE with CSeq 1 after 1", "BYE for a dialog that does not exist",
			"CANCEL for no INVITE", "does not parse",
		} {
			b.wantComplaint(text)
		}
	})
}

func TestPBXCallsOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		c, err := b.pbx.Dial(b.conn.LocalAddr(), "sip:100@192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		b.wantRequest("the call", "INVITE")
		invite := b.wantRequest("is repeated until something comes", "INVITE")
		invite.To().Params.Add("tag", "gw")
		b.respond(invite, 180)
		b.wantNext(c, "SIP/2.0 180")
		b.wantSilence("and then no more", time.Minute)
		c.Cancel()
		b.respond(b.wantRequest("it is cancelled", "CANCEL"), 200)
		b.respond(invite, 487)
		b.wantRequest("and the refusal acknowledged", "ACK")

		c, err = b.pbx.Dial(b.conn.LocalAddr(), "sip:100@192.0.2.1")
		if err != nil {
			t.Fatal(err)
		}
		b.respond(b.wantRequest("another call", "INVITE"), 200)
		b.wantRequest("is acknowledged", "ACK")
		if b.pbx.Open() != 1 {
			t.Error("the dialog is open")
		}
		c.Bye()
		b.respond(b.wantRequest("and ended", "BYE"), 200)
		b.wantSilence("all is said", time.Minute)
		b.wantNoComplaints()
		if b.pbx.Open() != 0 {
			t.Error("the dialog is ended")
		}
	})
}

// TestAnsweredTooLate: a call that is answered when its INVITE was given up is one that can be ended.
func TestAnsweredTooLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		c, err := b.pbx.Dial(b.conn.LocalAddr(), "sip:100@192.0.2.1", CallID("call-1"))
		if err != nil {
			t.Fatal(err)
		}
		var invite *gosip.Request
		for range 7 {
			invite = b.wantRequest("copies", "INVITE")
		}
		invite.To().Params.Add("tag", "gw")
		b.wantSilence("it is given up", time.Second)
		b.respond(invite, 200)
		b.wantRequest("the late answer is acknowledged", "ACK")
		b.wantSilence("and it is a call", time.Minute)
		if b.pbx.Open() != 1 {
			t.Error("the dialog is open")
		}
		b.send(req{method: "BYE", uri: "sip:pbx@192.0.2.10", branch: "2", seq: 1, tag: c.Tag()})
		b.wantResponse("it is ended", 200, "BYE")
		if b.pbx.Open() != 0 {
			t.Error("the dialog is ended")
		}
	})
}

// TestPBXJudgesItsCallee: what a callee gets wrong in its responses is a complaint.
func TestPBXJudgesItsCallee(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{})
		route := Header("Record-Route", "<sip:192.0.2.9;lr>")
		c, err := b.pbx.Dial(b.conn.LocalAddr(), "sip:100@192.0.2.1", route, CallID("x"), From(`"Ann" <sip:200@pbx>`), To("<sip:555@pbx>"))
		if err != nil {
			t.Fatal(err)
		}
		invite := b.wantRequest("the call", "INVITE")
		if c.ID() != "x" || invite.From().Address.User != "200" || invite.To().Address.User != "555" || invite.From().DisplayName != "Ann" {
			t.Errorf("got %s", invite)
		}
		for _, tag := range []string{"a", "b"} {
			res := gosip.NewResponse(180, "Ringing")
			for _, name := range []string{"Via", "From", "Call-ID", "CSeq"} {
				gosip.CopyHeaders(name, invite, res)
			}
			res.AppendHeader(gosip.NewHeader("To", "<sip:100@192.0.2.1>;tag="+tag))
			if _, err := b.conn.WriteTo([]byte(res.String()), b.pbx.config.Conn.LocalAddr()); err != nil {
				t.Fatal(err)
			}
			synctest.Wait()
		}
		for _, text := range []string{`To tag "b" after "a"`, "without Contact", "with Record-Route"} {
			b.wantComplaint(text)
		}
	})
}

// TestPBXWithholdsACK: until it is told to acknowledge.
func TestPBXWithholdsACK(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Manners: Manners{WithholdACK: true}})
		c, err := b.pbx.Dial(b.conn.LocalAddr(), "sip:100@192.0.2.1", NoSDP())
		if err != nil {
			t.Fatal(err)
		}
		invite := b.wantRequest("the call", "INVITE")
		c.Repeat()
		b.wantRequest("once more", "INVITE")
		c.Fork()
		if other := b.wantRequest("another way", "INVITE"); branch(other) == branch(invite) {
			t.Error("with the same branch")
		}
		b.respond(invite, 200)
		synctest.Wait()
		b.wantNext(c, "SIP/2.0 200")
		c.Ack()
		if ack := b.wantRequest("at last", "ACK"); len(ack.Body()) == 0 {
			t.Error("without an answer to the offer in the 200")
		}
	})
}
