package gateway

import (
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"tieline/bridge"
	"tieline/sip"
)

// metrics is what a Prometheus server reads at /metrics; docs/operations.md explains each. What happens is counted here; how
// things are is asked when somebody reads (readings.go). Labels are names of the configuration and words of ours: never a
// number, never anything that a peer or a bridge has sent.
//
// Concurrency: safe for use from anywhere.
type metrics struct {
	registry *prometheus.Registry
	calls    *prometheus.CounterVec
	stations *prometheus.CounterVec
	setup    prometheus.Histogram
	probes   *prometheus.CounterVec
	probing  *prometheus.HistogramVec
}

const (
	outbound = "outbound"
	inbound  = "inbound"
	// answered is the outcome of a call that was; all others are codes of docs/protocol.md §2.
	answered = "ANSWERED"
)

func newMetrics() *metrics {
	m := &metrics{
		registry: prometheus.NewRegistry(),
		calls: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tieline_calls_total", Help: "Calls that were answered or failed, by direction and outcome.",
		}, []string{"direction", "outcome"}),
		stations: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tieline_station_calls_total", Help: "Calls to agents' own phones that were answered or failed, by outcome.",
		}, []string{"outcome"}),
		setup: prometheus.NewHistogram(prometheus.HistogramOpts{
			Name: "tieline_call_setup_seconds", Help: "From an outbound call's first INVITE to the callee's first sign of life.",
			Buckets: []float64{.05, .1, .25, .5, 1, 2, 4, 7, 11, 20, 40},
		}),
		probes: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "tieline_probes_total", Help: "OPTIONS sent to a trunk, by result.",
		}, []string{"trunk", "result"}),
		probing: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "tieline_probe_seconds", Help: "From an OPTIONS to its answer.",
			Buckets: []float64{.001, .005, .01, .025, .05, .1, .25, .5, 1, 2, 4},
		}, []string{"trunk"}),
	}
	m.registry.MustRegister(m.calls, m.stations, m.setup, m.probes, m.probing,
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	for _, direction := range []string{outbound, inbound} { // so that the first one is an increase
		m.calls.WithLabelValues(direction, answered)
	}
	return m
}

func (m *metrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// dialled returns what counts a call to a callee.
func (m *metrics) dialled() func(sip.Event) {
	start, reached := time.Now(), false
	return func(e sip.Event) {
		switch e.(type) {
		case sip.Progress, sip.Answered:
			if !reached {
				reached = true
				m.setup.Observe(time.Since(start).Seconds())
			}
		default:
		}
		m.count(e, m.calls.MustCurryWith(prometheus.Labels{"direction": outbound}), codeOf)
	}
}

// refused counts a call that the group's limit has kept out.
func (m *metrics) refused() { m.calls.WithLabelValues(outbound, string(bridge.LimitExceeded)).Inc() }

// station counts a call to an agent's phone.
func (m *metrics) station(e sip.Event) { m.count(e, m.stations, codeOf) }

// offered counts a call that has come in.
func (m *metrics) offered(e sip.Event) {
	m.count(e, m.calls.MustCurryWith(prometheus.Labels{"direction": inbound}), missedAs)
}

func (m *metrics) count(e sip.Event, in *prometheus.CounterVec, code func(sip.Outcome) bridge.Code) {
	switch e := e.(type) {
	case sip.Answered:
		in.WithLabelValues(answered).Inc()
	case sip.Failed:
		in.WithLabelValues(string(code(e.Outcome))).Inc()
	default: // has been counted, or will be
	}
}

func codeOf(o sip.Outcome) bridge.Code { return refusals(o.Cause).code }

// missedAs is why a call that came in was not answered: who was refused by us was refused for a reason.
func missedAs(o sip.Outcome) bridge.Code {
	if o.Cause == sip.Cancelled {
		switch o.Status {
		case 404:
			return bridge.NotFound
		case 480:
			return bridge.Unavailable
		case 486:
			return bridge.Busy
		case 503:
			return bridge.ShuttingDown
		case 500:
			return bridge.Internal
		case 603:
			return bridge.Rejected
		}
	}
	return codeOf(o)
}

// probed counts an OPTIONS.
func (m *metrics) probed(r sip.ProbeResult) {
	result := "answered"
	switch r.Reply.Status {
	case 0:
		result = "unanswered"
	case 503:
		result = "unavailable"
	}
	m.probes.WithLabelValues(r.Trunk, result).Inc()
	if r.Reply.Status != 0 {
		m.probing.WithLabelValues(r.Trunk).Observe(r.Took.Seconds())
	}
}
