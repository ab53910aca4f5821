package config

import (
	"strings"
	"testing"
)

// FuzzUsers: a users file is read or is at fault, and no fault shows a password.
func FuzzUsers(f *testing.F) {
	f.Add("1001 secret\n# x\n\n1002 u secret\n1001 again\na b c d\n")
	f.Fuzz(func(t *testing.T, text string) {
		users, err := ParseUsers([]byte(text))
		for name, u := range users {
			if name == "" || u.Name == "" || u.Password == "" {
				t.Errorf("%q has %+v", name, u)
			}
		}
		if err != nil && !strings.HasPrefix(err.Error(), "line ") {
			t.Errorf("%v names no line", err)
		}
	})
}

// FuzzStation: what is taken apart can be put together again.
func FuzzStation(f *testing.F) {
	f.Add("sip:a@b@c")
	f.Fuzz(func(t *testing.T, uri string) {
		if user, trunk, ok := SplitStation(uri); ok && (user == "" || trunk == "" || "sip:"+user+"@"+trunk != uri) {
			t.Errorf("%q becomes %q and %q", uri, user, trunk)
		}
	})
}
