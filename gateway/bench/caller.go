package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"time"
)

const (
	calibrationCalls = 2000
	inFlight         = 64
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

// caller is as little of a SIP user agent as the scripted PBX puts up with.
type caller struct {
	socket net.Conn
	number string
	last   int
}

// run makes n calls, some at a time; each is hung up at once, or held.
func (c *caller) run(n int, hangUp bool) error {
	final := []byte("CSeq: 1 INVITE")
	if hangUp {
		final = []byte("CSeq: 2 BYE")
	}
	sent, done := 0, 0
	buf := make([]byte, 1<<16)
	for done < n {
		for ; sent < n && sent-done < inFlight; sent++ {
			c.last++
			if err := c.send("INVITE", fmt.Sprintf("c%d", c.last), "sip:"+c.number+"@pbx", "", 1); err != nil {
				return err
			}
		}
		if err := c.socket.SetReadDeadline(time.Now().Add(5 * time.Second)); err != nil {
			return err
		}
		size, err := c.socket.Read(buf)
		if err != nil {
			return fmt.Errorf("bench: calibration: %w", err)
		}
		data := buf[:size]
		if !bytes.HasPrefix(data, []byte("SIP/2.0 200")) {
			continue
		}
		if bytes.Contains(data, final) {
			done++
		}
		if err := c.answered(data, hangUp); err != nil {
			return err
		}
	}
	return nil
}

func (c *caller) answered(data []byte, hangUp bool) error {
	if !bytes.Contains(data, []byte("CSeq: 1 INVITE")) {
		return nil
	}
	id, to := field(data, "Call-ID: "), field(data, "To: ")
	contact := string(bytes.Trim([]byte(field(data, "Contact: ")), "<>"))
	_, tag, _ := bytes.Cut([]byte(to), []byte(";tag="))
	if err := c.send("ACK", id, contact, string(tag), 1); err != nil || !hangUp {
		return err
	}
	return c.send("BYE", id, contact, string(tag), 2)
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
