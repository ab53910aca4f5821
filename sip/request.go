package sip

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"strings"
	"syscall"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

const (
	// longestDatagram is what may leave over UDP (https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1).
	longestDatagram = 1300

	// allow is what we understand (https://www.rfc-editor.org/rfc/rfc3261#section-20.5).
	allow = "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, NOTIFY, PRACK"
)

// newBranch identifies a transaction (https://www.rfc-editor.org/rfc/rfc3261#section-8.1.1.7).
func newBranch() string { return gosip.RFC3261BranchMagicCookie + rand.Text() }

// newRequest begins a request: Via, Max-Forwards and where it leaves for.
func (u *UserAgent) newRequest(method gosip.RequestMethod, target gosip.Uri, to hop, branch string) *gosip.Request {
	req := gosip.NewRequest(method, target)
	at := u.advertised(to)
	req.AppendHeader(&gosip.ViaHeader{
		ProtocolName: "SIP", ProtocolVersion: "2.0", Transport: gosip.NetworkToUpper(to.network), Host: at.host, Port: at.port,
		// https://www.rfc-editor.org/rfc/rfc3581#section-3
		Params: gosip.HeaderParams{{K: "branch", V: branch}, {K: "rport"}},
	})
	hops := gosip.MaxForwardsHeader(70)
	req.AppendHeader(&hops)
	u.direct(req, to)
	return req
}

// direct says how a request leaves: over UDP from the socket we listen on, of the address's family.
func (u *UserAgent) direct(req *gosip.Request, to hop) {
	req.SetTransport(gosip.NetworkToUpper(to.network))
	req.SetDestination(to.String())
	req.Laddr = gosip.Addr{}
	if local, ok := u.localAddr(udp, to.v6()); ok && to.network == udp {
		req.Laddr = gosip.Addr{IP: local.Addr().AsSlice(), Port: int(local.Port())}
	}
}

// address appends From, To, Call-ID and CSeq.
func (l *leg) address(req *gosip.Request, remoteTag string, seq uint32) {
	req.AppendHeader(&gosip.FromHeader{
		DisplayName: l.local.DisplayName, Address: *l.local.Address.Clone(), Params: l.local.Params.Clone(),
	})
	to := &gosip.ToHeader{DisplayName: l.remote.DisplayName, Address: *l.remote.Address.Clone(), Params: l.remote.Params.Clone()}
	if remoteTag != "" {
		to.Params = append(to.Params, gosip.HeaderKV{K: "tag", V: remoteTag})
	}
	req.AppendHeader(to)
	id := gosip.CallIDHeader(l.callID)
	req.AppendHeader(&id)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: seq, MethodName: req.Method})
	req.AppendHeader(gosip.NewHeader("User-Agent", l.ua.cfg.Product))
}

// contact is where the peer finds us, as it is seen from a hop.
func (l *leg) contact(from hop) *gosip.ContactHeader {
	at := l.ua.advertised(from)
	h := &gosip.ContactHeader{Address: gosip.Uri{Scheme: "sip", User: "tieline", Host: at.host, Port: at.port}}
	switch {
	case l.sips: // it says what transport=tls would (https://www.rfc-editor.org/rfc/rfc5630#section-3.1.4)
		h.Address.Scheme = "sips"
	case from.network != udp:
		h.Address.UriParams = gosip.HeaderParams{{K: "transport", V: from.network}}
	}
	return h
}

// newInvite builds the attempt's INVITE.
func (a *attempt) newInvite(seq uint32) *gosip.Request {
	req := a.ua.newRequest(gosip.INVITE, a.target, a.next, newBranch())
	follow(req, a.route)
	a.address(req, "", seq)
	req.AppendHeader(a.contact(a.next))
	req.AppendHeader(gosip.NewHeader("Allow", allow))
	appendAll(req, a.trunk.supported())
	appendAll(req, a.demands())
	a.lasting(req)
	for _, h := range a.identity {
		req.AppendHeader(h)
	}
	if a.trunk.TraceParent && TraceID(a.trace()) != "" {
		req.AppendHeader(gosip.NewHeader(traceParent, a.trace()))
	}
	for _, h := range a.call.dial.Headers {
		req.AppendHeader(gosip.NewHeader(h.Name, strings.TrimSpace(h.Value)))
	}
	describe(req, a.body)
	return req
}

// describe gives a message its description, if there is one.
func describe(msg gosip.Message, sdp []byte) {
	if len(sdp) > 0 {
		msg.AppendHeader(gosip.NewHeader("Content-Type", "application/sdp"))
	}
	msg.SetBody(sdp)
}

// fit moves a request that is too long for UDP to TCP, with the Via and Contact that belong to it
// (https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1).
func (l *leg) fit(req *gosip.Request) error {
	if gosip.NetworkToLower(req.Transport()) != udp || len(req.String()) <= longestDatagram {
		return nil
	}
	if l.trunk.UDPOnly {
		return errors.New("request too long for UDP")
	}
	l.move(req, tcp)
	return nil
}

// move has a request leave over another network.
func (l *leg) move(req *gosip.Request, network string) {
	to := hop{network, hopOf(req).addr}
	at := l.ua.advertised(to)
	via := req.Via()
	via.Transport, via.Host, via.Port = gosip.NetworkToUpper(network), at.host, at.port
	if ours := req.Contact(); ours != nil {
		contact := l.contact(to)
		contact.Address.User = ours.Address.User
		req.ReplaceHeader(contact)
	}
	l.ua.direct(req, to)
}

// oversized reports that a request was moved to TCP for its length, and nobody there takes TCP: then it leaves over UDP all
// the same (https://www.rfc-editor.org/rfc/rfc3261#section-18.1.1).
func (l *leg) oversized(req *gosip.Request, err error) bool {
	refused := errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.ENOPROTOOPT)
	return refused && hopOf(req).network == tcp && l.next.network == udp && len(req.String()) > longestDatagram && !l.gone
}

// newCancel builds the CANCEL from the INVITE that was sent: same Request-URI, top Via, From, To, Call-ID, CSeq number
// and Route (https://www.rfc-editor.org/rfc/rfc3261#section-9.1).
func newCancel(invite *gosip.Request) *gosip.Request { return like(invite, gosip.CANCEL, invite.To()) }

// like builds a request of the INVITE's own transaction: a CANCEL, or the ACK of a refusal.
func like(invite *gosip.Request, method gosip.RequestMethod, to *gosip.ToHeader) *gosip.Request {
	req := gosip.NewRequest(method, invite.Recipient)
	req.AppendHeader(invite.Via().Clone())
	for _, name := range []string{"Route", "Max-Forwards", "From"} {
		gosip.CopyHeaders(name, invite, req)
	}
	req.AppendHeader(&gosip.ToHeader{DisplayName: to.DisplayName, Address: to.Address, Params: to.Params})
	gosip.CopyHeaders("Call-ID", invite, req)
	req.AppendHeader(&gosip.CSeqHeader{SeqNo: invite.CSeq().SeqNo, MethodName: method})
	req.SetBody(nil)
	req.SetTransport(invite.Transport())
	req.SetDestination(invite.Destination())
	req.Laddr = invite.Laddr
	return req
}

// refused takes a final response from 300 on to an INVITE whose transaction was stopped, and acknowledges it in the
// transaction's stead (https://www.rfc-editor.org/rfc/rfc3261#section-17.1.1.3).
func (u *UserAgent) refused(res *gosip.Response) {
	if res.StatusCode < 300 || res.CSeq() == nil || res.CSeq().MethodName != gosip.INVITE || res.To() == nil {
		return
	}
	if ack := u.acks.of(res); ack != nil {
		u.send(ack) // the copy has just come by a connection that is there
		return
	}
	a, ok := u.table.find(res, fromTag(res)).(*attempt)
	if !ok {
		return
	}
	a.post(func(now time.Time) {
		if a.invite == nil || a.invite.CSeq().SeqNo != res.CSeq().SeqNo {
			return
		}
		u.acks.keep(a.invite, res)
		a.write(like(a.invite, gosip.ACK, res.To()))
		a.response(now, int(res.CSeq().SeqNo), res)
	})
}

// request sends req in a client transaction. done runs in the call's goroutine: with the final response, of an INVITE
// only from 300 on, or with the error that ended the transaction without one. An INVITE is not repeated any more, and
// does not leave, once stopc is closed; a nil stopc never is.
func (l *leg) request(req *gosip.Request, stopc <-chan struct{}, done func(time.Time, *gosip.Response, error)) {
	l.pending++
	finish := func(res *gosip.Response, err error) {
		l.post(func(now time.Time) {
			l.pending--
			if l.oversized(req, err) {
				l.network = udp
				l.move(req, udp)
				l.request(req, stopc, done)
				return
			}
			if res != nil || err != nil {
				done(now, res, err)
			}
		})
	}
	// Over UDP the request leaves before this returns; a TCP connection takes its time.
	var tx *gosip.ClientTx
	var err error
	atOnce := gosip.NetworkToLower(req.Transport()) == udp
	if atOnce {
		tx, err = l.begin(req, stopc)
	}
	l.ua.live.Add(1)
	go func() {
		defer l.ua.live.Done()
		if !atOnce {
			tx, err = l.begin(req, stopc)
		}
		if err != nil {
			finish(nil, err)
			return
		}
		l.await(tx, stopc, finish)
	}()
}

var errUnwanted = errors.New("hung up before the INVITE could leave")

// begin starts a client transaction; over UDP it does not block. An INVITE that nobody wants any more by the time there
// is a connection does not leave.
func (l *leg) begin(req *gosip.Request, stopc <-chan struct{}) (*gosip.ClientTx, error) {
	u := l.ua
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	if to := hopOf(req); to.network != udp {
		if err := u.connect(to, l.trunk); err != nil {
			return nil, err
		}
	}
	select {
	case <-stopc:
		return nil, errUnwanted
	default:
	}
	return u.transactions.Request(ctx, req)
}

// await reads a transaction until its final response: sipgo blocks on what nobody reads. A 2xx to INVITE is observe's
// to deliver; here it is neither a response nor an error. Behind a provisional response sipgo waits for ever; the
// leg does not.
func (l *leg) await(tx *gosip.ClientTx, stopc <-chan struct{}, finish func(*gosip.Response, error)) {
	for {
		select {
		case res := <-tx.Responses():
			if res.IsProvisional() {
				if l.heard != nil {
					l.post(l.heard)
				}
				continue
			}
			if invite := tx.Origin(); invite.IsInvite() && res.IsSuccess() {
				res = nil
			} else if invite.IsInvite() && res.To() != nil {
				l.ua.acks.keep(invite, res)
				tx.Terminate()
			}
			finish(res, nil)
			return
		case <-tx.Done():
			finish(nil, cmp.Or(tx.Err(), gosip.ErrTransactionTerminated))
			return
		case <-stopc:
			tx.Terminate()
			finish(nil, nil)
			return
		case <-l.donec:
			tx.Terminate()
			return
		case <-l.ua.abandonc:
			tx.Terminate()
			return
		}
	}
}

// write sends an ACK, which has no transaction. Over a connection that is gone it takes a goroutine to make a new one.
func (l *leg) write(req *gosip.Request) {
	u, to := l.ua, hopOf(req)
	if to.network == udp || u.connected(to) {
		u.send(req)
		return
	}
	u.live.Add(1)
	go func() {
		defer u.live.Done()
		if u.connect(to, l.trunk) == nil {
			u.send(req)
		}
	}()
}

func (u *UserAgent) send(req *gosip.Request) {
	if err := u.transport.WriteMsg(req); err != nil {
		u.unsent("ACK not sent") // its 2xx will be repeated, and with it the ACK
	}
}
