package siptest

import (
	"context"
	"fmt"
	"net"
	"testing"
	"testing/synctest"
	"time"

	"github.com/emiago/sipgo"
	gosip "github.com/emiago/sipgo/sip"
)

// caller is a client on sipgo's transactions.
type caller struct {
	client *sipgo.Client
	uri    string
}

// newCaller listens on conn and sends to a PBX; it must be in a bubble. What it starts has ended when stop returns.
func newCaller(tb testing.TB, conn net.PacketConn, pbx string) (c *caller, stop func()) {
	tb.Helper()
	ua, err := sipgo.NewUA()
	if err != nil {
		tb.Fatal(err)
	}
	server, err := sipgo.NewServer(ua)
	if err != nil {
		tb.Fatal(err)
	}
	address := conn.LocalAddr().String()
	client, err := sipgo.NewClient(ua, sipgo.WithClientAddr(address), sipgo.WithClientConnectionAddr(address),
		sipgo.WithClientNAT())
	if err != nil {
		tb.Fatal(err)
	}
	donec := make(chan struct{})
	go func() {
		_ = server.ServeUDP(conn)
		close(donec)
	}()
	synctest.Wait() // before ServeUDP has taken conn, sipgo would open a real socket
	return &caller{client, pbx}, func() {
		_ = conn.Close()
		<-donec
		_ = ua.Close()
	}
}

// call dials a number, hangs up when it is answered and returns the final status.
func (c *caller) call(ctx context.Context, number string) (int, error) {
	var to gosip.Uri
	if err := gosip.ParseUri("sip:"+number+"@"+c.uri, &to); err != nil {
		return 0, err
	}
	invite := gosip.NewRequest(gosip.INVITE, to)
	invite.AppendHeader(gosip.NewHeader("Contact", "<sip:gw@"+c.client.Hostname()+">"))
	res, err := c.client.Do(ctx, invite)
	if err != nil || !res.IsSuccess() {
		return status(res), err
	}
	ack := c.inDialog(gosip.ACK, invite, res)
	if err := c.client.WriteRequest(ack); err != nil {
		return 0, err
	}
	bye, err := c.client.Do(ctx, c.inDialog(gosip.BYE, invite, res))
	if err != nil || !bye.IsSuccess() {
		return 0, fmt.Errorf("BYE: %d, %w", status(bye), err)
	}
	return res.StatusCode, nil
}

func status(res *gosip.Response) int {
	if res == nil {
		return 0
	}
	return res.StatusCode
}

func (c *caller) inDialog(method gosip.RequestMethod, invite *gosip.Request, res *gosip.Response) *gosip.Request {
	r := gosip.NewRequest(method, res.Contact().Address)
	r.AppendHeader(invite.From())
	r.AppendHeader(res.To())
	r.AppendHeader(invite.CallID())
	seq := gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method}
	if method != gosip.ACK {
		seq.SeqNo++
	}
	r.AppendHeader(&seq)
	return r
}

func TestSipgoCallsThePBX(t *testing.T) {
	for number, want := range map[string]int{"600": 200, "601": 486, "609": 200, "610": 200, "612": 302} {
		t.Run(number, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, Config{Numbers: Numbers(time.Second, time.Second)})
				c, stop := newCaller(t, b.network.MustListen("192.0.2.2:5060"), pbxAddress)
				defer stop()
				if got, err := c.call(t.Context(), number); got != want || err != nil {
					t.Errorf("got %d, %v; want %d", got, err, want)
				}
				synctest.Wait()
				b.wantNoComplaints()
				if got := b.pbx.Open(); got != 0 {
					t.Errorf("open dialogs: %d", got)
				}
			})
		})
	}
}

// Over a bad link each message may have to be sent several times; in the end nothing is left over.
func TestSipgoCallsThePBXOverABadLink(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBed(t, Config{Numbers: Numbers(time.Second, time.Second)})
		b.network.SetDefault(Link{Latency: 20 * time.Millisecond, Loss: 0.2, Duplicate: 0.2, Reorder: 0.2})
		c, stop := newCaller(t, b.network.MustListen("192.0.2.2:5060"), pbxAddress)
		defer stop()
		for range 20 {
			// A call whose ACK is lost is answered all the same: the test's caller sends it only once.
			if got, err := c.call(t.Context(), "600"); got != 200 || err != nil {
				t.Fatalf("got %d, %v; want 200", got, err)
			}
		}
		if got := b.pbx.Stats(); got.Calls != 20 || got.Answered != 20 || got.Byes != 20 || got.Open != 0 || got.Repeated == 0 {
			t.Errorf("stats %+v", got)
		}
	})
}

func TestSipgoProvesWhoItIs(t *testing.T) {
	for password, want := range map[string]int{"secret": 200, "guess": 401} {
		t.Run(password, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				b := newBed(t, Config{Auth: &Auth{Realm: "pbx", Users: map[string]string{"gw": "secret"}}})
				c, stop := newCaller(t, b.network.MustListen("192.0.2.2:5060"), pbxAddress)
				defer stop()
				register := gosip.NewRequest(gosip.REGISTER, gosip.Uri{Scheme: "sip", Host: "192.0.2.10", Port: 5060})
				res, err := c.client.Do(t.Context(), register)
				if err != nil || res.StatusCode != 401 {
					t.Fatalf("got %d, %v; want a challenge", status(res), err)
				}
				res, err = c.client.DoDigestAuth(t.Context(), register, res, sipgo.DigestAuth{Username: "gw", Password: password})
				if err != nil || res.StatusCode != want {
					t.Errorf("got %d, %v; want %d", status(res), err, want)
				}
			})
		})
	}
}
