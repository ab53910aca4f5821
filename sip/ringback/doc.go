// Package ringback lets a telephone hear that another one rings: the ringing tone of a country, as G.711 in RTP, for as long
// as there is no media of the callee's to hear.
//
// Tone, Frames and Stream are pure. A Player owns one packet socket, from which it sends to every telephone that listens; what
// comes in there is not read. It never negotiates anything: where to send, and in which codec, is for others to find out.
//
// Concurrency: the methods of Player may be called from any goroutine. Run owns the only goroutine that sends.
package ringback
