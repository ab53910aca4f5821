package config

import (
	"strings"
	"testing"
	"time"
)

func TestRegistration(t *testing.T) {
	c, err := Parse([]byte(`processor: {id: acme}
trunks: {pbx: {address: pbx.example.com, outbound-proxy: "proxy.example.com:5070", username: gw, password: x, register: "4930123400"}}
channel-groups:
  sales: {trunks: [pbx], login: register, registration: {password-file: /secret}}
  other: {trunks: [pbx]}
`), env, files)
	if err != nil {
		t.Fatal(err)
	}
	pbx, sales, other := c.Trunks["pbx"], c.ChannelGroups["sales"], c.ChannelGroups["other"]
	if pbx.Register != (Account{User: "4930123400", Expires: time.Hour}) || pbx.OutboundProxy != "proxy.example.com:5070" || pbx.RegistrationsPerSecond != 50 {
		t.Errorf("got %+v", pbx)
	}
	if sales.Registration.Password != "s3cr3t" || sales.Registrar() != "pbx" || sales.Registration.Expires != time.Hour {
		t.Errorf("got %+v", sales.Registration)
	}
	if other.Login != LoginNone {
		t.Errorf("got %v", other.Login)
	}
}

func TestRegistrationFaults(t *testing.T) {
	_, err := Parse([]byte(`processor: {id: acme}
trunks:
  pbx: {address: pbx.example.com, outbound-proxy: "a b", register: {expires: 5s}, registrations-per-second: 0, challenge: true}
channel-groups:
  a: {trunks: [pbx], login: yes please}
  b: {trunks: [pbx], login: register}
  c: {trunks: [pbx], login: register, registration: {trunk: nowhere, password: x, expires: 1s}}
  d: {trunks: [pbx], registration: {password: x}}
  e: {trunks: [pbx], login: register, registration: {users-file: /secret}}
  f: {trunks: [pbx], login: register, registration: {users-file: /nowhere}}
`), env, files)
	const want = `
3:51: trunks.pbx.outbound-proxy: must be a host or host:port, like pbx.example.com or 192.0.2.7:5060
3:58: trunks.pbx.register: has no credentials: add username and password to the trunk
3:58: trunks.pbx.register.user: is missing: name the account that is registered, like 4930123400
3:78: trunks.pbx.register.expires: must be from 1m to 168h
3:109: trunks.pbx.registrations-per-second: must be from 1 to 10000
3:123: trunks.pbx.challenge: has nothing to ask for: add username and password to the trunk
5:29: channel-groups.a.login: must be none or register
6:3: channel-groups.b.registration: has no passwords: add password (with {end-point}, if they differ), password-file or users-file
7:61: channel-groups.c.registration.trunk: there is no trunk of this name: add it to trunks or correct the name
7:92: channel-groups.c.registration.expires: must be from 1m to 168h
8:22: channel-groups.d.registration: has no effect: say login: register, or remove it
9:66: channel-groups.e.registration.users-file: line 1: must be END-POINT PASSWORD or END-POINT USERNAME PASSWORD
10:66: channel-groups.f.registration.users-file: cannot be read: open /nowhere: file does not exist`
	if err == nil || strings.TrimSpace(err.Error()) != strings.TrimSpace(want) {
		t.Errorf("got\n%v", err)
	}
}

func TestParseUsers(t *testing.T) {
	users, err := ParseUsers([]byte("# agents\n1001 s3cr3t\n\n  1002\tagent-1002  geheim\r\n"))
	if err != nil || len(users) != 2 || users["1001"] != (User{"1001", "s3cr3t"}) || users["1002"] != (User{"agent-1002", "geheim"}) {
		t.Errorf("got %v %v", users, err)
	}
	_, err = ParseUsers([]byte("1001 s3cr3t\n1001 geheim\n1003\n1 2 3 4\n"))
	const want = `line 2: the end-point stands there a second time
line 3: must be END-POINT PASSWORD or END-POINT USERNAME PASSWORD
line 4: must be END-POINT PASSWORD or END-POINT USERNAME PASSWORD`
	if err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
}
