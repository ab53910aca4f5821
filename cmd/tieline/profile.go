package main

import (
	"context"
	"errors"
	"os"
	"runtime/pprof"

	"tieline/gateway/bench"
)

// profiled measures and writes the profiles whose files are named.
func profiled(ctx context.Context, o bench.Options, cpu, heap string) (r bench.Result, err error) {
	if heap != "" {
		f, err := os.Create(heap)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		o.HeapProfile = f
	}
	if cpu != "" {
		f, err := os.Create(cpu)
		if err != nil {
			return r, err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		if err := pprof.StartCPUProfile(f); err != nil {
			return r, err
		}
		defer pprof.StopCPUProfile()
	}
	return bench.Run(ctx, o)
}
