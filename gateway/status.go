package gateway

import (
	"maps"
	"slices"
	"strings"

	"tieline/bridge"
	"tieline/interaction"
)

// The states of a channel group in cti.status (docs/protocol.md §4).
const (
	groupUp   = "UP"
	groupDown = "DOWN"
)

// tellHealth tells the bridge how the gateway is while it serves: STARTED, or DEGRADED while a
// channel group has no trunk that is up. The tracker tells only what has changed.
func (g *Gateway) tellHealth() {
	up := map[string]bool{}
	for _, t := range g.ua.Trunks() {
		up[t.Name] = t.Up
	}
	s := bridge.StatusBody{Status: interaction.StatusStarted, ChannelGroups: map[string]string{}}
	var down []string
	for name, group := range g.cfg.ChannelGroups {
		s.ChannelGroups[name] = groupUp
		if !slices.ContainsFunc(group.Trunks, func(t string) bool { return up[t] }) {
			s.ChannelGroups[name] = groupDown
			down = append(down, name)
		}
	}
	if len(down) > 0 {
		slices.Sort(down)
		s.Status, s.Reason = interaction.StatusDegraded, "no trunk is up for "+strings.Join(down, ", ")
	}
	g.tell(s)
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
