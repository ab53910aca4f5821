package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Account is a trunk's own account at its registrar. A single value stands for its user.
type Account struct {
	User    string        `yaml:"user"` // empty: the trunk is not registered with
	Expires time.Duration `yaml:"expires"`
}

// shorthand is what a single value stands for.
func (a *Account) shorthand() *string { return &a.User }

// Login is what it takes to log an end-point in.
type Login string

// The ways.
const (
	LoginNone     Login = "none"     // nothing: the telephone system sends its calls anyway
	LoginRegister Login = "register" // it is registered while it is logged in
)

// Registration is how end-points are registered, for LoginRegister.
type Registration struct {
	Trunk string `yaml:"trunk"` // empty: the group's first
	// Username and Password answer challenges; {end-point} is that of the channel. Empty Username: the end-point.
	Username     string `yaml:"username"`
	Password     Secret `yaml:"password"`
	PasswordFile string `yaml:"password-file"`
	// UsersFile has those of single end-points; see ParseUsers.
	UsersFile string        `yaml:"users-file"`
	Expires   time.Duration `yaml:"expires"`
}

// Registrar is the trunk that a group's end-points are registered at.
func (g ChannelGroup) Registrar() string {
	if g.Registration.Trunk != "" || len(g.Trunks) == 0 {
		return g.Registration.Trunk
	}
	return g.Trunks[0].Name
}

// User is what an end-point is registered with.
type User struct {
	Name     string
	Password Secret
}

// ParseUsers reads a users file: in each line an end-point, a user name where that is not the end-point, and a password,
// with spaces in between. Empty lines, and those that begin with #, say nothing. Errors name the line and no secret.
func ParseUsers(text []byte) (map[string]User, error) {
	users := map[string]User{}
	var errs []error
	n := 0
	for line := range strings.Lines(string(text)) {
		n++
		words := strings.Fields(line)
		switch {
		case len(words) == 0 || strings.HasPrefix(words[0], "#"):
			continue
		case len(words) != 2 && len(words) != 3:
			errs = append(errs, fmt.Errorf("line %d: must be END-POINT PASSWORD or END-POINT USERNAME PASSWORD", n))
			continue
		}
		if _, twice := users[words[0]]; twice {
			errs = append(errs, fmt.Errorf("line %d: the end-point stands there a second time", n))
		}
		u := User{Name: words[0], Password: Secret(words[len(words)-1])}
		if len(words) == 3 {
			u.Name = words[1]
		}
		users[words[0]] = u
	}
	return users, errors.Join(errs...)
}

// registration returns r with its secret.
func (k *checker) registration(path string, g ChannelGroup, trunks map[string]Trunk) Registration {
	r := g.Registration
	oneOf(k, path+".login", g.Login, LoginNone, LoginRegister)
	path += ".registration"
	if g.Login != LoginRegister {
		if k.present(path) {
			k.wrong(path, "has no effect: say login: register, or remove it")
		}
		return r
	}
	if _, known := trunks[r.Trunk]; r.Trunk != "" && !known {
		k.wrong(path+".trunk", "there is no trunk of this name: add it to trunks or correct the name")
	}
	k.printable(path+".username", r.Username)
	k.duration(path+".expires", r.Expires, time.Minute, 7*24*time.Hour)
	r.Password = k.secret(path+".password", r.Password, path+".password-file", r.PasswordFile)
	if text, ok := k.readable(path+".users-file", r.UsersFile); ok {
		if _, err := ParseUsers(text); err != nil {
			k.wrong(path+".users-file", "%s", strings.ReplaceAll(err.Error(), "\n", "; "))
		}
	}
	if r.Password == "" && r.PasswordFile == "" && r.UsersFile == "" {
		k.wrong(path, "has no passwords: add password (with {end-point}, if they differ), password-file or users-file")
	}
	return r
}

// account checks what is about a trunk's registrar and proxy.
func (k *checker) account(path string, t Trunk) {
	if t.OutboundProxy != "" {
		k.hostPort(path+".outbound-proxy", t.OutboundProxy)
	}
	if t.Challenge && t.Username == "" {
		k.wrong(path+".challenge", "has nothing to ask for: add username and password to the trunk")
	}
	for i, a := range t.ChallengeAlgorithms {
		at := indexed(path+".challenge-algorithms", i)
		oneOf(k, at, a, "SHA-256", "MD5")
		if slices.Contains(t.ChallengeAlgorithms[:i], a) {
			k.wrong(at, "stands here a second time: keep one")
		}
	}
	k.number(path+".registrations-per-second", t.RegistrationsPerSecond, 1, 10000)
	if !k.present(path + ".register") {
		return
	}
	if k.required(path+".register.user", t.Register.User, "name the account that is registered, like 4930123400") {
		k.printable(path+".register.user", t.Register.User)
	}
	k.duration(path+".register.expires", t.Register.Expires, time.Minute, 7*24*time.Hour)
	if t.Username == "" {
		k.wrong(path+".register", "has no credentials: add username and password to the trunk")
	}
}
