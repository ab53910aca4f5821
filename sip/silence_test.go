package sip_test

import (
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/siptest"
)

// mute is a call whose peer falls silent for ever at some moment.
type mute struct {
	*stage
	ua   *sip.UserAgent
	leg  sip.Leg       // ours
	in   *sip.Incoming // where the peer calls
	pbx  *siptest.Call // the peer's
	mu   sync.Mutex
	said []string // events
	last time.Time
}

func (m *mute) hear(e sip.Event) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.said, m.last = append(m.said, describe(e)), time.Now()
}

// ask makes a call that rings for 20 s at most.
func (m *mute) ask() {
	m.leg = m.ua.Dial(sip.Dial{User: "600", ProgressTimeout: 10 * time.Second, RingTimeout: 20 * time.Second}, m.hear)
}

// dial makes one that gets through.
func (m *mute) dial() {
	m.ask()
	m.pbx = m.at("pbx")
}

func (m *mute) respond(statuses ...int) {
	for _, status := range statuses {
		m.pbx.Respond(status, "")
		m.settle()
	}
}

// called has the PBX call.
func (m *mute) called() {
	call, err := m.pbxs["pbx"].Dial(m.ua.Addr("udp"), "sip:1001@192.0.2.10")
	if err != nil {
		m.t.Fatal(err)
	}
	m.pbx = call
	m.settle()
}

func (m *mute) isUp() {
	m.dial()
	m.respond(180, 200)
}

func (m *mute) tookCall() {
	m.called()
	m.in.Ring()
	m.in.Answer()
	m.settle()
}

// silence: nothing gets through any more, in either direction.
func (m *mute) silence() {
	m.net.SetDefault(siptest.Link{Drop: func([]byte) bool { return true }})
}

func (m *mute) send(method gosip.RequestMethod, opts ...siptest.Option) {
	m.pbx.Request(method, opts...)
	m.settle()
}

// TestSilence: a peer that falls silent in the middle of a transaction, at each moment of it, whoever has called. Each call
// has its true outcome within a bounded time, and nothing is left of it.
func TestSilence(t *testing.T) {
	offered := []byte("v=0\r\no=- 1 2 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\nm=audio 4000 RTP/AVP 0\r\n")
	for _, tt := range []struct {
		name  string
		until func(*mute)   // what happens before the silence
		then  func(*mute)   // and in it
		want  string        // events
		after time.Duration // the last one comes so long after the silence has begun
	}{
		{"INVITE", nil, (*mute).ask, "Failed UNAVAILABLE retryable trunk=pbx attempts=1", 10 * time.Second},
		{"INVITE after 100", func(m *mute) { m.dial(); m.respond(100) }, nil, "Failed UNAVAILABLE retryable trunk=pbx attempts=1", 10 * time.Second},
		{"INVITE after 180", func(m *mute) { m.dial(); m.respond(180) }, nil, "Progress 180 alerted, Failed NO_ANSWER retryable trunk=pbx attempts=1 alerted", 20 * time.Second},
		{"INVITE after 183", func(m *mute) { m.dial(); m.respond(183) }, nil, "Progress 183, EarlyMedia m=audio 4000 RTP/AVP 0 8 101 a=inactive, Failed NO_ANSWER retryable trunk=pbx attempts=1", 20 * time.Second},
		{"CANCEL", func(m *mute) { m.dial(); m.respond(180) }, func(m *mute) { m.leg.Hangup() }, "Progress 180 alerted, Failed CANCELLED trunk=pbx attempts=1 alerted", 0},
		{"CANCEL after its 200", func(m *mute) {
			m.dial()
			m.respond(180)
			m.pbx.SetManners(siptest.Manners{Cancel: siptest.CancelOnly})
			m.leg.Hangup()
			m.settle()
		}, nil, "Progress 180 alerted, Failed CANCELLED trunk=pbx attempts=1 alerted", 0},
		{"CANCEL before any 1xx", func(m *mute) { m.dial(); m.leg.Hangup(); m.settle() }, nil, "Failed CANCELLED trunk=pbx attempts=1", 0},
		{"BYE", (*mute).isUp, func(m *mute) { m.leg.Hangup() }, "Progress 180 alerted, Answered alerted, Ended by us", 0},
		{"re-INVITE", (*mute).isUp, func(m *mute) { m.leg.Offer(offered) }, "Progress 180 alerted, Answered alerted, OfferFailed NETWORK retryable, Ended by us: Dialog lost", 32 * time.Second},
		{"re-INVITE without offer", (*mute).isUp, func(m *mute) { m.leg.Offer(nil) }, "Progress 180 alerted, Answered alerted, OfferFailed NETWORK retryable, Ended by us: Dialog lost", 32 * time.Second},
		{"re-INVITE after 100", func(m *mute) {
			m.isUp()
			m.pbx.SetManners(siptest.Manners{Unanswered: []gosip.RequestMethod{gosip.INVITE}})
			m.leg.Offer(offered)
			m.settle()
			for {
				msg, err := m.pbx.Next(m.t.Context())
				if err != nil {
					m.t.Fatal(err)
				}
				if req, ok := msg.(*gosip.Request); ok && req.Method == gosip.INVITE {
					m.pbx.Answer(req, siptest.Reply(100, ""))
					break
				}
			}
			m.settle()
		}, nil, "Progress 180 alerted, Answered alerted, OfferFailed NETWORK retryable, Ended by us: Dialog lost", 64 * time.Second},
		{"INFO", (*mute).isUp, func(m *mute) { m.leg.SendDTMF("1") }, "Progress 180 alerted, Answered alerted, DTMFFailed NETWORK retryable, Ended by us: Dialog lost", 32 * time.Second},
		{"REFER", (*mute).isUp, func(m *mute) { m.leg.Refer("601") }, "Progress 180 alerted, Answered alerted, Referred: not NETWORK retryable, called, Ended by us: Dialog lost", 32 * time.Second},
		{"NOTIFY awaited", func(m *mute) { m.isUp(); m.leg.Refer("601"); m.settle() }, nil, "Progress 180 alerted, Answered alerted, Referred: not NO_ANSWER retryable, called", 3 * time.Minute},
		{"the peer's re-INVITE, its ACK", func(m *mute) {
			m.isUp()
			m.net.SetDefault(siptest.Link{Drop: func(data []byte) bool { return strings.HasPrefix(string(data), "ACK ") }})
			m.pbx.ReInvite()
			m.settle()
		}, nil, "Progress 180 alerted, Answered alerted, Ended by us: ACK time-out", 32 * time.Second},
		{"the peer's UPDATE", func(m *mute) { m.isUp(); m.send(gosip.UPDATE) }, func(m *mute) { m.leg.Hangup() }, "Progress 180 alerted, Answered alerted, Ended by us", 0},
		{"the peer's BYE", func(m *mute) { m.isUp(); m.pbx.Bye(); m.settle() }, nil, "Progress 180 alerted, Answered alerted, Ended by remote", 0},

		{"the caller's INVITE, while it rings", func(m *mute) { m.called(); m.in.Ring() }, nil, "Failed NO_ANSWER 487 Request Terminated trunk=pbx attempts=0 alerted", 10 * time.Minute},
		{"the caller's ACK", func(m *mute) { m.called(); m.in.Ring() }, func(m *mute) { m.in.Answer() }, "Failed NETWORK 200 OK trunk=pbx attempts=0 alerted", 32 * time.Second},
		{"the caller's ACK, hung up", func(m *mute) { m.called(); m.in.Ring() }, func(m *mute) { m.in.Answer(); m.settle(); m.in.Hangup() }, "Failed CANCELLED 200 OK trunk=pbx attempts=0 alerted", 0},
		{"the caller's ACK of a refusal", (*mute).called, func(m *mute) { m.in.Refuse(sip.Refusal{Status: 486}) }, "Failed CANCELLED 486 Busy Here trunk=pbx attempts=0", 0},
		{"the caller's CANCEL", func(m *mute) {
			m.called()
			m.in.Ring()
			m.settle()
			m.pbx.Cancel()
			time.Sleep(time.Microsecond)
		}, nil, "Failed CANCELLED 487 Request Terminated trunk=pbx attempts=0 alerted", 0},
		{"the caller's BYE before its ACK", func(m *mute) {
			m.called()
			m.pbx.SetManners(siptest.Manners{WithholdACK: true})
			m.in.Answer()
			m.settle()
			m.pbx.Bye()
			m.settle()
		}, nil, "Failed CANCELLED 200 OK trunk=pbx attempts=0", 0},
		{"BYE to the caller", (*mute).tookCall, func(m *mute) { m.leg.Hangup() }, "Answered alerted, Ended by us", 0},
		{"re-INVITE to the caller", (*mute).tookCall, func(m *mute) { m.leg.Offer(offered) }, "Answered alerted, OfferFailed NETWORK retryable, Ended by us: Dialog lost", 32 * time.Second},
		{"INFO to the caller", (*mute).tookCall, func(m *mute) { m.leg.SendDTMF("1") }, "Answered alerted, DTMFFailed NETWORK retryable, Ended by us: Dialog lost", 32 * time.Second},
		{"REFER to the caller", (*mute).tookCall, func(m *mute) { m.leg.Refer("601") }, "Answered alerted, Referred: not NETWORK retryable, called, Ended by us: Dialog lost", 32 * time.Second},
		{"the caller's re-INVITE, its ACK", func(m *mute) {
			m.tookCall()
			m.net.SetDefault(siptest.Link{Drop: func(data []byte) bool { return strings.HasPrefix(string(data), "ACK ") }})
			m.pbx.ReInvite()
			m.settle()
		}, nil, "Answered alerted, Ended by us: ACK time-out", 32 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := &mute{}
				m.stage = newStage(t, 1, func(c *sip.Config) {
					c.Trace, c.PacketConn = nil, c.PacketConn.(*paced).PacketConn
					c.Incoming = func(in *sip.Incoming) func(sip.Event) {
						m.in, m.leg = in, in
						return m.hear
					}
				}, func(string, *siptest.Config) {})
				m.ua = m.stage.ua
				m.settle()
				before := goroutines()
				m.play(tt.until, tt.then, tt.want, tt.after, before)
			})
		})
	}
}

// longSilence is longer than anything waits: a call that is up has no limit of its own.
const longSilence = 11 * time.Minute

func (m *mute) play(until, then func(*mute), want string, after time.Duration, before int) {
	m.t.Helper()
	if until != nil {
		until(m)
	}
	m.silence()
	begin := time.Now()
	if then != nil {
		then(m)
	}
	time.Sleep(longSilence) // virtual
	synctest.Wait()
	m.mu.Lock()
	got, last := strings.Join(m.said, ", "), time.Duration(0)
	if got != "" {
		last = m.last.Sub(begin).Round(time.Second)
	}
	m.mu.Unlock()
	if got != want || last != after {
		m.t.Errorf("got %s after %v,\nwant %s after %v", got, last, want, after)
	}
	m.leg.Hangup() // what is still up
	m.wantNothingLeft(before)
	m.stop()
	m.agent.Wait()
	m.stops()
	m.peers.Wait()
}
