// Package config reads the gateway's one YAML file into a checked, typed [Config].
//
// It owns: the file's keys, their defaults (defaults.go), their checks, and the rule that a
// secret never leaves the process in writing. Reading is strict: an unknown key, a wrong
// type and a value that makes no sense are all faults, and all faults are reported at once,
// each with its line, its column and what to do about it.
//
// It never opens a socket, resolves a name, or touches what the configuration describes.
// Relative paths in the file are relative to the working directory of the process.
//
// Concurrency: Load and Parse may be called from anywhere; a Config is a value that nobody
// changes after it was read.
package config
