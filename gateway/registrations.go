package gateway

import (
	"fmt"
	"os"
	"strings"
	"sync"
	"time"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip"
)

// accountOf is a trunk's own account; nil: it has none.
func accountOf(a config.Account) *sip.Account {
	if a.User == "" {
		return nil
	}
	return &sip.Account{User: a.User, Expires: a.Expires}
}

// RegisterEndPoint implements tracker.Telephony.
func (c *calls) RegisterEndPoint(id string, l interaction.Line, news func(interaction.Input)) {
	g := c.groups[l.Group]
	user, ok := c.users[l.Group].of(l.EndPoint, g.Registration)
	if !ok {
		c.log.Warn("an end-point has no password to register with", "group", l.Group)
		news(interaction.EndPointLost{ID: id, Error: bridge.Forbidden.Error("The gateway has no password for this end-point.")})
		return
	}
	r := sip.Registration{
		Trunk: g.Registrar(), User: l.EndPoint, Username: user.Name, Password: user.Password.Reveal(), Expires: g.Registration.Expires,
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.registered[id] = c.ua.Register(r, func(s sip.RegistrationState) {
		if s.Registered {
			news(interaction.EndPointRegistered{ID: id})
			return
		}
		o := s.Outcome
		c.log.Info("an end-point is not registered", "group", l.Group, "cause", o.Cause, "status", o.Status, "trunk", o.Trunk, "detail", o.Detail)
		news(interaction.EndPointLost{ID: id, Error: unregistered(o)})
	})
}

// UnregisterEndPoint implements tracker.Telephony.
func (c *calls) UnregisterEndPoint(id string) {
	c.mu.Lock()
	r := c.registered[id]
	delete(c.registered, id)
	c.mu.Unlock()
	if r != nil {
		r.Unregister()
	}
}

// unregistered tells why the telephone system does not have a registration (docs/protocol.md §7.1).
func unregistered(o sip.Outcome) *bridge.Error {
	e := failure(o)
	switch o.Cause {
	case sip.Forbidden:
		e.Message = "The telephone system does not accept this end-point's registration."
	case sip.NotFound:
		e.Message = "The telephone system does not know this end-point."
	case sip.Network:
		e.Message = "The telephone system's registrar could not be reached."
	default:
		e.Message = "The telephone system did not register this end-point."
	}
	return e
}

// users are what a group's end-points are registered with. The file is read again when it has changed; where it cannot
// be read, or has faults, what it said before counts on.
//
// Concurrency: safe for use from anywhere.
type users struct {
	file string
	warn func(error)

	mu      sync.Mutex
	listed  map[string]config.User
	changed time.Time
	size    int64
}

func newUsers(file string, warn func(error)) *users { return &users{file: file, warn: warn} }

// of finds an end-point's user name and password: those of the file, else those of the group.
func (u *users) of(endPoint string, r config.Registration) (config.User, bool) {
	if found, ok := u.list()[endPoint]; ok {
		return found, true
	}
	if r.Password == "" {
		return config.User{}, false
	}
	fill := func(s string) string { return strings.ReplaceAll(s, "{end-point}", endPoint) }
	user := config.User{Name: endPoint, Password: config.Secret(fill(r.Password.Reveal()))}
	if r.Username != "" {
		user.Name = fill(r.Username)
	}
	return user, true
}

// list is what the file says.
func (u *users) list() map[string]config.User {
	if u.file == "" {
		return nil
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	info, err := os.Stat(u.file)
	if err == nil && info.ModTime().Equal(u.changed) && info.Size() == u.size {
		return u.listed
	}
	text, err := os.ReadFile(u.file)
	if err != nil {
		u.warn(fmt.Errorf("the users file cannot be read: %w", err))
		return u.listed
	}
	if info != nil {
		u.changed, u.size = info.ModTime(), info.Size()
	}
	listed, err := config.ParseUsers(text)
	if err != nil {
		u.warn(fmt.Errorf("the users file has faults: %w", err))
		return u.listed
	}
	u.listed = listed
	return u.listed
}
