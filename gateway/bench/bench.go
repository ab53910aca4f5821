package bench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"runtime"
	"runtime/pprof"
	"time"

	"tieline/bridge"
)

// Options say what is measured. Zero values mean the defaults named at the fields.
type Options struct {
	Rate     int           // dials per second; 200
	For      time.Duration // how long; 10 s
	Channels int           // that dial in turn; default: enough for Rate and Hold
	Hold     time.Duration // from the answer to the release
	// Lean only dials: nothing is initialized, the PBX hangs up, and wrap-up completes. That is
	// five acknowledged writes per call on the bus, instead of some twenty.
	Lean   bool
	PBX    string // host:port of a PBX elsewhere; empty: a scripted one in this process
	Number string // what is dialled; 600
	Memory bool   // NATS keeps everything in memory instead of on file
	Live   int    // how many calls are held to measure memory; 0: none
	// HeapProfile, if set, gets a heap profile while Live calls are held.
	HeapProfile io.Writer
	// Progress, if set, is called about ten times a second from one goroutine.
	Progress func(part float64, calls, failures int)

	heard func(bridge.Message) // what the bridge hears, for tests
}

// Result is what was measured. Durations are in milliseconds.
type Result struct {
	Rate           int            `json:"rate"`
	Seconds        float64        `json:"seconds"`
	Channels       int            `json:"channels"`
	Lean           bool           `json:"lean"`
	Storage        string         `json:"storage"`
	PBX            string         `json:"pbx"`
	CPUs           int            `json:"cpus"`
	Calls          int            `json:"calls"` // that went through their whole life
	Failures       map[string]int `json:"failures"`
	NotSent        int            `json:"not-sent"` // no channel was free
	CallsPerSecond float64        `json:"calls-per-second"`
	// CPU is user and system time of the process, PBX and load generator included.
	CPUPer1000   float64   `json:"cpu-seconds-per-1000-calls"`
	ToInvite     Quantiles `json:"request-to-invite-ms"`
	ToSuccess    Quantiles `json:"ringing-to-success-ms"`
	Live         int       `json:"live-calls,omitempty"`
	BytesPerLive int64     `json:"bytes-per-live-call,omitempty"`
	StackPerLive int64     `json:"stack-bytes-per-live-call,omitempty"` // part of BytesPerLive
	// Calibration is the PBX in this process without any gateway.
	Calibration *Calibration `json:"calibration,omitempty"`
}

// Calibration is the same calls sent to the PBX as ready-made datagrams.
type Calibration struct {
	CallsPerSecond float64 `json:"most-calls-per-second"`
	CPUPer1000     float64 `json:"cpu-seconds-per-1000-calls"`
	BytesPerLive   int64   `json:"bytes-per-live-call,omitempty"`
}

// Quantiles of a duration in milliseconds.
type Quantiles struct {
	P50 float64 `json:"p50"`
	P95 float64 `json:"p95"`
	P99 float64 `json:"p99"`
}

func (o Options) withDefaults() (Options, error) {
	if o.Rate == 0 {
		o.Rate = 200
	}
	if o.For == 0 {
		o.For = 10 * time.Second
	}
	if o.Number == "" {
		o.Number = "600"
	}
	if o.Channels == 0 {
		o.Channels = 20 + int(math.Ceil(float64(o.Rate)*(o.Hold.Seconds()+0.25)))
	}
	o.Channels = max(o.Channels, 2*o.Live)
	switch {
	case o.Rate < 0 || o.For < 0 || o.Channels < 0 || o.Hold < 0 || o.Live < 0:
		return o, errors.New("bench: no setting can be negative")
	case o.Channels > maxChannels:
		return o, fmt.Errorf("bench: at most %d channels", maxChannels)
	case o.Lean && o.PBX != "":
		return o, errors.New("bench: lean needs the PBX in this process, which hangs up")
	}
	return o, nil
}

// Run measures. It takes a little longer than Options.For.
func Run(ctx context.Context, o Options) (Result, error) {
	o, err := o.withDefaults()
	if err != nil {
		return Result{}, err
	}
	r := Result{Rate: o.Rate, Channels: o.Channels, Lean: o.Lean, Storage: "file", PBX: "in this process", CPUs: runtime.NumCPU()}
	if o.Memory {
		r.Storage = "memory"
	}
	if o.PBX != "" {
		r.PBX = o.PBX
	} else if r.Calibration, err = calibrate(ctx, o); err != nil {
		return r, err
	}
	if err := measureLoad(ctx, o, &r); err != nil {
		return r, err
	}
	if o.Live == 0 {
		return r, nil
	}
	return r, measureLive(ctx, o, &r)
}

func measureLoad(ctx context.Context, o Options, r *Result) (err error) {
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	cpu, began := cpuTime(), time.Now()
	if err := s.load.run(ctx, o); err != nil {
		return err
	}
	r.Seconds = time.Since(began).Seconds()
	s.load.result(r)
	r.CallsPerSecond = float64(r.Calls) / r.Seconds
	r.CPUPer1000 = (cpuTime() - cpu).Seconds() * 1000 / max(float64(r.Calls), 1)
	return nil
}

// measureLive compares the process's memory with o.Live answered calls and with twice as
// many: the first ones fill buffers whose size does not depend on calls.
func measureLive(ctx context.Context, o Options, r *Result) (err error) {
	o.Hold, o.Lean = time.Hour, false
	s, err := open(ctx, o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.close()) }()
	if err := s.load.hold(ctx, o.Live); err != nil {
		return err
	}
	before, stackBefore := memory()
	if err := s.load.hold(ctx, 2*o.Live); err != nil {
		return err
	}
	after, stackAfter := memory()
	r.Live, r.BytesPerLive, r.StackPerLive = o.Live, (after-before)/int64(o.Live), (stackAfter-stackBefore)/int64(o.Live)
	if o.HeapProfile == nil {
		return nil
	}
	return pprof.WriteHeapProfile(o.HeapProfile)
}

// memory is the heap in use and the stacks after a collection, and the stacks alone.
func memory() (all, stacks int64) {
	runtime.GC()
	runtime.GC() // what the first one finalized
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapInuse + m.StackInuse), int64(m.StackInuse)
}
