package natsbus

import (
	"encoding/hex"
	"errors"
	"fmt"
	"hash/fnv"
	"log/slog"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"tieline/bridge"
)

// Config says which NATS to use and what to keep there. Zero values mean the defaults
// named at the fields.
type Config struct {
	// URL of one or more servers, separated by commas. When set, Embedded is ignored.
	URL string
	// Credentials are presented to the server; an embedded server demands User and
	// Password, or Token, from its clients when they are set.
	Credentials Credentials
	// CAFile is a PEM file with the authorities that may sign the server's certificate.
	// Empty: those of the system.
	CAFile string
	// Embedded describes the server inside this process; it is used when URL is empty.
	Embedded *Embedded

	// Space is the processor's part of the subject space.
	Space bridge.Space
	// Groups are the channel groups that Intake serves.
	Groups []string

	// Retention limits what the stream keeps.
	Retention Retention
	// LedgerTTL is how long a request id names its effect; 24 h by default, which is the
	// least that protocol.md §3 allows.
	LedgerTTL time.Duration
	// Duplicates is how long the stream remembers publication ids; 10 min by default.
	Duplicates time.Duration
	// Replicas of stream and ledger in a cluster; 1 by default.
	Replicas int
	// InMemory keeps stream and ledger in the server's memory: nothing survives it.
	InMemory bool

	// Version of the gateway and Metadata are what Intake announces it with; the processor, the
	// prefix and the groups are added. A Version that is no semantic version becomes 0.0.0+VERSION.
	Version  string
	Metadata map[string]string

	// Name is shown in the server's list of clients; "tieline" by default.
	Name string
	// Logger receives what the bus and the embedded server have to say; nil: nothing.
	Logger *slog.Logger
	// OnState is told each time the connection comes (true) or goes (false), the first one
	// included, in order and from a goroutine of the bus. It must not block.
	OnState func(connected bool)

	// inProcess, in tests, is a server that somebody else runs in this process.
	inProcess nats.InProcessConnProvider
}

// Credentials for the server; at most one kind is set.
type Credentials struct {
	User, Password string
	Token          string
	CredsFile      string // user JWT and nkey seed, as made by nsc
	NKeyFile       string // nkey seed
}

// Embedded is a nats-server in this process.
type Embedded struct {
	// Dir holds the stream and the ledger.
	Dir string
	// Memory keeps everything in memory instead; for tests and demonstrations.
	Memory bool
	// Listen is the TCP address for bridges in other processes, such as "127.0.0.1:4222";
	// port 0 picks one (see Bus.URL). Empty: reachable from this process only.
	Listen string
	// SyncAlways has every write on the disk before it is acknowledged, so that it also
	// survives a loss of power; it costs milliseconds each. Otherwise a write is safe from
	// a crash of this process at once and from a loss of power after two minutes at most.
	SyncAlways bool
}

// Retention limits the stream by age and size; the oldest messages go first.
type Retention struct {
	MaxAge   time.Duration // 24 h by default
	MaxBytes int64         // 1 GiB by default, 64 MiB in memory
}

const (
	defaultKeep       = 24 * time.Hour
	defaultMaxBytes   = 1 << 30
	defaultMaxMemory  = 64 << 20
	defaultDuplicates = 10 * time.Minute
	queueGroup        = "tieline"
	serviceName       = "tieline"
)

// withDefaults returns c with everything set, or says what is wrong with it.
func (c Config) withDefaults() (Config, error) {
	if c.URL == "" && c.Embedded == nil && c.inProcess == nil {
		return c, errors.New("neither a NATS URL nor an embedded server is configured")
	}
	if c.URL != "" {
		c.Embedded = nil
	}
	if c.Embedded != nil && c.Embedded.Dir == "" && !c.Embedded.Memory {
		return c, errors.New("the embedded NATS server needs a data directory")
	}
	if err := checkSpace(c.Space); err != nil {
		return c, err
	}
	for _, g := range c.Groups {
		if err := bridge.CheckID(g); err != nil {
			return c, fmt.Errorf("channel group %q: %w", g, err)
		}
	}
	c.InMemory = c.InMemory || c.Embedded != nil && c.Embedded.Memory
	setDefault(&c.Retention.MaxAge, defaultKeep)
	setDefault(&c.Retention.MaxBytes, c.defaultMaxBytes())
	setDefault(&c.LedgerTTL, defaultKeep)
	setDefault(&c.Duplicates, min(defaultDuplicates, c.Retention.MaxAge))
	setDefault(&c.Replicas, 1)
	setDefault(&c.Name, "tieline")
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return c, nil
}

func (c Config) defaultMaxBytes() int64 {
	if c.InMemory {
		return defaultMaxMemory
	}
	return defaultMaxBytes
}

func setDefault[T comparable](v *T, def T) {
	var zero T
	if *v == zero {
		*v = def
	}
}

func checkSpace(s bridge.Space) error {
	if err := bridge.CheckID(s.Processor); err != nil {
		return fmt.Errorf("processor %q: %w", s.Processor, err)
	}
	for token := range strings.SplitSeq(s.Prefix, ".") {
		if err := bridge.CheckID(token); err != nil {
			return fmt.Errorf("subject prefix %q: %w", s.Prefix, err)
		}
	}
	if strings.HasPrefix(s.Prefix, "$") {
		return fmt.Errorf("subject prefix %q: names with $ belong to NATS", s.Prefix)
	}
	return nil
}

// streamName is CTI_<processor> for the usual prefix. Characters that a stream's name may
// not have become '_', with a checksum behind so that two processors never share one.
func streamName(s bridge.Space) string {
	name := strings.ToUpper(s.Prefix) + "_" + s.Processor
	safe := strings.Map(func(r rune) rune {
		if plainKeyRune(r) {
			return r
		}
		return '_'
	}, name)
	if safe == name {
		return safe
	}
	sum := fnv.New32a()
	_, _ = sum.Write([]byte(s.Prefix + " " + s.Processor)) // a hash takes everything
	return safe + "_" + hex.EncodeToString(sum.Sum(nil))
}

func bucketName(s bridge.Space) string { return streamName(s) + "_ledger" }

func countersName(s bridge.Space) string { return streamName(s) + "_seq" }
