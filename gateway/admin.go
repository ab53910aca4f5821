package gateway

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"golang.org/x/sync/errgroup"

	"tieline/gateway/config"
)

const adminTimeout = 5 * time.Second

// startAdmin opens the HTTP listener for health, readiness and metrics:
//
//	GET /healthz  200 while the process works
//	GET /readyz   200 when a call would work: started, not draining, the bus connected, a channel group with a trunk that is up; otherwise 503 and why
//	GET /metrics  how it goes, for Prometheus (docs/operations.md)
func (g *Gateway) startAdmin(parts *errgroup.Group) (*http.Server, error) {
	if g.cfg.Admin.Listen == config.None || g.cfg.Admin.Listen == "" {
		return nil, nil // no listener is wanted
	}
	listener, err := net.Listen("tcp", g.cfg.Admin.Listen)
	if err != nil {
		return nil, fmt.Errorf("gateway: open the admin listener: %w", err)
	}
	server := &http.Server{Handler: g.AdminHandler(), ReadHeaderTimeout: adminTimeout}
	parts.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("gateway: admin listener: %w", err)
		}
		return nil
	})
	return server, nil
}

func (g *Gateway) stopAdmin(server *http.Server) {
	if server == nil {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), adminTimeout)
	defer cancel()
	if err := server.Shutdown(ctx); err != nil {
		g.opts.Log.Warn("the admin listener did not close in time", "error", err)
	}
}

// AdminHandler answers /healthz, /readyz and /metrics, once Open has returned.
func (g *Gateway) AdminHandler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		if reasons := g.unready(); len(reasons) > 0 {
			http.Error(w, strings.Join(reasons, "\n"), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ready")
	})
	mux.Handle("GET /metrics", g.calls.meter.handler())
	return mux
}
