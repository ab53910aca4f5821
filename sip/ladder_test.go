package sip_test

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/cockroachdb/datadriven"
	gosip "github.com/emiago/sipgo/sip"

	"tieline/sip"
	"tieline/sip/offer/offertest"
	"tieline/sip/siptest"
	"tieline/sip/trunk"
)

// TestLadders plays the conversations of testdata between the user agent and a scripted PBX, over real SIP messages, in
// virtual time. Rewrite them with: go test ./sip -run Ladders -rewrite
//
//	setup [limit=1|2] [cps=1|0] [stop=503|480] [progress=5s] [ring=20s]     of each trunk
//	setup [probe=30s/4s/3/1]                 of the first trunk: interval/timeout/down-after/up-after
//	setup [pbxs=2] [auth=MD5,SHA-256 status=407 reject=403 bye|asks=REFER] [password=…] [record-route] [hold=30s] [sdp] [rtp]
//	                                         rtp: so digits are sent
//	      [timer=30m [min=90s] [refresher=us|peer]]     session timers
//	      [redirects=2]                      to the trunk's host and elsewhere.example
//	      [prack=supported|required]
//	      [heads=Reason|Unsupported]         header fields that PBXs get and that are printed
//	      [identity=account|nobody] [assert=pai|ppi|rpid]     how the trunks are told who calls
//	      [behind=10.0.0.9:5060 [answer-to-source]]     what PBXs take for their address: nobody can reach them there
//	dial 600 [from=100 name=Ann anonymous] [sdp] [pass] [delayed] [progress=5s] [ring=20s] [deadline=30s] [trunks=pbx2,pbx] [telephone=…] [urgent]
//	hangup [for=Q.850;cause=17]
//	pbx 180 [200 …] [tag=b] [port=5000] [no-sdp] [type=…] [phrase=… reason=… retry-after=…]     responses to the INVITE, back to back;
//	                                         port is that of their description, type its media type; pbx2 likewise
//	pbx says=192.0.2.30:4000_8_101 [keys=0-11]     a re-INVITE with that description, brief as in offertest
//	pbx request=REFER                        any in-dialog request; header=Name:_value|… goes with all of these
//	pbx hold | cancel | bye | repeat | reinvite | refresh | update | update-offer | options | info[=type:body] | notify
//	pbx grants-timer | cancels-only | refuses-first | deaf=BYE    manners from now on
//	answers BYE 481 [port=5000]              the answer that deaf kept back
//	forget-nonces                            by all PBXs: they are too old from now on
//	lose ACK | 200 | nothing                 what starts like that is lost on the way, in both directions
//	options pbx 503 [retry-after=60]         the answer to OPTIONS outside of calls from now on; 0: none
//	trunks                                   how each is
//	invite 1001                              the PBX places a call; see incoming_ladder_test.go
//	offer | ask | answer-offer | reject-offer 488     inside the call; see exchange_ladder_test.go
//	check 1001 [username=…] [password=…] [trunk=pbx] [deadline=5s]     of credentials; setup has registrar=silent|500
//	register 1001                            see registration_ladder_test.go
//	wait 30s
//	end                                      the user agent is stopped; what the PBXs complain of
//
// Each command prints what crossed the border and what the call reported, in order.
func TestLadders(t *testing.T) {
	datadriven.Walk(t, "testdata/ladders", func(t *testing.T, path string) {
		synctest.Test(t, func(t *testing.T) {
			l := &ladder{}
			defer func() { // also when a command failed
				if l.stage != nil {
					t.Error("the ladder has not come to its end")
					l.stage.close()
				}
			}()
			datadriven.RunTest(t, path, l.run)
		})
	})
}

type ladder struct {
	*stage
	in      *sip.Incoming // the latest
	caller  *siptest.Call
	hearing bool // setup has sdp
	dns     *zone

	registered map[string]*sip.Registered // by user
	heads      []string
}

func (l *ladder) run(t *testing.T, d *datadriven.TestData) string {
	if d.Cmd == "setup" {
		l.setup(t, d)
		return l.crossed()
	}
	if l.stage == nil {
		l.setup(t, &datadriven.TestData{})
	}
	l.t = t
	switch d.Cmd {
	case "dial":
		l.dial(d)
	case "hangup":
		l.call.HangupFor(text(d, "for"))
	case "wait":
		time.Sleep(duration(t, d.CmdArgs[0].Key)) // virtual
	case "dns":
		l.dns.set(d.CmdArgs)
	case "lose":
		l.lose(d.CmdArgs[0].Key)
	case "answers":
		l.answers(d)
	case "forget-nonces":
		for _, p := range l.pbxs {
			p.ForgetNonces()
		}
	case "end":
		return l.end()
	case "options":
		l.options(d)
	case "trunks":
		l.trunks()
	case "check":
		l.check(d)
	case "register", "unregister", "registrar", "bindings":
		return l.registration(d)
	case "pbx", "pbx2", "pbx3":
		l.pbx(d)
	case "offer", "ask", "answer-offer", "reject-offer", "answer-with", "pass-offers", "send-dtmf", "refer", "refer-to-incoming":
		l.exchange(d)
	default:
		l.taken(d)
	}
	return l.crossed()
}

func (l *ladder) setup(t *testing.T, d *datadriven.TestData) {
	pbxs, _ := strconv.Atoi(arg(d, "pbxs", "1"))
	l.hearing, l.heads = d.HasArg("sdp"), nil
	if v := arg(d, "heads", ""); v != "" {
		l.heads = strings.Split(v, "|")
	}
	l.dns = &zone{}
	l.stage = newStage(t, pbxs, func(c *sip.Config) {
		l.dns.serve(t, d, c)
		c.Hold = duration(t, arg(d, "hold", "0s"))
		if !d.HasArg("no-incoming") {
			c.Incoming = l.incoming
		}
		for i := range c.Trunks {
			registers(d, &c.Trunks[i])
			c.Trunks[i].Identity = identityOf(d)
			bound(t, d, i, &c.Trunks[i])
			c.Trunks[i].Trusted, c.Trunks[i].DigitsByRTP = d.HasArg("trusted"), d.HasArg("rtp")
			c.Trunks[i].Prack = map[string]sip.Prack{"supported": sip.PrackSupported, "required": sip.PrackRequired}[arg(d, "prack", "")]
			c.Trunks[i].AnswerToSource = d.HasArg("answer-to-source")
			c.Trunks[i].Redirects.Most, _ = strconv.Atoi(arg(d, "redirects", "0"))
			c.Trunks[i].Redirects.Hosts = []string{"elsewhere.example"}
			c.Trunks[i].SessionTimer = sip.SessionTimer{
				Expires: duration(t, arg(d, "timer", "0s")), Min: duration(t, arg(d, "min", "0s")),
				Refresher: map[string]sip.Refresher{"us": sip.WeRefresh, "peer": sip.PeerDoes}[arg(d, "refresher", "")],
			}
			if d.HasArg("auth") {
				c.Trunks[i].Username, c.Trunks[i].Password = "gw", arg(d, "password", "secret")
			}
		}
	}, func(name string, c *siptest.Config) {
		c.Trace = func(m siptest.Trace) {
			if l.hearing {
				l.hears(name, m)
			}
			l.reads(name, m)
		}
		c.RecordRoute = d.HasArg("record-route")
		c.Address = arg(d, "behind", "")
		registrar := arg(d, "registrar", "")
		c.Registrar.Silent = registrar == "silent"
		c.Registrar.Status, _ = strconv.Atoi(registrar)
		if !d.HasArg("auth") {
			return
		}
		c.Auth = &siptest.Auth{
			Realm: "pbx", Users: map[string]string{"gw": "secret"}, Algorithms: strings.Split(arg(d, "auth", ""), "|"),
		}
		c.Auth.Status, _ = strconv.Atoi(arg(d, "status", "401"))
		c.Auth.Reject, _ = strconv.Atoi(arg(d, "reject", "0"))
		c.Auth.StaleOnce = d.HasArg("stale")
		if d.HasArg("bye") {
			c.Auth.Methods = []gosip.RequestMethod{gosip.INVITE, gosip.BYE, gosip.INFO}
		}
		if v := arg(d, "asks", ""); v != "" {
			c.Auth.Methods = methods(v)
		}
	})
	l.settle()
}

// identityOf is how the trunks are told who calls.
func identityOf(d *datadriven.TestData) sip.Identity {
	return sip.Identity{
		From:   map[string]sip.FromPolicy{"account": sip.FromAccount, "nobody": sip.FromAnonymous}[arg(d, "identity", "")],
		Assert: map[string]sip.Assertion{"pai": sip.AssertedByUs, "ppi": sip.PreferredByUs, "rpid": sip.RemotePartyByUs}[arg(d, "assert", "")],
	}
}

// bound gives the i-th trunk its limits.
func bound(t *testing.T, d *datadriven.TestData, i int, of *sip.Trunk) {
	nth := func(key string) int {
		values := strings.Split(arg(d, key, "0"), "|")
		n, _ := strconv.Atoi(values[min(i, len(values)-1)])
		return n
	}
	of.Limits = trunk.Limits{Concurrent: nth("limit"), CallsPerSecond: nth("cps")}
	for code := range strings.SplitSeq(arg(d, "stop", ""), "|") {
		if n, err := strconv.Atoi(code); err == nil {
			of.StopCodes = append(of.StopCodes, n)
		}
	}
	if p := strings.Split(arg(d, "probe", ""), "/"); len(p) == 4 && i == 0 {
		of.Probe = trunk.Probing{Interval: duration(t, p[0]), Timeout: duration(t, p[1])}
		of.Probe.DownAfter, _ = strconv.Atoi(p[2])
		of.Probe.UpAfter, _ = strconv.Atoi(p[3])
	}
	of.ProgressTimeout, of.RingTimeout = duration(t, arg(d, "progress", "0s")), duration(t, arg(d, "ring", "0s"))
}

func (l *ladder) options(d *datadriven.TestData) {
	status, _ := strconv.Atoi(d.CmdArgs[1].Key)
	var opts []siptest.Option
	if v := arg(d, "retry-after", ""); v != "" {
		opts = append(opts, siptest.Header("Retry-After", v))
	}
	l.pbxs[d.CmdArgs[0].Key].SetOptions(siptest.Reply(status, "", opts...))
}

// trunks prints how each is.
func (l *ladder) trunks() {
	for _, s := range l.ua.Trunks() {
		line := fmt.Sprintf("%-15s up %v, %d calls", s.Name, s.Up, s.Calls)
		if !s.Since.IsZero() {
			line += ", since +" + s.Since.Sub(l.start).Round(10*time.Millisecond).String()
		}
		if s.Why != 0 {
			line += ": " + s.Reason()
		}
		if !s.Until.IsZero() {
			line += ", until +" + s.Until.Sub(l.start).Round(10*time.Millisecond).String()
		}
		l.print(line)
	}
}

// check asks for credentials; the trunk's own are wrong, lest they be taken instead.
func (l *ladder) check(d *datadriven.TestData) {
	c := sip.Credentials{
		Trunk: arg(d, "trunk", "pbx"), User: d.CmdArgs[0].Key, Username: arg(d, "username", ""), Password: arg(d, "password", ""),
	}
	if deadline := duration(l.t, arg(d, "deadline", "0s")); deadline > 0 {
		c.Deadline = time.Now().Add(deadline)
	}
	l.ua.CheckCredentials(c, func(v sip.Verification) {
		line := "check           " + v.Proof.String()
		if v.Outcome.Cause != 0 {
			line += " " + v.Outcome.Cause.String()
		}
		if v.Outcome.Status != 0 {
			line += fmt.Sprintf(" %d %s", v.Outcome.Status, v.Outcome.Phrase)
		}
		if v.Outcome.Detail != "" {
			line += ": " + v.Outcome.Detail
		}
		l.print(line)
	})
}

func (l *ladder) dial(d *datadriven.TestData) {
	dial := sip.Dial{
		ID: "d1", User: d.CmdArgs[0].Key, Telephone: arg(d, "telephone", ""), PassOffers: d.HasArg("pass"), Delayed: d.HasArg("delayed"), Urgent: d.HasArg("urgent"),
		ProgressTimeout: duration(l.t, arg(d, "progress", "0s")), RingTimeout: duration(l.t, arg(d, "ring", "0s")),
	}
	if deadline := duration(l.t, arg(d, "deadline", "0s")); deadline > 0 {
		dial.Deadline = time.Now().Add(deadline)
	}
	if d.HasArg("sdp") {
		dial.SDP = description("a 7 7", "a=sendrecv")
	}
	dial.CallerNumber, dial.CallerName, dial.Anonymous = arg(d, "from", ""), text(d, "name"), d.HasArg("anonymous")
	if names := arg(d, "trunks", ""); names != "" {
		dial.Trunks = strings.Split(names, "|")
	}
	l.digits = siptest.Digits{}
	dial.Account = arg(d, "account", "")
	l.call = l.ua.Dial(dial, l.event)
}

// pbx does what the arguments say, in one go: statuses become one burst.
func (l *ladder) pbx(d *datadriven.TestData) {
	call := l.at(d.Cmd)
	var opts []siptest.Option
	for _, name := range []string{"Reason", "Retry-After"} {
		if v := arg(d, strings.ToLower(name), ""); v != "" {
			opts = append(opts, siptest.Header(name, strings.ReplaceAll(v, "_", " ")))
		}
	}
	opts = append(opts, headers(d)...)
	if d.HasArg("no-sdp") {
		opts = append(opts, siptest.NoSDP())
	}
	if tag := arg(d, "tag", ""); tag != "" {
		opts = append(opts, siptest.Tag(tag))
	}
	if port := arg(d, "port", ""); port != "" {
		sdp := bytes.Replace(description("pbx 1 1", "a=sendrecv"), []byte("40000"), []byte(port), 1)
		opts = append(opts, siptest.Body(arg(d, "type", "application/sdp"), sdp))
	}
	var burst []siptest.Response
	for _, a := range d.CmdArgs {
		if status, err := strconv.Atoi(a.Key); err == nil {
			burst = append(burst, siptest.Reply(status, strings.ReplaceAll(arg(d, "phrase", ""), "_", " "), opts...))
		}
	}
	if burst != nil {
		call.Burst(burst...)
	}
	for _, a := range d.CmdArgs {
		switch a.Key {
		case "cancel":
			call.Cancel()
		case "bye":
			call.Bye(opts...)
		case "repeat":
			call.Repeat()
		case "reinvite":
			call.ReInvite(opts...)
		case "refresh":
			call.ReInvite(siptest.NoSDP())
		case "hold":
			call.ReInvite(append(opts, siptest.SDP(description("pbx 1 2", "a=sendonly")))...)
		case "says":
			sdp := offertest.Describe(text(d, "says"))
			if keys := arg(d, "keys", ""); keys != "" {
				sdp = append(sdp, "a=fmtp:101 "+keys+"\r\n"...)
			}
			call.ReInvite(siptest.SDP(sdp))
		case "update":
			call.Request(gosip.UPDATE, opts...)
		case "update-offer":
			call.Request(gosip.UPDATE, siptest.SDP(call.Invite().Body()))
		case "options":
			call.Request(gosip.OPTIONS, opts...)
		case "request":
			call.Request(gosip.RequestMethod(a.Vals[0]), opts...)
		case "info":
			call.Request(gosip.INFO, info(a)...)
		case "news":
			call.Request(gosip.NOTIFY, news(a)...)
		case "notify":
			call.Request(gosip.NOTIFY)
		case "grants-timer":
			call.SetManners(siptest.Manners{SessionTimer: time.Hour})
		case "cancels-only":
			call.SetManners(siptest.Manners{Cancel: siptest.CancelOnly})
		case "refuses-first":
			call.SetManners(siptest.Manners{Cancel: siptest.RefuseThenCancel})
		case "deaf":
			call.SetManners(siptest.Manners{Unanswered: methods(a.Vals[0])})
		}
	}
}

// answers sends the answer to the latest request of a method.
func (l *ladder) answers(d *datadriven.TestData) {
	call := l.caller
	if !d.HasArg("caller") {
		call = l.at("pbx")
	}
	status, _ := strconv.Atoi(d.CmdArgs[1].Key)
	var opts []siptest.Option
	if v := arg(d, "retry-after", ""); v != "" {
		opts = append(opts, siptest.Header("Retry-After", v))
	}
	opts = append(opts, headers(d)...)
	if d.HasArg("no-sdp") {
		opts = append(opts, siptest.NoSDP())
	}
	if port := arg(d, "port", ""); port != "" {
		opts = append(opts, siptest.SDP(bytes.Replace(description("pbx 1 2", "a=sendrecv"), []byte("40000"), []byte(port), 1)))
	}
	for {
		m, err := call.Next(l.t.Context())
		if err != nil {
			l.t.Fatal(err)
		}
		if req, ok := m.(*gosip.Request); ok && string(req.Method) == d.CmdArgs[0].Key {
			call.Answer(req, siptest.Reply(status, "", opts...))
			return
		}
	}
}

func (l *ladder) lose(what string) {
	drop := func(data []byte) bool {
		return bytes.HasPrefix(data, []byte(what+" ")) || bytes.HasPrefix(data, []byte("SIP/2.0 "+what+" "))
	}
	l.net.SetDefault(siptest.Link{Drop: drop})
}

func (l *ladder) end() string {
	l.settle()
	l.border.check(l.t) // now: the last messages are read, but not heard
	l.close()
	out := l.crossed()
	for name, p := range l.pbxs {
		if n := p.Bindings(); n > 0 {
			out += fmt.Sprintf("%s still has %d contacts\n", name, n)
		}
	}
	var names []string
	for name := range l.pbxs {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, c := range l.pbxs[name].Complaints() {
			_, c, _ = strings.Cut(c, ": ") // without the Call-ID
			out += fmt.Sprintf("%s complains: %s\n", name, c)
		}
	}
	if n := l.ua.Calls(); n != 0 {
		out += fmt.Sprintf("%d calls left\n", n)
	}
	l.stage = nil
	return out
}

func arg(d *datadriven.TestData, key, otherwise string) string {
	for _, a := range d.CmdArgs {
		if a.Key == key && len(a.Vals) > 0 {
			return a.Vals[0]
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

// methods are those of INVITE|UPDATE.
func methods(list string) []gosip.RequestMethod {
	var all []gosip.RequestMethod
	for m := range strings.SplitSeq(list, "|") {
		all = append(all, gosip.RequestMethod(m))
	}
	return all
}
