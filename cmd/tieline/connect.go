package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"os"
	"os/user"
	"strings"
	"time"

	"golang.org/x/term"

	"tieline/bridge"
	"tieline/bridge/natsbus"
	"tieline/gateway/ladder"
)

// peerFlags are the flags that every command has which joins a running system as a bridge.
type peerFlags struct {
	cfg natsbus.PeerConfig
}

func addPeerFlags(fs *flag.FlagSet) *peerFlags {
	p := &peerFlags{}
	c := &p.cfg
	fs.StringVar(&c.URL, "nats", "nats://127.0.0.1:4222", "`URL` of the NATS server")
	fs.StringVar(&c.Space.Processor, "processor", "acme", "the processor's `name` (processor.id of the gateway)")
	fs.StringVar(&c.Space.Prefix, "prefix", "cti", "first `part` of every subject")
	fs.StringVar(&c.Credentials.User, "user", "", "NATS `user`")
	fs.StringVar(&c.Credentials.Password, "password", "", "NATS `password`; better in the environment as TIELINE_NATS_PASSWORD")
	fs.StringVar(&c.Credentials.Token, "token", "", "NATS `token`, instead of user and password")
	fs.StringVar(&c.Credentials.CredsFile, "creds", "", "NATS credentials `file` (.creds)")
	fs.StringVar(&c.CAFile, "ca", "", "PEM `file` with the authorities of the server's certificate")
	return p
}

// connect joins the bus. It does not wait for a server that is not there.
func (c console) connect(ctx context.Context, p *peerFlags) (*natsbus.Peer, error) {
	if p.cfg.Credentials.Password == "" {
		p.cfg.Credentials.Password = c.getenv("TIELINE_NATS_PASSWORD")
	}
	ctx, cancel := context.WithTimeout(ctx, connectPatience)
	defer cancel()
	peer, err := natsbus.Connect(ctx, p.cfg)
	if err != nil {
		return nil, fmt.Errorf("NATS cannot be reached: %w", err)
	}
	return peer, nil
}

const connectPatience = 4 * time.Second

// style fits ladder lines to where they go: colours and the width of the window on a
// terminal only (https://no-color.org).
func (c console) style(w io.Writer) ladder.Style {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return ladder.Style{}
	}
	s := ladder.Style{Colour: c.getenv("NO_COLOR") == ""}
	if width, _, err := term.GetSize(int(f.Fd())); err == nil {
		s.Width = width
	}
	return s
}

// toldBy writes a failure as a bridge gets it: the message, the code, the SIP status.
func toldBy(e *bridge.Error) string {
	text := fmt.Sprintf("%s (%s", e.Message, e.Code)
	if e.Message == "" {
		text = fmt.Sprintf("The call failed (%s", e.Code)
	}
	if e.Tried != nil && e.Tried.SIP != nil {
		text += fmt.Sprintf(", SIP %d %s", e.Tried.SIP.Status, e.Tried.SIP.Phrase)
	}
	if e.Tried != nil && e.Tried.Trunk != "" {
		text += ", trunk " + e.Tried.Trunk
	}
	if e.RetryAfter != nil {
		text += fmt.Sprintf(", try again in %d s", *e.RetryAfter)
	}
	return text + ")"
}

// defaultSession is user@host without what an id may not contain.
func defaultSession() string {
	name := "tieline"
	if u, err := user.Current(); err == nil && u.Username != "" {
		name = u.Username
	}
	if host, err := os.Hostname(); err == nil {
		name += "@" + host
	}
	id := strings.Map(func(r rune) rune {
		if bridge.CheckID(string(r)) != nil {
			return '-'
		}
		return r
	}, name)
	return id[:min(len(id), 40)]
}
