package gateway_test

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"tieline/bridge"
	"tieline/bridge/contract"
	"tieline/gateway"
	"tieline/gateway/config"
	"tieline/interaction/tracker"
	"tieline/sip/siptest"
)

// readmeBlocks are the code blocks of README.md in a language.
func readmeBlocks(t *testing.T, language string, want int) (blocks []string) {
	t.Helper()
	for _, b := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(read(t, "README.md"), -1) {
		blocks = append(blocks, b[1])
	}
	if len(blocks) != want {
		t.Fatalf("README.md has %d blocks in %s, want %d", len(blocks), language, want)
	}
	return blocks
}

// readmeBlock is the one code block in a language.
func readmeBlock(t *testing.T, language string) string {
	t.Helper()
	return readmeBlocks(t, language, 1)[0]
}

// The least configuration is one, and so it is with the groups of agents with a phone.
func TestReadmeConfiguration(t *testing.T) {
	blocks := readmeBlocks(t, "yaml", 2)
	before, _, _ := strings.Cut(blocks[0], "channel-groups:")
	for _, text := range []string{blocks[0], before + blocks[1]} {
		if _, err := config.Parse([]byte(text), nil, nil); err != nil {
			t.Errorf("%v in:\n%s", err, text)
		}
	}
}

// The first dial of README.md is code that runs: here in Go, and by `make interop` in JavaScript.
func TestReadmeIsTheCode(t *testing.T) {
	for language, path := range map[string]string{"go": "gateway/firstdial_test.go", "js": ".ci/interop/javascript/first-dial.mjs"} {
		_, code, _ := strings.Cut(read(t, path), "\n)\n\n") // what Go has above its first function
		if language == "js" {
			code = read(t, path)
		}
		if block := readmeBlock(t, language); block != code {
			t.Errorf("README.md shows something else than %s:\n%s", path, block)
		}
	}
}

func TestReadmeFirstDialInGo(t *testing.T) {
	if err := firstDial(t.Context(), readmeGateway(t)); err != nil {
		t.Errorf("the first dial: %v", err)
	}
}

// The commands for the nats command line, with their quotes as a shell takes them, do what
// they say. What nats itself makes of its flags is not tested.
func TestReadmeFirstDialInTheShell(t *testing.T) {
	const stubs = `
		nats() { [ "$1" != req ] || { printf '%s\n' "$@"; echo end; }; }
		uuidgen() { echo a-guid; }
		kill() { :; }
	`
	out, err := exec.CommandContext(t.Context(), "sh", "-euc", stubs+readmeBlock(t, "sh")).Output()
	if err != nil {
		t.Fatal(err)
	}
	b := newOutageBridge(t, strings.TrimPrefix(readmeGateway(t), "nats://"))
	defer b.peer.Close()
	b.awaitStarted(t)
	var asked []bridge.Name
	for command := range strings.SplitSeq(strings.TrimSuffix(string(out), "end\n"), "end\n") {
		m, to := natsRequest(t, strings.Split(strings.TrimSpace(command), "\n"))
		m.RequestID = fmt.Sprint("r", len(asked))
		answer, err := b.peer.Request(t.Context(), m, to)
		if err != nil || answer.Result != bridge.Success {
			t.Fatalf("%s: %s %v", m.Name, answer.Line(), err)
		}
		asked = append(asked, m.Name)
	}
	if len(asked) != 8 || asked[6] != bridge.ChannelDial {
		t.Errorf("asked %v", asked)
	}
}

// natsRequest is the message that `nats req -H KEY:VALUE … SUBJECT BODY` sends.
func natsRequest(t *testing.T, args []string) (bridge.Message, bridge.Target) {
	t.Helper()
	space := bridge.Space{Prefix: "cti", Processor: "acme"}
	header, plain := bridge.Header{}, []string{}
	for i := 1; i < len(args); i++ {
		if args[i] != "-H" {
			plain = append(plain, args[i])
			continue
		}
		i++
		key, value, _ := strings.Cut(args[i], ":")
		header[key] = []string{value}
	}
	if len(plain) != 2 || !json.Valid([]byte(plain[1])) {
		t.Fatalf("not a subject and a body: %q", plain)
	}
	m, _, err := space.Decode(header, []byte(plain[1]))
	if err != nil || m.RequestID != "a-guid" {
		t.Fatalf("%q: %v", args, err)
	}
	to, err := space.ParseTo(plain[0])
	if err != nil {
		t.Fatal(err)
	}
	return m, to
}

// readmeGateway is a gateway with a PBX that answers, where a bridge of another process
// would reach it.
func readmeGateway(t *testing.T) (url string) {
	t.Helper()
	cfg, err := config.Parse([]byte(strings.Replace(systemConfig, "{listen: none}}", "{listen: "+freePort(t)+"}}", 1)), nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	network := siptest.NewNetwork(1)
	pbx, err := siptest.New(siptest.Config{Conn: network.MustListen("192.0.2.10:5060"), Numbers: siptest.Numbers(0, 0)})
	if err != nil {
		t.Fatal(err)
	}
	heard := contract.Heard(t)
	g, err := gateway.New(cfg, gateway.Options{
		Memory: true, PacketConn: network.MustListen("192.0.2.1:5060"), Log: slog.New(slog.DiscardHandler),
		BusTrace: func(c tracker.Crossing) {
			if !c.In {
				heard(c.Message)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(runInBackground(t, pbx.Run))
	t.Cleanup(runInBackground(t, g.Run))
	return g.NATS()
}
