package resolve

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/miekg/dns"

	"tieline/sip/locate"
)

const (
	// patience is how long a server is waited for, rounds how often all of them are asked, restFor how long one that was
	// silent is asked last.
	patience = time.Second
	rounds   = 2
	restFor  = 30 * time.Second

	// datagram is the longest answer over UDP that no network fragments.
	datagram = 1232

	// maxAliases is how many CNAME records lead from one name to another at most.
	maxAliases = 8
)

var (
	errNobody  = errors.New("no server answered")
	errAliases = errors.New("one alias leads to another without end")
)

// query asks the servers for a name, and for what it turns out to be an alias of.
func (r *Resolver) query(ctx context.Context, q locate.Question) (locate.Answer, error) {
	name, ttl := q.Name, longest
	for range maxAliases {
		found, err := r.one(ctx, locate.Question{Name: name, Type: q.Type})
		if err != nil {
			return locate.Answer{}, err
		}
		ttl = min(ttl, found.answer.TTL)
		found.answer.TTL = ttl
		if found.alias == "" {
			return found.answer, nil
		}
		name = found.alias
	}
	return locate.Answer{}, errAliases
}

// one asks one server after the other until one of them knows.
func (r *Resolver) one(ctx context.Context, q locate.Question) (finding, error) {
	failed := errNobody
	for range rounds {
		for _, server := range r.servers() {
			reply, err := r.exchange(ctx, server, q)
			if ctx.Err() != nil {
				return finding{}, fmt.Errorf("%w in time: %w", failed, ctx.Err())
			}
			r.rest(server, err != nil)
			if err != nil {
				continue
			}
			found, err := read(reply, q)
			if err == nil {
				return found, nil
			}
			failed = err
		}
		if !errors.Is(failed, errNobody) { // they are there, and do not know: they will not the next moment
			break
		}
	}
	return finding{}, failed
}

// exchange asks one server: over UDP, then over TCP if there is more to say, and in the words of 1987 if it does not
// understand others.
func (r *Resolver) exchange(ctx context.Context, server string, q locate.Question) (*dns.Msg, error) {
	m := new(dns.Msg)
	m.SetQuestion(q.Name, types()[q.Type])
	m.SetEdns0(datagram, false)
	reply, err := r.send(ctx, "udp", server, m)
	if err == nil && reply.Rcode == dns.RcodeFormatError {
		m.Extra = nil
		reply, err = r.send(ctx, "udp", server, m)
	}
	if err == nil && reply.Truncated {
		return r.send(ctx, "tcp", server, m)
	}
	return reply, err
}

// send has a port of its own for each question, and an id that nobody can guess: what does not fit both of them and the
// question is not the answer (https://www.rfc-editor.org/rfc/rfc5452#section-9.1).
func (r *Resolver) send(ctx context.Context, network, server string, m *dns.Msg) (*dns.Msg, error) {
	ctx, cancel := context.WithTimeout(ctx, r.cfg.Patience)
	defer cancel()
	var d net.Dialer
	c, err := d.DialContext(ctx, network, server)
	if err != nil {
		return nil, err
	}
	defer c.Close()
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Now()) }) // whoever waits is waked
	defer stop()
	m.Id = dns.Id()
	conn := dns.Conn{Conn: c, UDPSize: datagram}
	if err := conn.WriteMsg(m); err != nil {
		return nil, err
	}
	for {
		reply, err := conn.ReadMsg()
		var op *net.OpError
		switch {
		case err == nil && answers(reply, m):
			return reply, nil
		case errors.As(err, &op), err != nil && network == "tcp":
			return nil, err
		case network == "tcp":
			return nil, errors.New("answer to another question")
		}
	}
}
