package natsbus

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/gofrs/flock"
	"github.com/nats-io/nats-server/v2/server"
)

const serverStart = 30 * time.Second

// embeddedServer is the nats-server in this process.
type embeddedServer struct {
	*server.Server
	tempDir string       // removed at the end, in memory mode
	lock    *flock.Flock // on its directory: two servers would ruin each other's store
}

func startServer(cfg Config) (_ *embeddedServer, err error) {
	e := &embeddedServer{}
	dir := cfg.Embedded.Dir
	if cfg.Embedded.Memory {
		// JetStream writes a few files even when all streams are in memory.
		if dir, err = os.MkdirTemp("", "tieline-nats-"); err != nil {
			return nil, fmt.Errorf("embedded NATS server: %w", err)
		}
		e.tempDir = dir
		defer func() {
			if err != nil {
				_ = os.RemoveAll(dir) // the first error says more
			}
		}()
	}
	opts, err := serverOptions(cfg, dir)
	if err != nil {
		return nil, err
	}
	if e.lock, err = lockDir(dir); err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			_ = e.lock.Close() // the first error says more
		}
	}()
	if e.Server, err = server.NewServer(opts); err != nil {
		return nil, fmt.Errorf("embedded NATS server: %w", err)
	}
	log := &serverLog{log: cfg.Logger.With("component", "nats-server")}
	e.SetLoggerV2(log, false, false, false)
	e.Start()
	if fatal := log.fatal.Load(); fatal != nil || !e.ReadyForConnections(serverStart) {
		e.Shutdown()
		e.WaitForShutdown()
		if fatal = log.fatal.Load(); fatal != nil {
			return nil, fmt.Errorf("embedded NATS server: %s", *fatal)
		}
		return nil, errors.New("embedded NATS server: not ready in time")
	}
	return e, nil
}

// lockDir makes sure that no other process serves from the directory. The operating system lets go of the lock when the
// process ends, however it does.
func lockDir(dir string) (*flock.Flock, error) {
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, fmt.Errorf("embedded NATS server: %w", err)
	}
	lock := flock.New(filepath.Join(dir, "tieline.lock"))
	ours, err := lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("embedded NATS server: lock the directory: %w", err)
	}
	if !ours {
		return nil, fmt.Errorf("embedded NATS server: another process serves from the directory %s", dir)
	}
	return lock, nil
}

func serverOptions(cfg Config, dir string) (*server.Options, error) {
	o := &server.Options{
		ServerName:             cfg.Name,
		DontListen:             cfg.Embedded.Listen == "",
		NoSigs:                 true, // the process's signals belong to its main
		JetStream:              true,
		DisableJetStreamBanner: true,
		StoreDir:               dir,
		SyncAlways:             cfg.Embedded.SyncAlways,
		Username:               cfg.Credentials.User,
		Password:               cfg.Credentials.Password,
		Authorization:          cfg.Credentials.Token,
	}
	if o.DontListen {
		return o, nil
	}
	host, port, err := net.SplitHostPort(cfg.Embedded.Listen)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS server: listen address: %w", err)
	}
	n, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("embedded NATS server: listen port %q is not a number", port)
	}
	o.Host, o.Port = host, int(n)
	if n == 0 {
		o.Port = server.RANDOM_PORT
	}
	return o, nil
}

// stop returns once the stores are on disk and every goroutine of the server has ended.
func (e *embeddedServer) stop() error {
	e.Shutdown()
	e.WaitForShutdown()
	err := e.lock.Close()
	if e.tempDir != "" {
		err = errors.Join(err, os.RemoveAll(e.tempDir))
	}
	return err
}

// serverLog passes the server's log lines on, each at its own level.
type serverLog struct {
	log   *slog.Logger
	fatal atomic.Pointer[string] // why the server could not start
}

func (l *serverLog) say(level slog.Level, format string, v []any) {
	if l.log.Enabled(context.Background(), level) {
		l.log.Log(context.Background(), level, fmt.Sprintf(format, v...))
	}
}

// The notices of a server inside the process are for who debugs it.
func (l *serverLog) Noticef(format string, v ...any) { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Warnf(format string, v ...any)   { l.say(slog.LevelWarn, format, v) }
func (l *serverLog) Errorf(format string, v ...any)  { l.say(slog.LevelError, format, v) }
func (l *serverLog) Debugf(format string, v ...any)  { l.say(slog.LevelDebug, format, v) }
func (l *serverLog) Tracef(format string, v ...any)  { l.say(slog.LevelDebug-4, format, v) }

func (l *serverLog) Fatalf(format string, v ...any) {
	why := fmt.Sprintf(format, v...)
	l.fatal.CompareAndSwap(nil, &why)
	l.say(slog.LevelError, format, v)
}
