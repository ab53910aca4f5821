package natsbus

import (
	"fmt"
	"maps"
	"regexp"
	"strings"

	"github.com/nats-io/nats.go/micro"
)

// announce lets whoever looks for services find the gateway (docs/protocol.md §2, ADR-32 of
// NATS: https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-32.md). It
// has no endpoints: an endpoint would be a second way in, with a queue group and an order of
// its own. So STATS tells since when it serves, and counts nothing.
//
// Nobody stops it: it ends with the connection, before the callback that closes endedc.
// (Stop would drain its subscriptions, which must not happen in a testing/synctest bubble.)
func (b *Bus) announce() error {
	gonec := make(chan struct{})
	_, err := micro.AddService(b.nc, micro.Config{
		Name:        serviceName,
		Version:     semver(b.cfg.Version),
		Description: "Telephony channel gateway for the processor " + b.space.Processor,
		Metadata:    b.metadata(),
		DoneHandler: func(micro.Service) { close(gonec) },
	})
	if err != nil {
		return fmt.Errorf("announcing the gateway: %w", err)
	}
	b.gonec = gonec
	return nil
}

// metadata is what the configuration adds, and where to find what the intake serves.
func (b *Bus) metadata() map[string]string {
	m := map[string]string{}
	maps.Copy(m, b.cfg.Metadata)
	m["processor"], m["prefix"] = b.space.Processor, b.space.Prefix
	m["groups"] = strings.Join(b.cfg.Groups, " ") // no id has a space in it
	return m
}

// semver is the version as the service API demands it: the "v" of Go is taken off, and what
// has no number, such as a build from a working tree, is 0.0.0 with its name behind.
func semver(version string) string {
	if v := strings.TrimPrefix(version, "v"); regexp.MustCompile(semverPattern).MatchString(v) {
		return v
	}
	name := strings.Trim(regexp.MustCompile(`[^0-9A-Za-z]+`).ReplaceAllString(version, "-"), "-")
	if name == "" {
		return "0.0.0"
	}
	return "0.0.0+" + name
}

// semverPattern is the one of https://semver.org/, without its groups.
const semverPattern = `^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)` +
	`(-(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(\.(0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*)?` +
	`(\+[0-9a-zA-Z-]+(\.[0-9a-zA-Z-]+)*)?$`
