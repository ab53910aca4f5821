//go:build interop

package interop

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"testing"
)

// How a phone answers.
const (
	byItself = "auto"   // at once, without a 180
	byHand   = "manual" // it rings until [phone.pickUp]
)

// phone is a baresip that is registered at Kamailio, and says a tone that no other one says.
type phone struct {
	*process
	Number    string
	Address   string
	Tone      float64 // Hz
	FirstPort int     // of its audio
	LastPort  int
	Answers   string
	Codecs    string
	Registrar string
	Transport string
	TLS       *safety // nil: none
	bindings  string  // that Kamailio has of the number, once it is registered

	control *control
}

// phones are all that there are. No tone is near another one, our ringing tone, or a multiple of these.
var phones = []phone{
	{Number: "600", Address: "127.0.40.1", Tone: 1000, FirstPort: 18000, LastPort: 18099},
	{Number: "1001", Address: "127.0.40.2", Tone: 620, FirstPort: 18100, LastPort: 18199},
	{Number: "700", Address: "127.0.40.3", Tone: 1430, FirstPort: 18200, LastPort: 18299},
}

// hasPort reports that a port of the machine is the phone's: baresip listens at every address.
func (p *phone) hasPort(port int) bool { return p.FirstPort <= port && port <= p.LastPort }

// answering tells a phone how to answer.
func answering(how string) func(*phone) { return func(p *phone) { p.Answers = how } }

// knowing tells a phone its formats, the one that it likes best first.
func knowing(codecs string) func(*phone) { return func(p *phone) { p.Codecs = codecs } }

// as tells a phone that it has the number of another one.
func as(number string) func(*phone) { return func(p *phone) { p.Number = number } }

// beside tells a phone that one with its number is registered already.
func beside(*phone) func(*phone) { return func(p *phone) { p.bindings = "2 bindings" } }

// startPhone returns when the phone is registered. It is answered by hand unless it is told otherwise.
func startPhone(t *testing.T, number string, told ...func(*phone)) *phone {
	t.Helper()
	i := slices.IndexFunc(phones, func(p phone) bool { return p.Number == number })
	if i < 0 {
		t.Fatalf("there is no phone %s", number)
	}
	p := phones[i]
	p.Answers, p.Codecs, p.Registrar, p.Transport, p.bindings = byHand, "PCMU,PCMA", kamailioAddress, "udp", "1 binding"
	for _, tell := range told {
		tell(&p)
	}
	home := filepath.Join(dir(t), number)
	must(t, os.MkdirAll(home, 0o700), "make the phone's directory")
	for _, name := range []string{"config", "accounts"} {
		text, err := os.ReadFile(filepath.Join("baresip", name))
		must(t, err, "read a phone's "+name)
		fill(t, filepath.Join(number, name), string(text), p)
	}
	must(t, os.WriteFile(filepath.Join(home, "contacts"), nil, 0o600), "write the phone's empty list of contacts")
	// stdbuf: what it says is to arrive line by line. -s: also what it sends and receives.
	p.process = start(t, "baresip-"+number, "stdbuf", "-oL", "baresip", "-s", "-f", home)
	p.tailLines = 200 // its SIP
	p.awaitLine(t, "the phone is registered", "200 OK", p.bindings)
	p.control = openControl(t, p.Address+":4444")
	return &p
}

// call makes the phone call a number of Kamailio's.
func (p *phone) call(t *testing.T, number string) {
	t.Helper()
	p.control.tell(t, "dial", fmt.Sprintf("sip:%s@%s", number, kamailioAddress))
}

// awaitRinging waits for the next call that comes in.
func (p *phone) awaitRinging(t *testing.T) {
	t.Helper()
	p.control.await(t, "phone "+p.Number+" rings", "CALL_INCOMING")
}

// pickUp answers.
func (p *phone) pickUp(t *testing.T) {
	t.Helper()
	p.control.tell(t, "accept", "")
	p.awaitAnswered(t)
}

// awaitAnswered waits until the next call is answered, by whichever side.
func (p *phone) awaitAnswered(t *testing.T) {
	t.Helper()
	p.control.await(t, "the call of phone "+p.Number+" is answered", "CALL_ESTABLISHED")
}

// hangUp makes the phone end its call, or refuse it with 486.
func (p *phone) hangUp(t *testing.T) {
	t.Helper()
	p.control.tell(t, "hangup", "")
	p.awaitClosed(t)
}

// awaitClosed waits until the phone's next call is over, whoever has ended it.
func (p *phone) awaitClosed(t *testing.T) {
	t.Helper()
	p.control.await(t, "the call of phone "+p.Number+" is over", "CALL_CLOSED")
}

// hold and resume are what its user presses.
func (p *phone) hold(t *testing.T)   { t.Helper(); p.control.tell(t, "hold", "") }
func (p *phone) resume(t *testing.T) { t.Helper(); p.control.tell(t, "resume", "") }

var (
	activeCalls     = regexp.MustCompile(`Active calls \((\d+)\)`)
	receivedPackets = regexp.MustCompile(`rcvd=(\d+)`) // of each source that it has heard in its call
)

// calls is how many calls the phone has.
func (p *phone) calls(t *testing.T) int {
	t.Helper()
	return sum(t, activeCalls, p.control.tell(t, "listcalls", ""))
}

// received is how many packets of audio the phone has taken in its call.
func (p *phone) received(t *testing.T) int {
	t.Helper()
	return sum(t, receivedPackets, p.control.tell(t, "audio_debug", ""))
}

var direction = regexp.MustCompile(`audio dir=(\w+)`)

// wantDirection waits until the phone sends, gets, does both, or neither.
func (p *phone) wantDirection(t *testing.T, want string) {
	t.Helper()
	eventually(t, "the audio of phone "+p.Number+" is "+want, func() bool {
		found := direction.FindStringSubmatch(p.control.tell(t, "audio_debug", ""))
		return found != nil && found[1] == want
	})
}

// sum adds up what a pattern finds.
func sum(t *testing.T, pattern *regexp.Regexp, text string) int {
	t.Helper()
	total := 0
	for _, found := range pattern.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(found[1])
		must(t, err, "read the phone's answer")
		total += n
	}
	return total
}

// wantIdle waits until the phones have no call.
func wantIdle(t *testing.T, all ...*phone) {
	t.Helper()
	for _, p := range all {
		eventually(t, "phone "+p.Number+" has no call", func() bool { return p.calls(t) == 0 })
	}
}
