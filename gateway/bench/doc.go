// Package bench measures what a call costs: it dials at a given rate through a whole gateway
// in this process, against a scripted PBX over real loopback UDP or against a PBX elsewhere.
//
// It owns the load generator, the PBX and their share of what is measured: CPU time and
// memory are those of the process, so that a calibration run tells what PBX costs without a
// gateway. It never judges: no figure is good or bad here.
//
// Concurrency: Run may be called once at a time, since it measures the whole process.
package bench
