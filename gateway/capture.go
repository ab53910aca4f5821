package gateway

import (
	"context"
	"log/slog"

	"tieline/gateway/config"
	"tieline/sip"
	"tieline/sip/hep"
)

// newCapture is who tells the capture server about SIP messages; nil: nobody is to be told.
func newCapture(c config.HEP, log *slog.Logger) *hep.Exporter {
	if c.Address == "" {
		return nil
	}
	return hep.New(hep.Config{
		Network: string(c.Transport), Address: c.Address, Log: log,
		Agent: hep.Agent{ID: uint32(c.CaptureID), Node: c.Node, Key: string(c.Password)},
	})
}

// captures passes on what crosses the user agent's sockets; nil where nobody is to be told.
func captures(e *hep.Exporter) func(sip.Packet) {
	if e == nil {
		return nil
	}
	return func(p sip.Packet) {
		e.Send(hep.Packet{
			Time: p.Time, Source: p.Source, Destination: p.Destination, Stream: p.Network != "udp", CallID: p.CallID, Payload: p.Data,
		})
	}
}

// capture runs the exporter, if there is one, until ctx ends.
func (g *Gateway) capture(ctx context.Context) error {
	if g.exporter == nil {
		return nil
	}
	return g.exporter.Run(ctx)
}
