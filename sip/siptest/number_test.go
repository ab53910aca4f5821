package siptest

import (
	"bytes"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

func TestNumbersGiveTheirFinalResponse(t *testing.T) {
	want := map[string]int{
		"601": 486, "603": 603, "604": 404, "605": 480, "606": 503, "607": 488, "612": 302, "none": 404,
	}
	for number, status := range want {
		t.Run(number, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, Config{Numbers: Numbers(0, 0), Otherwise: &Behaviour{Status: 404}})
				b.invite(number)
				res := b.wantResponse("the final response", status, "INVITE")
				b.send(req{method: "ACK", uri: "sip:" + number + "@pbx", branch: "1", seq: 1, tag: toTag(res)})
				b.wantSilence("an acknowledged refusal is not repeated", time.Minute)
				b.wantNoComplaints()
			})
		})
	}
}

func TestNumberThatAnswersAndIsHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(time.Second, 2*time.Second)})
		start := time.Now()
		b.invite("600")
		b.wantResponse("100 goes ahead of a late 180", 100, "INVITE")
		b.wantResponse("it rings", 180, "INVITE")
		res := b.wantResponse("it answers", 200, "INVITE")
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("answered after %v, want 3 s", d)
		}
		b.send(inDialog("ACK", 1, res))
		b.wantSilence("an acknowledged 200 is not repeated", time.Minute)
		if got := b.pbx.Open(); got != 1 {
			t.Errorf("open dialogs: %d, want 1", got)
		}
		b.send(inDialog("BYE", 2, res))
		b.wantResponse("BYE is answered", 200, "BYE")
		b.send(inDialog("BYE", 2, res))
		b.wantResponse("a repeated BYE is answered again", 200, "BYE")
		b.wantNoComplaints()
		want := Stats{Calls: 1, Answered: 1, Acked: 1, Byes: 1, Repeated: 1}
		if got := b.pbx.Stats(); got != want {
			t.Errorf("stats %+v, want %+v", got, want)
		}
	})
}

func TestFinalsAreRepeatedUntilGivenUp(t *testing.T) {
	// 0.5 s doubling to 4 s until 32 s: at 0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5 s.
	for _, number := range []string{"609", "601"} {
		t.Run(number, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, Config{Numbers: Numbers(0, 0)})
				start := time.Now()
				b.invite(number)
				status := b.read(time.Minute).(*gosip.Response).StatusCode
				for _, at := range []float64{0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5} {
					b.wantResponse("a copy", status, "INVITE")
					if got := time.Since(start).Seconds(); got != at {
						t.Errorf("copy after %v s, want %v s", got, at)
					}
				}
				if status == 200 {
					b.respond(b.wantRequest("a call that was never acknowledged is ended", "BYE"), 200)
					if got := time.Since(start); got != 32*time.Second {
						t.Errorf("BYE after %v, want 32 s", got)
					}
				}
				b.wantSilence("it gave up", time.Minute)
				b.wantComplaint("never acknowledged")
			})
		})
	}
}

func TestRingingNumberObeysCancel(t *testing.T) {
	for name, c := range map[string]struct {
		manner CancelManner
		first  gosip.RequestMethod
		then   gosip.RequestMethod
	}{
		"cancel first": {CancelThenRefuse, "CANCEL", "INVITE"},
		"487 first":    {RefuseThenCancel, "INVITE", "CANCEL"},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, Config{Numbers: Numbers(0, 0), Manners: Manners{Cancel: c.manner}})
				b.invite("602")
				b.wantResponse("it rings", 180, "INVITE")
				b.wantSilence("it rings for ever", time.Minute)
				b.send(req{method: "CANCEL", uri: "sip:602@pbx", branch: "1", seq: 1})
				for _, method := range []gosip.RequestMethod{c.first, c.then} {
					status := map[gosip.RequestMethod]int{"CANCEL": 200, "INVITE": 487}[method]
					res := b.wantResponse("the order is the manner's", status, method)
					if method == "INVITE" {
						b.send(req{method: "ACK", uri: "sip:602@pbx", branch: "1", seq: 1, tag: toTag(res)})
					}
				}
				b.wantSilence("all is said", time.Minute)
				b.wantNoComplaints()
				if got, want := b.pbx.Stats(), (Stats{Calls: 1, Cancelled: 1}); got != want {
					t.Errorf("stats %+v, want %+v", got, want)
				}
			})
		})
	}
}

func TestNumberThatHangsUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(0, 0)})
		b.invite("611")
		b.wantResponse("it rings", 180, "INVITE")
		res := b.wantResponse("it answers", 200, "INVITE")
		b.send(inDialog("ACK", 1, res))
		start := time.Now()
		bye := b.wantRequest("it hangs up", "BYE")
		if d := time.Since(start); d != 3*time.Second {
			t.Errorf("hung up after %v, want 3 s", d)
		}
		b.wantRequest("an unanswered BYE is repeated", "BYE")
		b.respond(bye, 200)
		b.wantSilence("an answered BYE is not", time.Minute)
		b.wantNoComplaints()
		if got := b.pbx.Open(); got != 0 {
			t.Errorf("open dialogs: %d, want 0", got)
		}
	})
}

// respond answers a request of the PBX.
func (b *bed) respond(r *gosip.Request, status int) {
	b.t.Helper()
	res := gosip.NewResponseFromRequest(r, status, "", nil)
	if r.IsInvite() && status < 300 {
		res.AppendHeader(gosip.NewHeader("Contact", "<sip:gw@192.0.2.1:5060>"))
	}
	if _, err := b.conn.WriteTo([]byte(res.String()), b.pbx.config.Conn.LocalAddr()); err != nil {
		b.t.Fatal(err)
	}
}

func TestSilentNumberStillObeysCancelAndNothingElse(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(0, 0)})
		b.invite("608")
		b.invite("608")
		b.wantSilence("nothing comes", time.Minute)
		b.send(req{method: "CANCEL", uri: "sip:608@pbx", branch: "1", seq: 1})
		b.wantResponse("CANCEL is obeyed", 200, "CANCEL")
		b.wantResponse("and the INVITE ended", 487, "INVITE")
		b.wantComplaint("CANCEL before any provisional response")
	})
}

func TestDescriptions(t *testing.T) {
	offer := "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n" +
		"m=audio 5000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\nm=video 5002 RTP/AVP 96\r\n"
	want := "v=0\r\no=pbx 1 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n" +
		"m=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\na=inactive\r\nm=video 0 RTP/AVP 96\r\n"
	if got := string(mirrorSDP([]byte(offer), "192.0.2.10", 4000)); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestRedirectNamesAnotherNumberOfThePBX(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(0, 0)})
		b.invite("612")
		res := b.wantResponse("it redirects", 302, "INVITE")
		if got, want := res.Contact().Address.String(), "sip:600@"+pbxAddress; got != want {
			t.Errorf("Contact %s, want %s", got, want)
		}
	})
}

func TestNumberThatHangsUpAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Otherwise: &Behaviour{Status: 200, HangupAtOnce: true, Reason: "Q.850;cause=16"}})
		b.invite("700")
		res := b.wantResponse("it answers", 200, "INVITE")
		bye := b.wantRequest("BYE comes right behind", "BYE")
		if h := bye.GetHeader("Reason"); h == nil || h.Value() != "Q.850;cause=16" {
			t.Errorf("Reason %v", h)
		}
		b.send(inDialog("ACK", 1, res))
		b.respond(bye, 200)
		b.wantSilence("all is said", time.Minute)
		b.wantNoComplaints()
	})
}

func TestNumberIsHungUpByHand(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Otherwise: &Behaviour{Status: 200, Port: 6000, After: time.Second}})
		b.invite("700")
		b.wantResponse("100 goes ahead of a late answer", 100, "INVITE")
		if b.pbx.Live("700") != nil {
			t.Error("a call that was not answered is not live")
		}
		res := b.wantResponse("it answers", 200, "INVITE")
		if !bytes.Contains(res.Body(), []byte("m=audio 6000 ")) {
			t.Errorf("its media have a port of their own:\n%s", res.Body())
		}
		b.send(inDialog("ACK", 1, res))
		synctest.Wait()
		if b.pbx.Live("600") != nil {
			t.Error("nobody has called 600")
		}
		b.pbx.Live("700").Bye()
		b.respond(b.wantRequest("it hangs up", "BYE"), 200)
		synctest.Wait()
		if b.pbx.Live("700") != nil {
			t.Error("a call that was hung up is not live")
		}
		b.wantNoComplaints()
	})
}
