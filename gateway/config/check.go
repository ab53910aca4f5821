package config

import (
	"fmt"
	"strings"
	"time"

	"tieline/bridge"
)

// checker looks at what the decoder read: whether the values make sense, alone and together.
type checker struct {
	*decoder
	readFile ReadFile
}

// config checks everything.
func (k *checker) config(c *Config) {
	k.processor(c.Processor)
	k.nats(&c.NATS)
	k.sip(c.SIP, c.Trunks)
	c.SIP.HEP = k.hep("sip.hep", c.SIP.HEP)
	if len(c.Trunks) == 0 {
		k.wrong("trunks", "is missing: name at least one trunk with its address")
	}
	for name, t := range c.Trunks {
		c.Trunks[name] = k.trunk(join("trunks", name), name, t, c.SIP)
	}
	k.sameTLS(c.Trunks)
	if len(c.ChannelGroups) == 0 {
		k.wrong("channel-groups", "is missing: name at least one channel group with its trunks")
	}
	for name, g := range c.ChannelGroups {
		c.ChannelGroups[name] = k.group(join("channel-groups", name), name, g, c.Trunks)
	}
	k.optionalAddress("admin.listen", c.Admin.Listen)
	oneOf(k, "log.level", c.Log.Level, Debug, Info, Warn, Error)
	oneOf(k, "log.format", c.Log.Format, Text, JSON)
}

func (k *checker) processor(p Processor) {
	if k.required("processor.id", p.ID, "name this gateway's processor, like acme") {
		k.id("processor.id", p.ID)
	}
	for token := range strings.SplitSeq(p.Prefix, ".") {
		k.id("processor.prefix", token)
	}
	k.duration("processor.drain-timeout", p.DrainTimeout, 0, 24*time.Hour)
	k.number("processor.limits.sessions", p.Limits.Sessions, 1, 1_000_000)
	k.number("processor.limits.channels", p.Limits.Channels, 1, 100_000)
	k.number("processor.limits.pending-requests", p.Limits.PendingRequests, 1, 100_000)
	if least, most := Size(4<<10), Size(512<<10); p.Limits.Body < least || p.Limits.Body > most {
		k.wrong("processor.limits.body", "must be from 4KiB to 512KiB")
	}
}

// id checks what becomes a part of a NATS subject. bridge.CheckID forbids what subjects
// forbid; '$' in front is kept out too, because servers keep such subjects for themselves.
func (k *checker) id(path, id string) {
	if err := bridge.CheckID(id); err != nil {
		k.wrong(path, "%v: use letters, digits, - and _", err)
	} else if strings.HasPrefix(id, "$") {
		k.wrong(path, "must not start with $: use letters, digits, - and _")
	}
}

// wrong reports a fault at path, or at the nearest section that the file does contain. A
// path whose value was faulty already is left alone: one mistake, one line.
func (k *checker) wrong(path, format string, args ...any) {
	for _, b := range k.broken {
		if path == b {
			return
		}
	}
	k.fault(k.position(path), path, format, args...)
}

// position is where path stands, or the nearest section around it.
func (k *checker) position(path string) position {
	for path != "" {
		if p, ok := k.at[path]; ok {
			return p
		}
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	return position{1, 1}
}

// present tells whether the file itself contains path.
func (k *checker) present(path string) bool {
	_, ok := k.at[path]
	return ok
}

func (k *checker) required(path, value, what string) bool {
	if value == "" {
		k.wrong(path, "is missing: %s", what)
	}
	return value != ""
}

// duration checks least ≤ d ≤ most.
func (k *checker) duration(path string, d, least, most time.Duration) {
	if d < least || d > most {
		k.wrong(path, "must be from %s to %s", short(least), short(most))
	}
}

// number checks least ≤ n ≤ most.
func (k *checker) number(path string, n, least, most int) {
	if n < least || n > most {
		k.wrong(path, "must be from %d to %d", least, most)
	}
}

// oneOf checks a closed list of words.
func oneOf[T ~string](k *checker, path string, value T, words ...T) {
	var list []string
	for _, w := range words {
		if value == w {
			return
		}
		list = append(list, string(w))
	}
	k.wrong(path, "must be %s", strings.Join(list, " or "))
}

// printable checks a text that goes into a SIP header.
func (k *checker) printable(path, value string) {
	for _, r := range value {
		if r < ' ' || r == 0x7f || r == '\ufffd' {
			k.wrong(path, "contains a control character or a byte that is not UTF-8: remove it")
			return
		}
	}
}

// short writes 24h instead of 24h0m0s.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

func indexed(path string, i int) string { return fmt.Sprintf("%s[%d]", path, i) }
