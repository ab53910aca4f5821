package gateway

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tieline/gateway/config"
)

// TestUsersFile: a file that was changed counts at once; one that is broken or gone leaves what was said before.
func TestUsersFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "agents")
	write := func(text string, at int) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		when := time.Unix(int64(at), 0)
		if err := os.Chtimes(file, when, when); err != nil {
			t.Fatal(err)
		}
	}
	warned := 0
	u := newUsers(file, func(error) { warned++ })
	group := config.Registration{Username: "agent-{end-point}", Password: "pw-{end-point}"}
	want := func(endPoint, name, password string) {
		t.Helper()
		if got, ok := u.of(endPoint, group); !ok || got.Name != name || got.Password.Reveal() != password {
			t.Errorf("%s is %q with %q", endPoint, got.Name, got.Password.Reveal())
		}
	}
	write("1001 one\n", 1)
	want("1001", "1001", "one")
	want("1002", "agent-1002", "pw-1002")
	write("1001 two\n1002 other three\n", 2)
	want("1001", "1001", "two")
	want("1002", "other", "three")
	write("rubbish\n", 3)
	want("1001", "1001", "two")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	want("1001", "1001", "two")
	if warned == 0 {
		t.Error("nobody was told")
	}
	if _, ok := newUsers("", nil).of("1001", config.Registration{}); ok {
		t.Error("there is no password, but one was found")
	}
}
