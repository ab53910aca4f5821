package config

import (
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/parser"
)

const example = "../../deploy/tieline.example.yaml"

func readExample(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile(example)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestExampleIsValid(t *testing.T) {
	c, err := Load(example)
	if err != nil {
		t.Fatalf("the example does not load:\n%v", err)
	}
	if len(c.Trunks) != 2 || len(c.ChannelGroups["sales"].Trunks) != 2 {
		t.Errorf("the example lost its two trunks: %+v", c)
	}
}

// Every key of Config stands in the example, switched on or off ("#key: value"), below a
// comment; and every key of the example is one of Config's.
func TestExampleIsComplete(t *testing.T) {
	documented := keysOfExample(readExample(t))
	known := map[string]bool{}
	keysOfType(reflect.TypeFor[Config](), "", known)
	for key := range known {
		if explained, ok := documented[key]; !ok {
			t.Errorf("%s does not stand in %s", key, example)
		} else if !explained {
			t.Errorf("%s has no comment above it in %s", key, example)
		}
	}
	for key := range documented {
		if !known[key] {
			t.Errorf("%s stands in %s but is no key of Config", key, example)
		}
	}
}

// The keys that are switched off are right as well: with all of them on, nothing is unknown
// or of the wrong type (that some exclude each other is for the checks that come later).
func TestExampleSwitchedOn(t *testing.T) {
	on := regexp.MustCompile(`(?m)^( *)#([a-z0-9-]+:)`).ReplaceAllString(readExample(t), "$1$2")
	file, err := parser.ParseBytes([]byte(on), 0)
	if err != nil {
		t.Fatal(err)
	}
	c := Default()
	d := &decoder{env: func(string) (string, bool) { return "x", true }, at: map[string]position{}}
	d.documents(file, &c)
	if err := d.faults.err(); err != nil {
		t.Error(err)
	}
}

// Where the example explains a default, the key has that default.
func TestExampleStatesTheDefaults(t *testing.T) {
	c, err := Load(example)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := c.ChannelGroups["sales"].Dial, DefaultGroup().Dial; got != want {
		t.Errorf("dial: %+v, default %+v", got, want)
	}
	if got, want := c.NATS.Retention, Default().NATS.Retention; got != want {
		t.Errorf("retention: %+v, default %+v", got, want)
	}
	if got, want := c.SIP.Listen, Default().SIP.Listen; !reflect.DeepEqual(got, want) {
		t.Errorf("listen: %v, default %v", got, want)
	}
	if got, want := c.Log, Default().Log; got != want {
		t.Errorf("log: %+v, default %+v", got, want)
	}
}

// keysOfExample maps the path of every key, map entries as *, to whether any of its
// occurrences has a comment above it. Names of trunks and groups stand one level below their
// section and are not keys.
func keysOfExample(text string) map[string]bool {
	line := regexp.MustCompile(`^( *)#?([a-z0-9-]+):( |$)`)
	prose := regexp.MustCompile(`^ *# `)
	out := map[string]bool{}
	var path []string
	explained := false
	for l := range strings.Lines(text) {
		m := line.FindStringSubmatch(strings.TrimRight(l, "\n"))
		if m == nil {
			explained = prose.MatchString(l)
			continue
		}
		depth := len(m[1]) / 2
		path = append(path[:min(depth, len(path))], m[2])
		if depth > 0 && (path[0] == "trunks" || path[0] == "channel-groups") {
			path[1] = "*"
		}
		if key := strings.Join(path, "."); path[len(path)-1] != "*" {
			out[key] = out[key] || explained
		}
		explained = false
	}
	return out
}

func keysOfType(t reflect.Type, path string, out map[string]bool) {
	switch t.Kind() {
	case reflect.Map:
		keysOfType(t.Elem(), path+".*", out)
	case reflect.Struct:
		for i := range t.NumField() {
			at := join(path, t.Field(i).Tag.Get("yaml"))
			out[at] = true
			keysOfType(t.Field(i).Type, at, out)
		}
	}
}
