package gateway

import (
	"maps"
	"slices"
	"strings"
	"time"

	"tieline/bridge"
	"tieline/gateway/config"
	"tieline/interaction"
	"tieline/sip/trunk"
)

// The states of a channel group in cti.status (docs/protocol.md §4).
const (
	groupUp   = "UP"
	groupDown = "DOWN"
)

// tellHealth tells the bridge how the gateway is while it serves: STARTED, or DEGRADED while a channel group has no trunk
// that is up. The tracker tells only what has changed; so does the log, of each trunk.
func (g *Gateway) tellHealth() {
	trunks := g.ua.Trunks()
	up, reasons := map[string]bool{}, []string{}
	for _, t := range trunks {
		up[t.Name] = t.Up
		if !t.Up {
			reasons = append(reasons, t.Name+" "+t.Reason())
		}
	}
	g.noteTrunks(trunks)
	s := bridge.StatusBody{Status: interaction.StatusStarted, ChannelGroups: map[string]string{}}
	var down []string
	for name, group := range g.cfg.ChannelGroups {
		s.ChannelGroups[name] = groupUp
		if !reachable(group, up) {
			s.ChannelGroups[name] = groupDown
			down = append(down, name)
		}
	}
	var why []string
	if len(down) > 0 {
		slices.Sort(down)
		why = append(why, "no trunk is up for "+strings.Join(down, ", ")+": "+strings.Join(reasons, ", "))
	}
	if without := g.ua.Unregistered(); len(without) > 0 {
		why = append(why, "not registered, so that no calls come in: "+strings.Join(without, ", "))
	}
	if len(why) > 0 {
		s.Status, s.Reason = interaction.StatusDegraded, strings.Join(why, "; ")
	}
	g.tell(s)
}

// reachable reports that calls of a group would work: one of its trunks is up and, where its agents have phones, one that
// these are at.
func reachable(group config.ChannelGroup, up map[string]bool) bool {
	phones := group.Station.Trunks()
	return slices.ContainsFunc(group.Trunks, func(t config.GroupTrunk) bool { return up[t.Name] }) &&
		(len(phones) == 0 || slices.ContainsFunc(phones, func(t string) bool { return up[t] }))
}

// noteTrunks logs each trunk that went down or came up, or is down for another reason than before.
func (g *Gateway) noteTrunks(trunks []trunk.State) {
	for _, t := range trunks {
		old := g.noted[t.Name]
		g.noted[t.Name] = t
		switch {
		case t.Reason() == old.Reason():
		case t.Up && held(old): // nobody knows yet whether it is up
			g.opts.Log.Info("a trunk is given calls again", "trunk", t.Name, "left-alone-for", t.Since.Sub(old.Since).Round(time.Millisecond))
		case t.Up:
			g.opts.Log.Info("a trunk is up", "trunk", t.Name, "down-for", t.Since.Sub(old.Since).Round(time.Millisecond))
		case !held(t):
			g.opts.Log.Warn("a trunk is down", "trunk", t.Name, "because-it", t.Reason(), "see", settingOf(t))
		default:
			g.opts.Log.Warn("a trunk is left alone", "trunk", t.Name, "because-it", t.Reason(), "until", t.Until.UTC().Format(time.RFC3339), "see", settingOf(t))
		}
	}
}

// held reports that a trunk is out for a time, and not until an answer says otherwise.
func held(t trunk.State) bool { return t.Why == trunk.Asked || t.Why == trunk.Lost }

// settingOf is the key of the configuration that decides about it.
func settingOf(t trunk.State) string {
	switch t.Why {
	case trunk.Silent, trunk.Declines:
		return "trunks." + t.Name + ".probe"
	case trunk.Asked:
		return "sip.max-hold-down"
	case trunk.Lost:
		return "sip.hold-down"
	case trunk.Nowhere:
		return "trunks." + t.Name + ".address"
	}
	return "trunks." + t.Name
}

// stopping tells the bridge that the gateway takes no new work.
func (g *Gateway) stopping(status, reason string) {
	s := bridge.StatusBody{Status: status, Reason: reason, ChannelGroups: map[string]string{}}
	for name := range g.cfg.ChannelGroups {
		s.ChannelGroups[name] = groupDown
	}
	g.tell(s)
}

func (g *Gateway) tell(s bridge.StatusBody) {
	if old := g.status.Swap(&s); old.Status != s.Status {
		g.opts.Log.Info("status", "status", s.Status, "reason", s.Reason)
	}
	g.tracker.SetStatus(s)
}

// callable is the status that a call would get that comes in now; 0: somebody may be there to take it. Unlike unready it
// does not ask for a trunk that is up: whoever asks is one.
func (g *Gateway) callable() int {
	s := g.status.Load().Status
	switch {
	case s != interaction.StatusStarted && s != interaction.StatusDegraded, !g.connected.Load():
		return 503
	case g.tracker.Channels() == 0: // the bridge has nobody whom it could be for
		return 480
	}
	return 0
}

// unready lists what keeps a call from working.
func (g *Gateway) unready() []string {
	var reasons []string
	s := g.status.Load()
	if s.Status != interaction.StatusStarted && s.Status != interaction.StatusDegraded {
		reasons = append(reasons, "the gateway is "+s.Status)
	}
	if !g.connected.Load() {
		reasons = append(reasons, "NATS is not connected")
	}
	if s.Status == interaction.StatusDegraded && !slices.Contains(slices.Collect(maps.Values(s.ChannelGroups)), groupUp) {
		reasons = append(reasons, s.Reason)
	}
	return reasons
}
