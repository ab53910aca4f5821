package sip

import (
	"context"
	"errors"
	"net"
	"sync"
	"time"

	"golang.org/x/sync/singleflight"
)

const (
	// connectTimeout bounds setting up a connection, its TLS included.
	connectTimeout = 5 * time.Second
	// writeTimeout bounds what a peer that does not read can hold up.
	writeTimeout = 5 * time.Second
)

// dialer makes the connections of a network, TCP or TLS. To sipgo it is a listener that accepts them, so that all
// connections, made and accepted, are ours to secure, to trace, to bound and to wait for.
type dialer struct {
	ua      *UserAgent
	network string
	serves  func() // sipgo accepts
	group   singleflight.Group
	connc   chan net.Conn
	donec   chan struct{}
	close   func()
}

func newDialer(u *UserAgent, network string) *dialer {
	u.pending.Add(1)
	d := &dialer{ua: u, network: network, serves: sync.OnceFunc(u.pending.Done), connc: make(chan net.Conn), donec: make(chan struct{})}
	d.close = sync.OnceFunc(func() { close(d.donec) })
	return d
}

func (d *dialer) Accept() (net.Conn, error) {
	d.serves()
	select {
	case c := <-d.connc:
		return c, nil
	case <-d.donec:
		return nil, net.ErrClosed
	}
}

func (d *dialer) Close() error {
	d.close()
	return nil
}

// Addr is a formality: nobody can connect here.
func (d *dialer) Addr() net.Addr { return &net.TCPAddr{IP: net.IPv4zero} }

var errOtherTLS = errors.New("another trunk with other TLS settings is connected to the same address")

// connect makes sure that there is a connection for a trunk's requests; callers at the same time share one. It blocks.
func (u *UserAgent) connect(to hop, t *Trunk) error {
	d := u.dialers[to.network]
	if d == nil {
		return errors.New("no way to connect over " + to.network)
	}
	_, err, _ := d.group.Do(to.String(), func() (any, error) { return nil, d.open(to, t) })
	if err == nil && to.network == secure && !u.securedFor(to, t) {
		return errOtherTLS
	}
	return err
}

func (d *dialer) open(to hop, t *Trunk) error {
	if d.ua.connected(to) {
		return nil
	}
	d.ua.note(to, "")
	ctx, cancel := context.WithTimeout(context.Background(), connectTimeout)
	defer cancel()
	nd := net.Dialer{LocalAddr: d.source(to)}
	conn, err := nd.DialContext(ctx, tcp, to.String())
	if err != nil {
		return err
	}
	s := d.ua.newStream(conn, to)
	s.settings = t.TLS
	s.pulse.every = t.KeepAlive
	if to.network == secure {
		safe := d.ua.secured[t.Name].client(conn)
		s.Conn = safe
		if err := handshake(ctx, safe); err != nil {
			_ = s.Close() // of no use to anybody
			return err
		}
	}
	select {
	case d.connc <- s:
	case <-d.donec:
		_ = s.Close() // nobody has it
		return net.ErrClosed
	}
	<-s.readc // sipgo knows it now
	return nil
}

// source is the address that connections leave from: that of the listener, so that a PBX that knows the gateway by its
// address knows it here too. nil where it listens everywhere.
func (d *dialer) source(to hop) net.Addr {
	for _, network := range []string{d.network, tcp, udp} {
		listening, ok := d.ua.localAddr(network, to.v6())
		if ok && !listening.Addr().IsUnspecified() {
			return &net.TCPAddr{IP: listening.Addr().AsSlice()}
		}
	}
	return nil
}

// connected reports whether there is a connection to an address.
func (u *UserAgent) connected(to hop) bool {
	c, err := u.transport.GetConnection(to.network, to.String())
	if err != nil {
		return false
	}
	_, _ = c.TryClose() // gives the reference back
	return true
}

// securedFor reports whether the connection to an address is what the trunk's settings ask for. One that the peer has made
// is what those of the listener do.
func (u *UserAgent) securedFor(to hop, t *Trunk) bool {
	u.mu.Lock()
	defer u.mu.Unlock()
	for s := range u.streams {
		if s.to == to && !s.pulse.theirs {
			return s.settings == t.TLS
		}
	}
	return true
}

// note keeps why a connection broke, in words that can be shown: the transactions that end with it are not told. Empty:
// forgotten.
func (u *UserAgent) note(to hop, why string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if why == "" {
		delete(u.broken, to)
	} else {
		u.broken[to] = why
	}
}

// transportFault says why something could not be sent, without addresses.
func (u *UserAgent) transportFault(to hop, err error) string {
	var op *net.OpError
	var shake handshakeError
	u.mu.Lock()
	why := u.broken[to]
	u.mu.Unlock()
	switch {
	case errors.As(err, &shake):
		return shake.Error()
	case errors.Is(err, errOtherTLS):
		return errOtherTLS.Error()
	case why != "":
		return why
	case errors.As(err, &op) && op.Err != nil:
		return "transport failed: " + op.Err.Error()
	}
	return "transport failed"
}
