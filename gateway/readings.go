package gateway

import (
	"slices"
	"strconv"

	"github.com/prometheus/client_golang/prometheus"
)

// readings is how things are at the moment at which somebody reads the metrics.
type readings struct {
	g *Gateway

	ready, connected, outbox, junk, channels, live     *prometheus.Desc
	trunkUp, trunkHeld, trunkCalls, dropped, atTheDoor *prometheus.Desc
	captured                                           *prometheus.Desc
	wanted, registered, trunkRegistered                *prometheus.Desc
}

func newReadings(g *Gateway) *readings {
	d := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc("tieline_"+name, help, labels, nil)
	}
	return &readings{
		g:          g,
		ready:      d("ready", "1 while /readyz says 200."),
		connected:  d("nats_connected", "1 while the bus is connected."),
		outbox:     d("outbox_messages", "Responses and events that wait to be stored."),
		junk:       d("nats_dropped_total", "Messages from the bus that could not be tied to a request."),
		channels:   d("channels", "Telephony channels that are set up."),
		live:       d("live_calls", "Calls that are being placed, offered or answered; with a station, its legs."),
		trunkUp:    d("trunk_up", "1 while the trunk is given calls.", "trunk"),
		trunkHeld:  d("trunk_held", "1 while the trunk is left alone for a time, after silence or on its own wish.", "trunk"),
		trunkCalls: d("trunk_calls", "Live calls of the trunk, of both directions.", "trunk"),
		wanted:     d("registrations_wanted", "Registrations that there are to be, of trunks and of end-points."),
		registered: d("registrations", "Registrations that there are."),

		trunkRegistered: d("trunk_registered", "1 unless the trunk's own account is not registered; of trunks that have one.", "trunk"),

		dropped:   d("sip_dropped_total", "Datagrams and connections that came from no trunk and were dropped unread."),
		atTheDoor: d("sip_refused_invites_total", "INVITEs that were refused before anybody was offered the call, by status.", "status"),
		captured:  d("hep_packets_total", "SIP messages for the capture server, by result: sent or dropped.", "result"),
	}
}

// Describe implements prometheus.Collector.
func (r *readings) Describe(descs chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{
		r.ready, r.connected, r.outbox, r.junk, r.channels, r.live, r.trunkUp, r.trunkHeld, r.trunkCalls, r.dropped, r.atTheDoor, r.captured,
		r.wanted, r.registered, r.trunkRegistered,
	} {
		descs <- d
	}
}

// Collect implements prometheus.Collector.
func (r *readings) Collect(metrics chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, v float64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
	}
	counter := func(d *prometheus.Desc, v uint64, labels ...string) {
		metrics <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v), labels...)
	}
	g := r.g
	gauge(r.ready, truth(len(g.unready()) == 0))
	gauge(r.connected, truth(g.connected.Load()))
	gauge(r.outbox, float64(g.tracker.Queued()))
	counter(r.junk, g.tracker.Dropped())
	gauge(r.channels, float64(g.tracker.Channels()))
	gauge(r.live, float64(g.calls.count()))
	for _, t := range g.ua.Trunks() {
		gauge(r.trunkUp, truth(t.Up), t.Name)
		gauge(r.trunkHeld, truth(!t.Until.IsZero()), t.Name)
		gauge(r.trunkCalls, float64(t.Calls), t.Name)
	}
	wanted, registered := g.ua.Registrations()
	gauge(r.wanted, float64(wanted))
	gauge(r.registered, float64(registered))
	without := g.ua.Unregistered()
	for name, t := range g.cfg.Trunks {
		if t.Register.User != "" {
			gauge(r.trunkRegistered, truth(!slices.Contains(without, name)), name)
		}
	}
	counter(r.dropped, g.ua.Dropped())
	for status, n := range g.ua.Refused() {
		counter(r.atTheDoor, n, strconv.Itoa(status))
	}
	if g.exporter != nil {
		sent, dropped := g.exporter.Counts()
		counter(r.captured, sent, "sent")
		counter(r.captured, dropped, "dropped")
	}
}

func truth(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
