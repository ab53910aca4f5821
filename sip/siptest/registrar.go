package siptest

import (
	"strconv"
	"strings"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// binding is a contact of somebody who is registered.
type binding struct {
	callID string
	seq    uint32
	until  time.Time
}

// SetRegistrar changes how REGISTER is answered from now on.
func (p *PBX) SetRegistrar(r Registrar) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.config.Registrar = r
}

// Disconnect closes all TCP connections.
func (p *PBX) Disconnect() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := range p.streams {
		_ = c.Close()
	}
}

// Bindings is how many contacts are registered at present, of all users.
func (p *PBX) Bindings() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := 0
	for _, contacts := range p.bindings {
		for _, b := range contacts {
			if b.until.After(time.Now()) {
				n++
			}
		}
	}
	return n
}

// register answers a REGISTER. p.mu is held.
func (p *PBX) register(from peer, req *gosip.Request) {
	r := p.config.Registrar
	var opts []Option
	if r.RetryAfter > 0 {
		opts = append(opts, Header("Retry-After", strconv.Itoa(r.RetryAfter)))
	}
	asked := r.asked(req)
	switch {
	case r.Status != 0:
		p.reply(from, req, Reply(r.Status, "", opts...))
	case asked > 0 && asked < r.MinExpires: // https://www.rfc-editor.org/rfc/rfc3261#section-10.3
		p.reply(from, req, Reply(423, "", Header("Min-Expires", strconv.Itoa(r.MinExpires))))
	case r.Forgetful:
		p.reply(from, req, Reply(200, "", Header("Expires", strconv.Itoa(asked))))
	default:
		p.reply(from, req, p.bind(req, asked))
	}
}

// asked is for how many seconds a binding is asked for, as far as that is granted.
func (r Registrar) asked(req *gosip.Request) int {
	seconds := 3600
	if h := req.GetHeader("Expires"); h != nil {
		seconds, _ = strconv.Atoi(h.Value())
	}
	if r.MaxExpires > 0 {
		seconds = min(seconds, r.MaxExpires)
	}
	return seconds
}

// bind changes the bindings of an address of record and lists them (https://www.rfc-editor.org/rfc/rfc3261#section-10.3).
func (p *PBX) bind(req *gosip.Request, seconds int) Response {
	user := req.To().Address.User
	if p.bindings[user] == nil {
		p.bindings[user] = map[string]binding{}
	}
	for _, h := range req.GetHeaders("Contact") {
		contact := h.Value()
		old, known := p.bindings[user][contact]
		fresh := binding{req.CallID().Value(), req.CSeq().SeqNo, time.Now().Add(time.Duration(seconds) * time.Second)}
		if known && old.callID == fresh.callID && old.seq >= fresh.seq {
			p.complain("%s: REGISTER with a CSeq that does not count on", user)
		}
		if seconds == 0 && !known {
			p.complain("%s: REGISTER removes what is not there", user)
		}
		if p.bindings[user][contact] = fresh; seconds == 0 {
			delete(p.bindings[user], contact)
		}
	}
	var opts []Option
	for contact, b := range p.bindings[user] {
		if left := time.Until(b.until); left > 0 {
			opts = append(opts, Header("Contact", contact+";expires="+strconv.Itoa(int(left/time.Second))))
		}
	}
	if r := p.config.Registrar.ServiceRoute; r != "" {
		opts = append(opts, Header("Service-Route", strings.ReplaceAll(r, "_", " ")))
	}
	return Reply(200, "", opts...)
}
