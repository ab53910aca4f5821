// Command tieline is the gateway and the tools around it: run, check, dial, watch, demo and
// bench, one file each.
//
// It owns the command line, the process's signals and its exit code. It decides nothing
// about calls: package gateway does the work, and each command here only turns flags into
// settings and results into lines.
//
// Concurrency: one command per process, on the main goroutine.
package main
