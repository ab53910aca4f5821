package gateway_test

import (
	"context"
	"fmt"
	"net"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"
	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
)

// exchange is one PBX and the calls that it was offered.
type exchange struct {
	*siptest.PBX
	mu    sync.Mutex
	calls []*siptest.Call
}

func (s *system) startPBX(name, address string) {
	p, err := siptest.New(siptest.Config{
		Conn: s.network.MustListen(address), OwnPorts: true,
		Auth: &siptest.Auth{Realm: "pbx", Users: map[string]string{"1001": "secret"}, Methods: []gosip.RequestMethod{gosip.REGISTER}},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	x := &exchange{PBX: p}
	s.pbx[name] = x
	s.background(x.Run)
	s.background(func(ctx context.Context) error {
		for {
			c, err := x.Next(ctx)
			if err != nil {
				return nil // the test is over
			}
			x.mu.Lock()
			x.calls = append(x.calls, c)
			x.mu.Unlock()
		}
	})
}

// act lets a PBX do something about the last call that it was offered.
func (s *system) act(d *datadriven.TestData) {
	x := s.pbx["a"]
	var replies []siptest.Response
	var of string
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "a", "b", "c", "d", "e":
			x = s.pbx[a.Key]
			continue
		case "of":
			of = a.Vals[0]
			continue
		case "call":
			s.call(d, x, a.Vals[0])
			return
		}
		call := x.last(of)
		if call == nil {
			d.Fatalf(s.t, "the pbx has no such call")
		}
		switch a.Key {
		case "bye":
			reason := `Q.850;cause=16;text="Normal call clearing"`
			if a.Vals != nil {
				reason = "SIP;cause=" + a.Vals[0] + `;text="Told so"`
			}
			call.Bye(siptest.Header("Reason", reason))
		case "repeat":
			call.Repeat()
		case "cancel":
			call.Cancel(siptest.Header("Reason", `SIP;cause=200;text="Call completed elsewhere"`))
		case "ack":
			call.Ack()
		case "hold", "resume":
			call.ReInvite(siptest.SDP(held(call, a.Key == "hold")))
		case "update":
			call.Request(gosip.UPDATE, siptest.SDP(held(call, a.Vals[0] == "hold")))
		case "refresh": // an UPDATE without a description: https://www.rfc-editor.org/rfc/rfc4028#section-7.4
			call.Request(gosip.UPDATE)
		case "notify":
			call.Request(gosip.NOTIFY, siptest.Header("Event", "refer"), siptest.Header("Subscription-State", state(a.Vals[0])),
				siptest.Body("message/sipfrag", []byte("SIP/2.0 "+a.Vals[0]+" Told")))
		case "press":
			call.Request(gosip.INFO, siptest.Body("application/dtmf-relay", []byte("Signal="+a.Vals[0]+"\r\nDuration=160\r\n")))
		case "timer":
			granted, err := time.ParseDuration(a.Vals[0])
			if err != nil {
				d.Fatalf(s.t, "%v", err)
			}
			call.SetManners(siptest.Manners{SessionTimer: granted})
		case "cancel-only":
			call.SetManners(siptest.Manners{Cancel: siptest.CancelOnly})
		case "refuse-first":
			call.SetManners(siptest.Manners{Cancel: siptest.RefuseThenCancel})
		default:
			replies = append(replies, s.reply(d, a))
		}
		if len(replies) > 0 && a.Key == d.CmdArgs[len(d.CmdArgs)-1].Key {
			call.Burst(replies...)
		}
	}
}

// heads shows header fields of the last INVITE that a PBX got, without tags.
func (s *system) heads(d *datadriven.TestData) string {
	x := s.pbx["a"]
	var lines []string
	for _, a := range d.CmdArgs {
		if other := s.pbx[a.Key]; other != nil {
			x = other
			continue
		}
		for _, h := range x.last("").Invite().GetHeaders(a.Key) {
			value, _, _ := strings.Cut(h.Value(), ";tag=")
			lines = append(lines, h.Name()+": "+value)
		}
	}
	return strings.Join(lines, "\n")
}

// ends shows why the last call of a PBX was ended by us.
func (s *system) ends(d *datadriven.TestData) string {
	x := s.pbx["a"]
	if len(d.CmdArgs) > 0 {
		x = s.pbx[d.CmdArgs[0].Key]
	}
	for call := x.last(""); ; {
		m, err := call.Next(s.t.Context())
		if err != nil {
			d.Fatalf(s.t, "%v", err)
		}
		if req, ok := m.(*gosip.Request); ok && (req.Method == gosip.BYE || req.Method == gosip.CANCEL) {
			return string(req.Method) + " " + req.GetHeader("Reason").Value()
		}
	}
}

// rooms answers those who call the conference, in the order of what they offer: between them there is none.
func (s *system) rooms(d *datadriven.TestData) {
	x := s.pbx["a"]
	x.mu.Lock()
	var rooms []*siptest.Call
	for _, c := range x.calls {
		if strings.HasPrefix(c.Invite().Recipient.User, "conf-") && !c.Live() {
			rooms = append(rooms, c)
		}
	}
	x.mu.Unlock()
	slices.SortFunc(rooms, func(a, b *siptest.Call) int {
		return strings.Compare(offertest.Brief(a.Invite().Body()), offertest.Brief(b.Invite().Body()))
	})
	for i, c := range rooms {
		c.SetPort(6000 + 2*i)
		c.Respond(status(s.t, d.CmdArgs[0].Key), "")
		synctest.Wait()
	}
}

// last is the last call of a number, or of any.
func (x *exchange) last(of string) *siptest.Call {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, c := range slices.Backward(x.calls) {
		if of == "" || c.Invite().Recipient.User == of {
			return c
		}
	}
	return nil
}

// state is that of a subscription to news of a REFER.
func state(status string) string {
	if status < "200" {
		return "active;expires=60"
	}
	return "terminated;reason=noresource"
}

// held is what a phone offers that holds, or no longer does.
func held(call *siptest.Call, on bool) []byte {
	direction := "sendrecv"
	if on {
		direction = "sendonly"
	}
	return offertest.Describe(fmt.Sprintf("192.0.2.20:%d 0 8 101 %s", call.Port(), direction))
}

// call is a call that a PBX places.
func (s *system) call(d *datadriven.TestData, x *exchange, endPoint string) {
	options := []siptest.Option{siptest.To("<sip:4930555@pbx>")}
	for line := range strings.Lines(d.Input) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if name == "From" {
			options = append(options, siptest.From(value))
		} else {
			options = append(options, siptest.Header(name, value))
		}
	}
	call, err := x.Dial(&net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5060}, "sip:"+endPoint+"@192.0.2.1", options...)
	if err != nil {
		d.Fatalf(s.t, "the pbx calls: %v", err)
	}
	s.digits = siptest.Digits{}
	if d.HasArg("no-ack") {
		call.SetManners(siptest.Manners{WithholdACK: true})
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	x.calls = append(x.calls, call)
}

// reply reads 486, or 486=(header value).
func (s *system) reply(d *datadriven.TestData, a datadriven.CmdArg) siptest.Response {
	status := status(s.t, a.Key)
	var options []siptest.Option
	switch {
	case status == 200 && len(a.Vals) > 0: // 200=(User-to-User of the answer)
		options = append(options, siptest.Header("User-to-User", a.Vals[0]))
	case status == 503 && len(a.Vals) > 0:
		options = append(options, siptest.Header("Retry-After", a.Vals[0]))
	case len(a.Vals) > 0:
		options = append(options, siptest.Header("Reason", "Q.850;cause="+a.Vals[0]+`;text="as told"`))
	}
	return siptest.Reply(status, "", options...)
}

func status(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%q is no status", text)
	}
	return n
}

// named is the PBX that a command is about, and where it is.
func (s *system) about(d *datadriven.TestData) (x *exchange, host string) {
	for i, name := range []string{"a", "b", "c", "d"} {
		if i == 0 || d.HasArg(name) {
			x, host = s.pbx[name], fmt.Sprint("192.0.2.", 10+i)
		}
	}
	return x, host
}

// options says how a PBX answers OPTIONS.
func (s *system) options(d *datadriven.TestData) {
	x, _ := s.about(d)
	var options []siptest.Option
	var after string
	if d.MaybeScanArgs(s.t, "retry-after", &after) {
		options = append(options, siptest.Header("Retry-After", after))
	}
	for _, a := range d.CmdArgs {
		if n, err := strconv.Atoi(a.Key); err == nil {
			x.SetOptions(siptest.Reply(n, "", options...))
		}
	}
}

// asks has a PBX send OPTIONS.
func (s *system) asks(d *datadriven.TestData) {
	_, host := s.about(d)
	conn := s.network.MustListen(host + ":6000")
	defer conn.Close()
	s.asked++
	_, err := fmt.Fprintf(writer{conn}, "OPTIONS sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP %s:6000;branch=z9hG4bKasks%d\r\nFrom: <sip:%[1]s>;tag=a\r\n"+
		"To: <sip:192.0.2.1>\r\nCall-ID: asks%[2]d\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n", host, s.asked)
	if err != nil {
		d.Fatalf(s.t, "%v", err)
	}
	synctest.Wait()
}

// writer sends to the gateway.
type writer struct{ net.PacketConn }

func (w writer) Write(b []byte) (int, error) {
	return w.WriteTo(b, &net.UDPAddr{IP: net.IPv4(192, 0, 2, 1), Port: 5060})
}

// get asks the admin listener.
func (s *system) get(path string) string {
	w := httptest.NewRecorder()
	s.gateway.AdminHandler().ServeHTTP(w, httptest.NewRequest("GET", path, nil))
	return fmt.Sprintf("%d %s", w.Code, strings.TrimSpace(w.Body.String()))
}

// metrics shows those of some names.
func (s *system) metrics(d *datadriven.TestData) string {
	var lines []string
	for line := range strings.Lines(s.get("/metrics")) {
		name, _, _ := strings.Cut(strings.TrimPrefix(line, "tieline_"), " ")
		name, _, _ = strings.Cut(name, "{")
		if d.HasArg(name) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return strings.Join(lines, "\n")
}

func (s *system) link(d *datadriven.TestData) {
	address := "192.0.2.10:5060"
	loss := siptest.Link{}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "b":
			address = "192.0.2.11:5060"
		case "cut":
			loss.Loss = 1
		}
	}
	for _, ends := range [][2]string{{"192.0.2.1:5060", address}, {address, "192.0.2.1:5060"}} {
		if err := s.network.SetLink(ends[0], ends[1], loss); err != nil {
			d.Fatalf(s.t, "%v", err)
		}
	}
}
