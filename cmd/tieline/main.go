package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"runtime/debug"
	"syscall"

	"tieline/sip"
)

// Exit codes that all commands share.
const (
	exitOK     = 0
	exitFailed = 1
	exitUsage  = 2
)

// console is the process as a command sees it.
type console struct {
	out, err io.Writer
	signalc  <-chan os.Signal
	getenv   func(string) string
}

type command struct {
	name, about string
	run         func(c console, args []string) int
}

func commands() []command {
	return []command{
		{"demo", "everything in one process, nothing to configure: dials, answers, transfers, shows what happens", console.demo},
		{"run", "the gateway, from a configuration file", console.serve},
		{"check", "validate a configuration file, or ask a running gateway whether it is ready", console.check},
		{"dial", "dial a number through a running gateway, as a processor bridge does", console.dial},
		{"answer", "wait for a call through a running gateway, and accept it", console.answer},
		{"watch", "follow what a running gateway says, live", console.watch},
		{"bench", "calls per second, CPU and latencies against a scripted or another PBX", console.bench},
		{"version", "print the version", console.version},
	}
}

func main() {
	// What the SIP library has to say about a gateway goes to the gateway's log; this is the rest.
	sip.QuietLibrary(slog.New(slog.DiscardHandler))
	signalc := make(chan os.Signal, 2)
	signal.Notify(signalc, os.Interrupt, syscall.SIGTERM)
	os.Exit(run(os.Args[1:], console{out: os.Stdout, err: os.Stderr, signalc: signalc, getenv: os.Getenv}))
}

// run executes one command line and returns the exit code.
func run(args []string, c console) int {
	if len(args) == 0 {
		c.help(c.err)
		return exitUsage
	}
	switch args[0] {
	case "help", "-h", "-help", "--help":
		if len(args) > 1 {
			return run([]string{args[1], "-h"}, c)
		}
		c.help(c.out)
		return exitOK
	}
	for _, cmd := range commands() {
		if cmd.name == args[0] {
			return cmd.run(c, args[1:])
		}
	}
	fmt.Fprintf(c.err, "tieline: there is no command %q; see: tieline help\n", args[0])
	return exitUsage
}

func (c console) help(w io.Writer) {
	fmt.Fprint(w, "Tieline makes and takes the calls on a telephone system (SIP) that a contact centre asks for over NATS.\n\nUsage: tieline COMMAND [flags]\n\n")
	for _, cmd := range commands() {
		fmt.Fprintf(w, "  %-8s %s\n", cmd.name, cmd.about)
	}
	fmt.Fprint(w, "\nStart with: tieline demo\nFlags of a command: tieline COMMAND -h\n")
}

// flags makes the flag set of a command; usage is everything that -h prints above the flags.
func (c console) flags(name, usage string) *flag.FlagSet {
	fs := flag.NewFlagSet(name, flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	fs.Usage = func() {
		fmt.Fprintln(fs.Output(), usage)
		fmt.Fprint(fs.Output(), "\nFlags:\n")
		fs.PrintDefaults()
	}
	return fs
}

// parse reads the flags, which may stand before and behind the arguments, and wants as many
// arguments as there are names. ok is false when the command is over, with its exit code.
func (c console) parse(fs *flag.FlagSet, args []string, names ...string) (values []string, code int, ok bool) {
	for {
		err := fs.Parse(args)
		if errors.Is(err, flag.ErrHelp) {
			fs.SetOutput(c.out)
			fs.Usage()
			return nil, exitOK, false
		}
		if err != nil {
			return nil, c.misused(fs, err.Error()), false
		}
		if fs.NArg() == 0 {
			break
		}
		values, args = append(values, fs.Arg(0)), fs.Args()[1:]
	}
	switch {
	case len(values) < len(names):
		return nil, c.misused(fs, names[len(values)]+" is missing"), false
	case len(values) > len(names):
		return nil, c.misused(fs, fmt.Sprintf("unexpected argument %q", values[len(names)])), false
	}
	return values, exitOK, true
}

func (c console) misused(fs *flag.FlagSet, why string) int {
	fmt.Fprintf(c.err, "tieline %s: %s; see: tieline %s -h\n", fs.Name(), why, fs.Name())
	return exitUsage
}

// fail prints one clear line.
func (c console) fail(name string, err error) int {
	fmt.Fprintf(c.err, "tieline %s: %v\n", name, err)
	return exitFailed
}

// interruptible returns a context that ends with the first signal.
func (c console) interruptible() (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(context.Background())
	go func() {
		select {
		case <-c.signalc:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

func (c console) version(args []string) int {
	if _, code, ok := c.parse(c.flags("version", "Usage: tieline version"), args); !ok {
		return code
	}
	fmt.Fprintln(c.out, "tieline", version())
	return exitOK
}

// version is what the Go tool wrote into the binary.
func version() string {
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(unknown)"
}
