package sip_test

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/cockroachdb/datadriven"

	"tieline/sip"
	"tieline/sip/siptest"
)

// registration plays what is about registrars:
//
//	register 1001 [trunk=pbx] [username=…] [password=…] [expires=600s]     setup has own [rate=1] [proxy] for the trunk's
//	unregister 1001
//	registrar [at=pbx] [silent [trying]] [status=503 retry-after=60] [min=120] [max=60] [route=<sip:192.0.2.20:5060;lr>]     from now on
//	bindings                                 how many contacts the registrars have
func (l *ladder) registration(d *datadriven.TestData) string {
	switch d.Cmd {
	case "register":
		user := d.CmdArgs[0].Key
		r := sip.Registration{
			Trunk: arg(d, "trunk", "pbx"), User: user, Username: arg(d, "username", "gw"), Password: arg(d, "password", "secret"),
			Expires: duration(l.t, arg(d, "expires", "0s")),
		}
		if l.registered == nil {
			l.registered = map[string]*sip.Registered{}
		}
		l.registered[user] = l.ua.Register(r, func(s sip.RegistrationState) { l.print("register        " + user + " " + told(s)) })
	case "unregister":
		l.registered[d.CmdArgs[0].Key].Unregister()
	case "registrar":
		r := siptest.Registrar{Silent: d.HasArg("silent"), ServiceRoute: strings.ReplaceAll(arg(d, "route", ""), "|", ",")}
		for key, n := range map[string]*int{"status": &r.Status, "retry-after": &r.RetryAfter, "min": &r.MinExpires, "max": &r.MaxExpires} {
			*n, _ = strconv.Atoi(arg(d, key, "0"))
		}
		r.Trying = d.HasArg("trying")
		for name, p := range l.pbxs {
			if arg(d, "at", name) == name {
				p.SetRegistrar(r)
			}
		}
	case "bindings":
		n := 0
		for _, p := range l.pbxs {
			n += p.Bindings()
		}
		wanted, up := l.ua.Registrations()
		return fmt.Sprintf("%s%d at the registrar; wanted %d, registered %d; trunks without: %v\n", l.crossed(), n, wanted, up, l.ua.Unregistered())
	}
	return l.crossed()
}

// registers is what setup says of a trunk's registrations.
func registers(d *datadriven.TestData, t *sip.Trunk) {
	t.RegistrationsPerSecond, _ = strconv.Atoi(arg(d, "rate", "0"))
	if d.HasArg("own") {
		t.Register = &sip.Account{User: arg(d, "own", "gw")}
	}
	if d.HasArg("proxy") {
		t.OutboundProxy, t.Address = t.Address, "192.0.2.99"
	}
}

func told(s sip.RegistrationState) string {
	if s.Registered {
		return "registered"
	}
	text := "not registered: " + s.Outcome.Cause.String()
	if s.Outcome.Retryable {
		text += " retryable"
	}
	if s.Outcome.Status != 0 {
		text += fmt.Sprintf(" %d %s", s.Outcome.Status, s.Outcome.Phrase)
	}
	if s.Outcome.Detail != "" {
		text += ", " + s.Outcome.Detail
	}
	if s.Again > 0 {
		text += ", again in " + s.Again.String()
	}
	return text
}
