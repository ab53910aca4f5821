package resolve_test

import (
	"os"
	"strings"
	"testing"
)

// firstHost is a name of the hosts file other than localhost, or that for want of another.
func firstHost(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("/etc/hosts")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		line, _, _ = strings.Cut(line, "#")
		if f := strings.Fields(line); len(f) > 1 && !strings.Contains(f[1], "localhost") {
			return f[1]
		}
	}
	return "localhost"
}
