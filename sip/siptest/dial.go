package siptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"

	gosip "github.com/emiago/sipgo/sip"
)

// Dial makes a call of the PBX's own: INVITE to a URI such as "sip:100@192.0.2.1", sent to an address, a *net.TCPAddr
// over a connection of its own (see Config.TLS), any other over the packet socket. Its 2xx is acknowledged by itself; responses come by
// [Call.Next]. [Tag] sets our tag. It fails on a URI or header that does not parse, on a PBX without a packet socket, and
// where nobody listens.
func (p *PBX) Dial(to net.Addr, uri string, opts ...Option) (*Call, error) {
	var recipient gosip.Uri
	if err := gosip.ParseUri(uri, &recipient); err != nil {
		return nil, fmt.Errorf("siptest: dial: %w", err)
	}
	way, err := p.way(to)
	if err != nil {
		return nil, fmt.Errorf("siptest: dial: %w", err)
	}
	x := newParts(0, "", opts)
	p.mu.Lock()
	defer p.mu.Unlock()
	n := p.number()
	port := p.mediaPort()
	if x.sdp == nil && !x.noSDP {
		x.sdp = offerSDP(p.host, port)
	}
	c := &Call{
		pbx: p, id: "call-" + n + "@" + p.Address(), outgoing: true, tag: "pbx-" + n,
		contact: way.contact(recipient.Scheme, "pbx-0x"+n, p.Address()), port: port, peer: way,
		manners: p.config.Manners, messages: newQueue[gosip.Message](),
	}
	if x.noSDP {
		c.acking = mirrorSDP(offerSDP(p.host, port), p.host, port) // the answer to what the 2xx will offer
	}
	if x.tag != "" {
		c.tag = x.tag
	}
	if x.callID != "" {
		c.id = x.callID
	}
	if c.invite, err = c.firstInvite(recipient, x); err != nil {
		return nil, fmt.Errorf("siptest: dial: %w", err)
	}
	p.remember(c)
	c.calling = c.start(nil, c.invite)
	return c, nil
}

// way is how an address is reached.
func (p *PBX) way(to net.Addr) (peer, error) {
	if _, stream := to.(*net.TCPAddr); stream {
		conn, err := p.connect(to)
		if err != nil {
			return peer{}, err
		}
		if !p.keep(conn) {
			return peer{}, net.ErrClosed
		}
		p.readers.Go(func() { p.readStream(conn) })
		return peer{stream: conn, addr: to}, nil
	}
	if p.config.Conn == nil {
		return peer{}, errors.New("no packet socket")
	}
	return peer{packets: p.config.Conn, addr: to}, nil
}

func (p *PBX) connect(to net.Addr) (net.Conn, error) {
	if p.config.TLS != nil {
		return tls.Dial("tcp", to.String(), p.config.TLS)
	}
	return net.Dial("tcp", to.String())
}

func (c *Call) firstInvite(recipient gosip.Uri, x parts) (*gosip.Request, error) {
	p := c.pbx
	from := &gosip.FromHeader{Address: gosip.Uri{Scheme: recipient.Scheme, User: "pbx", Host: p.host, Port: p.port}}
	to := &gosip.ToHeader{Address: recipient}
	if err := readParty(x.from, &from.DisplayName, &from.Address); err != nil {
		return nil, err
	}
	if err := readParty(x.to, &to.DisplayName, &to.Address); err != nil {
		return nil, err
	}
	from.Params = gosip.HeaderParams{{K: "tag", V: c.tag}}
	req := gosip.NewRequest(gosip.INVITE, recipient)
	req.AppendHeader(p.via(c.peer))
	req.AppendHeader(from)
	req.AppendHeader(to)
	id := gosip.CallIDHeader(c.id)
	req.AppendHeader(&id)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: 1, MethodName: gosip.INVITE})
	finish(req, x, c.contact)
	return req, nil
}

// readParty reads a From or To; nothing where there is none.
func readParty(value string, name *string, uri *gosip.Uri) error {
	if value == "" {
		return nil
	}
	var err error
	*name, err = gosip.ParseAddressValue(value, uri, &gosip.HeaderParams{})
	return err
}

// Cancel cancels an INVITE of the PBX's own, that of an outgoing call or [Call.ReInvite], which has had a provisional
// response (section 9.1). [Header] adds a Reason.
func (c *Call) Cancel(opts ...Option) {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	i := slices.IndexFunc(c.sentOnes, func(r *request) bool {
		return r.key.method == gosip.INVITE && !r.fork && !r.done && r.progress
	})
	if i < 0 {
		c.pbx.complain("%s: nothing to cancel", c.id)
		return
	}
	invite := c.sentOnes[i].req
	req := gosip.NewRequest(gosip.CANCEL, invite.Recipient)
	copyTransaction(req, invite, invite.To())
	for _, h := range newParts(0, "", opts).headers {
		req.AppendHeader(h)
	}
	c.start(nil, req)
}

// Fork sends the INVITE of an outgoing call another way as well: with another branch, as if a proxy had split it
// (https://www.rfc-editor.org/rfc/rfc3261#section-8.2.2.2). The answers come by [Call.Next].
func (c *Call) Fork() {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	copied := c.invite.Clone()
	copied.ReplaceHeader(c.pbx.via(c.peer))
	c.start(nil, copied).fork = true
}

// Ack sends the ACK that [Manners.WithholdACK] kept back.
func (c *Call) Ack() {
	c.pbx.mu.Lock()
	defer c.pbx.mu.Unlock()
	if c.withheld == nil {
		c.pbx.complain("%s: nothing to acknowledge", c.id)
		return
	}
	c.manners.WithholdACK = false
	c.pbx.transmit(c.peer, c.pbx.newWire(c.withheld))
	c.withheld = nil
}

// callee is the dialog with who answers a call of ours. p.mu is held.
func (c *Call) callee(res *gosip.Response) *dialog {
	d := c.dialog("")
	if d == nil {
		d = &dialog{call: c, tag: c.tag, contact: c.contact, seq: c.invite.CSeq().SeqNo}
		c.dialogs = append(c.dialogs, d)
	}
	d.answer = res
	return d
}

// checkAnswer holds a response beyond 100 to a call of ours against
// https://www.rfc-editor.org/rfc/rfc3261#section-8.2.6.2 and https://www.rfc-editor.org/rfc/rfc3261#section-12.1.1.
func (c *Call) checkAnswer(res *gosip.Response) {
	tag, _ := res.To().Params.Get("tag")
	if tag == "" || c.remoteTag != "" && tag != c.remoteTag {
		c.pbx.complain("%s: %d with To tag %q after %q", c.id, res.StatusCode, tag, c.remoteTag)
	}
	c.remoteTag = tag
	if res.StatusCode >= 300 {
		return
	}
	if res.Contact() == nil {
		c.pbx.complain("%s: %d without Contact", c.id, res.StatusCode)
	}
	if want, got := listed(c.invite, "Record-Route"), listed(res, "Record-Route"); want != got {
		c.pbx.complain("%s: %d with Record-Route %q, the INVITE had %q", c.id, res.StatusCode, got, want)
	}
}

// listed are all values of a header, however they were spread.
func listed(m gosip.Message, name string) string {
	var values []string
	for _, h := range m.GetHeaders(name) {
		values = append(values, h.Value())
	}
	return strings.Join(values, ", ")
}
