package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"slices"
	"time"
)

const (
	calibrationCalls = 2000
	inFlight         = 32
)

// calibrate sends ready-made datagrams to the PBX of this process, as fast as it answers.
func calibrate(ctx context.Context, o Options) (_ *Calibration, err error) {
	o.Lean = false // the caller hangs up
	s := &system{}
	defer func() { err = errors.Join(err, s.close()) }()
	pbx, err := s.openPBX(ctx, o)
	if err != nil {
		return nil, err
	}
	socket, err := net.Dial("udp4", pbx)
	if err != nil {
		return nil, err
	}
	defer socket.Close()
	c := &caller{socket: socket, number: o.Number}
	cpu, began := cpuTime(), time.Now()
	if err := c.run(calibrationCalls, true); err != nil {
		return nil, err
	}
	r := &Calibration{
		CallsPerSecond: calibrationCalls / time.Since(began).Seconds(),
		CPUPer1000:     (cpuTime() - cpu).Seconds() * 1000 / calibrationCalls,
	}
	if o.Live > 0 {
		before, _ := memory()
		if err := c.run(o.Live, false); err != nil {
			return nil, err
		}
		after, _ := memory()
		r.BytesPerLive = (after - before) / int64(o.Live)
	}
	return r, nil
}

// caller is as little of a SIP user agent as the scripted PBX puts up with. A datagram may be
// lost, on loopback too: when nothing has come for a while, what is unanswered is sent again.
type caller struct {
	socket net.Conn
	number string
	last   int
	open   map[string]*outgoing // by Call-ID: not answered yet, or not hung up yet
}

// outgoing is a call; contact and tag are known once it is answered.
type outgoing struct{ contact, tag string }

const (
	repeatAfter = 500 * time.Millisecond
	patience    = 20 // repetitions without any answer
)

// run makes n calls, some at a time; each is hung up at once, or held.
func (c *caller) run(n int, hangUp bool) error {
	c.open = map[string]*outgoing{}
	buf := make([]byte, 1<<16)
	sent, silent := 0, 0
	for sent < n || len(c.open) > 0 {
		for ; sent < n && len(c.open) < inFlight; sent++ {
			c.last++
			id := fmt.Sprintf("c%d", c.last)
			c.open[id] = &outgoing{}
			if err := c.invite(id); err != nil {
				return err
			}
		}
		if err := c.socket.SetReadDeadline(time.Now().Add(repeatAfter)); err != nil {
			return err
		}
		size, err := c.socket.Read(buf)
		switch {
		case err == nil:
			silent = 0
			err = c.heard(buf[:size], hangUp)
		case errors.Is(err, os.ErrDeadlineExceeded) && silent < patience:
			silent++
			err = c.repeat()
		}
		if err != nil {
			return fmt.Errorf("bench: calibration: %w", err)
		}
	}
	return nil
}

// heard takes a response: the answer to an INVITE is acknowledged and hung up, or held.
func (c *caller) heard(data []byte, hangUp bool) error {
	id := field(data, "Call-ID: ")
	call := c.open[id]
	if !bytes.HasPrefix(data, []byte("SIP/2.0 200")) {
		return nil
	}
	if bytes.Contains(data, []byte("CSeq: 2 BYE")) {
		delete(c.open, id)
		return nil
	}
	contact := string(bytes.Trim([]byte(field(data, "Contact: ")), "<>"))
	_, tag, _ := bytes.Cut([]byte(field(data, "To: ")), []byte(";tag="))
	if err := c.send("ACK", id, contact, string(tag), 1); err != nil || call == nil || call.tag != "" {
		return err
	}
	if !hangUp {
		delete(c.open, id)
		return nil
	}
	call.contact, call.tag = contact, string(tag)
	return c.bye(id, call)
}

// repeat sends again whatever has no answer.
func (c *caller) repeat() error {
	for id, call := range c.open {
		var err error
		if call.tag == "" {
			err = c.invite(id)
		} else {
			err = c.bye(id, call)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (c *caller) invite(id string) error { return c.send("INVITE", id, "sip:"+c.number+"@pbx", "", 1) }

func (c *caller) bye(id string, call *outgoing) error {
	return c.send("BYE", id, call.contact, call.tag, 2)
}

func field(data []byte, name string) string {
	_, rest, _ := bytes.Cut(data, []byte("\r\n"+name))
	value, _, _ := bytes.Cut(rest, []byte("\r\n"))
	return string(value)
}

func (c *caller) send(method, id, uri, tag string, seq int) error {
	if tag != "" {
		tag = ";tag=" + tag
	}
	at := c.socket.LocalAddr().String()
	_, err := fmt.Fprintf(c.socket, "%s %s SIP/2.0\r\nVia: SIP/2.0/UDP %s;branch=z9hG4bK%s%s\r\nMax-Forwards: 70\r\n"+
		"From: <sip:bench@%s>;tag=f%s\r\nTo: <sip:%s@pbx>%s\r\nCall-ID: %s\r\nCSeq: %d %s\r\nContact: <sip:bench@%s>\r\nContent-Length: 0\r\n\r\n",
		method, uri, at, id, method, at, id, c.number, tag, id, seq, method, at)
	return err
}

// quantiles sorts d.
func quantiles(d []time.Duration) Quantiles {
	if len(d) == 0 {
		return Quantiles{}
	}
	slices.Sort(d)
	at := func(q float64) float64 {
		return float64(d[min(int(q*float64(len(d))), len(d)-1)].Microseconds()) / 1000
	}
	return Quantiles{P50: at(0.50), P95: at(0.95), P99: at(0.99)}
}
