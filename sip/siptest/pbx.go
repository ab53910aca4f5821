package siptest

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"time"

	gosip "github.com/emiago/sipgo/sip"
)

// PBX is a scripted SIP peer.
//
// Concurrency: every method is safe for concurrent use. One lock guards all state; whatever a method sends has left
// when it returns, so messages leave in the order of the calls.
type PBX struct {
	// settings
	config Config
	host   string
	port   int
	parser *gosip.Parser

	// state, guarded by mu
	mu         sync.Mutex
	closed     bool
	agenda     agenda
	calls      map[string][]*Call       // by Call-ID, the latest first: a call routed back has that of the call before it
	invites    map[string]*inviteServer // INVITEs received, by branch
	requests   map[requestKey]*request  // requests sent
	streams    map[net.Conn]struct{}
	numbered   int // for tags, branches and contacts, so that ladders repeat themselves
	nonces     nonces
	bindings   map[string]map[string]binding // contacts by user
	readers    sync.WaitGroup
	stats      Stats
	complaints []string
	options    Response // to OPTIONS outside of calls

	// out
	incoming *queue[*Call]
}

// New makes a PBX. It answers nothing before [PBX.Run].
func New(c Config) (*PBX, error) {
	address := c.Address
	switch {
	case address != "":
	case c.Conn != nil:
		address = c.Conn.LocalAddr().String()
	case c.Listener != nil:
		address = c.Listener.Addr().String()
	default:
		return nil, errors.New("siptest: neither Conn nor Listener given")
	}
	host, service, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("siptest: address: %w", err)
	}
	port, err := strconv.Atoi(service)
	if err != nil {
		return nil, fmt.Errorf("siptest: address: %w", err)
	}
	return &PBX{
		config:   c,
		host:     host,
		port:     port,
		parser:   gosip.NewParser(),
		agenda:   newAgenda(),
		calls:    map[string][]*Call{},
		invites:  map[string]*inviteServer{},
		requests: map[requestKey]*request{},
		bindings: map[string]map[string]binding{},
		streams:  map[net.Conn]struct{}{},
		incoming: newQueue[*Call](),
		options:  Reply(200, "", Header("Allow", "INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, INFO, REFER")),
	}, nil
}

// Address is the host:port the PBX puts into its messages.
func (p *PBX) Address() string { return net.JoinHostPort(p.host, strconv.Itoa(p.port)) }

// Next returns the next call for which no number stands, in order of arrival. It returns the context's error when that
// ends first.
func (p *PBX) Next(ctx context.Context) (*Call, error) { return p.incoming.pop(ctx) }

// SetOptions is how OPTIONS outside of calls are answered from now on; Reply(0, ""): not at all.
func (p *PBX) SetOptions(r Response) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.options = r
}

// Live is the call of somebody to a number that was answered and that nobody has ended, or nil: to hang up what a
// [Behaviour] has answered.
func (p *PBX) Live(number string) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, calls := range p.calls {
		for _, c := range calls {
			if !c.outgoing && c.invite.Recipient.User == number && c.liveDialog() != nil {
				return c
			}
		}
	}
	return nil
}

// Run answers until ctx ends or a socket fails, then closes the sockets and waits for all goroutines. Calls are left
// as they are, without a BYE. It returns nil when ctx ended. Call it once.
func (p *PBX) Run(ctx context.Context) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if p.config.Conn != nil {
		if c, ok := p.config.Conn.(interface{ SetReadBuffer(int) error }); ok {
			_ = c.SetReadBuffer(4 << 20) // as much as the system grants: bursts of bench overflow the default
		}
		p.readers.Go(func() { cancel(p.readPackets(p.config.Conn)) })
	}
	if p.config.Listener != nil {
		p.readers.Go(func() { cancel(p.accept(p.config.Listener)) })
	}
	p.keepTime(ctx)
	p.close()
	p.readers.Wait()
	if err := context.Cause(ctx); !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}

// keepTime sets the alarms off until ctx ends.
func (p *PBX) keepTime(ctx context.Context) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		p.mu.Lock()
		wait, pending := p.agenda.run(time.Now())
		p.mu.Unlock()
		timer.Stop()
		if pending {
			timer.Reset(wait)
		}
		select {
		case <-timer.C:
		case <-p.agenda.wakec:
		case <-ctx.Done():
			return
		}
	}
}

func (p *PBX) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	if p.config.Conn != nil {
		_ = p.config.Conn.Close()
	}
	if p.config.Listener != nil {
		_ = p.config.Listener.Close()
	}
	for c := range p.streams {
		_ = c.Close()
	}
}

// number returns the next of the PBX's own numbers. p.mu is held.
func (p *PBX) number() string {
	p.numbered++
	return strconv.Itoa(p.numbered)
}

// mediaPort is that of the call that has just been numbered.
func (p *PBX) mediaPort() int {
	if p.config.OwnPorts {
		return 4000 + 2*(p.numbered%500) // below the SIP port
	}
	return 4000
}

// remember makes a call known by its Call-ID. p.mu is held.
func (p *PBX) remember(c *Call) { p.calls[c.id] = append([]*Call{c}, p.calls[c.id]...) }

// call is the one of a Call-ID whose dialog has a tag of ours, or nil. p.mu is held.
func (p *PBX) call(id, tag string) *Call {
	for _, c := range p.calls[id] {
		if c.dialog(tag) != nil {
			return c
		}
	}
	return nil
}
