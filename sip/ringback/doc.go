// Package ringback lets a telephone hear that another one rings: the ringing tone of a country, as G.711 in RTP, for as long
// as there is no media of the callee's to hear.
//
// It owns the tones and the packets that are made of them: tone → frames → stream. It never sends anything and never
// negotiates anything: package media plays a stream, and where to, and in which codec, is for others to find out.
//
// The package has no goroutine, clock, lock or I/O. A [Stream] belongs to one goroutine at a time; frames are only read.
package ringback
