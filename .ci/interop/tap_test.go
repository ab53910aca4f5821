//go:build interop

package interop

import (
	"encoding/binary"
	"fmt"
	"math"
	"net"
	"os"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/pion/rtp"
	"github.com/zaf/g711"
)

// tap hears all audio that is sent to the phones, on its way through the loopback interface. baresip's own recorder
// (sndfile) is lost with the first hold, and says nothing about who has sent what.
type tap struct {
	mu     sync.Mutex
	phones map[string]*reception // by number
}

// reception is what a phone gets.
type reception struct {
	samples []float64 // decoded, in the order of arrival
	from    int       // port of who has sent the latest packet
	latest  time.Time
}

// Audio is counted in samples. A glimpse is what a judgement is made of.
const (
	sampleRate   = 8000
	glimpse      = sampleRate / 2
	threeSeconds = 3 * sampleRate
)

// openTap listens until the test ends. It takes the right to do so (CAP_NET_RAW), which run sees to.
func openTap(t *testing.T) *tap {
	t.Helper()
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_DGRAM|syscall.SOCK_NONBLOCK, 0)
	must(t, err, "open a packet socket, which takes root or CAP_NET_RAW")
	const ignoreOutgoing = 23 // PACKET_IGNORE_OUTGOING: each packet of the loopback interface goes out and comes in
	must(t, syscall.SetsockoptInt(socket, syscall.SOL_PACKET, ignoreOutgoing, 1), "not hear everything twice")
	must(t, syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_RCVBUF, 4<<20), "have a buffer")
	ip := binary.NativeEndian.Uint16(binary.BigEndian.AppendUint16(nil, syscall.ETH_P_IP))
	must(t, syscall.Bind(socket, &syscall.SockaddrLinklayer{Protocol: ip, Ifindex: loopback(t)}), "listen to the loopback interface")
	file := os.NewFile(uintptr(socket), "tap")
	x := &tap{phones: map[string]*reception{}}
	for _, p := range phones {
		x.phones[p.Number] = &reception{}
	}
	go x.listen(file)
	t.Cleanup(func() { _ = file.Close() })
	return x
}

func loopback(t *testing.T) int {
	t.Helper()
	lo, err := net.InterfaceByName("lo")
	must(t, err, "find the loopback interface")
	return lo.Index
}

// listen takes packets until the socket is closed.
func (x *tap) listen(file *os.File) {
	buffer := make([]byte, 1<<16)
	for {
		n, err := file.Read(buffer)
		if err != nil {
			return
		}
		x.take(buffer[:n])
	}
}

// take keeps the audio of an IPv4 packet to a phone.
func (x *tap) take(ip []byte) {
	if len(ip) < 20 || ip[9] != syscall.IPPROTO_UDP {
		return
	}
	udp := ip[min(len(ip), int(ip[0]&15)*4):]
	if len(udp) < 8 {
		return
	}
	from, to := int(binary.BigEndian.Uint16(udp)), int(binary.BigEndian.Uint16(udp[2:]))
	i := slices.IndexFunc(phones, func(p phone) bool { return p.hasPort(to) })
	if i < 0 || to%2 == 1 { // RTCP is at the odd ports
		return
	}
	var packet rtp.Packet
	if packet.Unmarshal(udp[8:]) != nil {
		return
	}
	var pcm []byte
	switch packet.PayloadType {
	case 0:
		pcm = g711.DecodeUlaw(packet.Payload)
	case 8:
		pcm = g711.DecodeAlaw(packet.Payload)
	default: // digits
		return
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.phones[phones[i].Number]
	for ; len(pcm) >= 2; pcm = pcm[2:] {
		r.samples = append(r.samples, float64(int16(binary.LittleEndian.Uint16(pcm))))
	}
	r.from, r.latest = from, time.Now()
}

// mark is how many samples a phone has got so far.
func (x *tap) mark(p *phone) int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.phones[p.Number].samples)
}

// hears reports whether the last glimpse of what a phone has got since a mark is in these frequencies, and from is the port
// that has sent it.
func (x *tap) hears(p *phone, since int, frequencies ...float64) (from int, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	r := x.phones[p.Number]
	if len(r.samples)-since < glimpse {
		return 0, false
	}
	return r.from, share(r.samples[len(r.samples)-glimpse:], frequencies...) > 0.9
}

// quiet is for how long a phone has got nothing.
func (x *tap) quiet(p *phone) time.Duration {
	x.mu.Lock()
	defer x.mu.Unlock()
	return time.Since(x.phones[p.Number].latest)
}

// wantTalk waits until two phones hear each other's tone, and nothing else, which comes from there.
func (x *tap) wantTalk(t *testing.T, a, b *phone) {
	t.Helper()
	x.wantTalkFor(t, a, b, glimpse)
}

// wantTalkFor is wantTalk at the end of so many samples from now on.
func (x *tap) wantTalkFor(t *testing.T, a, b *phone, samples int) {
	t.Helper()
	hears, isHeard := x.expect(t, a, samples, b.Tone, b.hasPort), x.expect(t, b, samples, a.Tone, a.hasPort)
	hears(t)
	isHeard(t)
}

// wantEcho waits until phones hear themselves, from elsewhere.
func (x *tap) wantEcho(t *testing.T, all ...*phone) {
	t.Helper()
	var expected []func(*testing.T)
	for _, p := range all {
		expected = append(expected, x.expect(t, p, glimpse, p.Tone, noPhone))
	}
	for _, await := range expected {
		await(t)
	}
}

// noPhone reports that a port is of none.
func noPhone(port int) bool {
	return !slices.ContainsFunc(phones, func(p phone) bool { return p.hasPort(port) })
}

// expect notes what a phone has got by now. That many samples more have to come, the last of them this tone, from there.
func (x *tap) expect(t *testing.T, p *phone, samples int, tone float64, there func(port int) bool) (await func(*testing.T)) {
	t.Helper()
	since, taken := x.mark(p)+samples-glimpse, p.received(t)
	return func(t *testing.T) {
		t.Helper()
		eventually(t, fmt.Sprintf("%s hears %v Hz", p.Number, tone), func() bool {
			from, ok := x.hears(p, since, tone)
			return ok && there(from)
		})
		eventually(t, p.Number+" takes what it gets", func() bool { return p.received(t) > taken })
	}
}

// wantRinging waits until a phone hears the gateway's ringing tone.
func (x *tap) wantRinging(t *testing.T, p *phone, frequencies ...float64) {
	t.Helper()
	since := x.mark(p)
	eventually(t, p.Number+" hears a ringing tone", func() bool {
		from, ok := x.hears(p, since, frequencies...)
		return ok && noPhone(from)
	})
}

// wantSilence waits until phones have got nothing for a while, from now on.
func (x *tap) wantSilence(t *testing.T, all ...*phone) {
	t.Helper()
	start := time.Now()
	for _, p := range all {
		eventually(t, p.Number+" hears nothing", func() bool {
			return min(x.quiet(p), time.Since(start)) > 800*time.Millisecond
		})
	}
}

// share is how much of the samples' energy is in some frequencies (Goertzel's algorithm; 1 is all).
func share(samples []float64, frequencies ...float64) float64 {
	energy := 0.0
	for _, s := range samples {
		energy += s * s
	}
	if energy < float64(len(samples))*100*100 { // next to silence
		return 0
	}
	n, found := float64(len(samples)), 0.0
	for _, f := range frequencies {
		c := 2 * math.Cos(2*math.Pi*f/sampleRate)
		var s1, s2 float64
		for _, s := range samples {
			s1, s2 = s+c*s1-s2, s1
		}
		found += 2 * (s1*s1 + s2*s2 - c*s1*s2) / (n * energy)
	}
	return found
}
