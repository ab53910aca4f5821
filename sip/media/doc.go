// Package media sends what Tieline has to send by RTP itself: ringing tones and digits. It is no mixer, no relay and no
// recorder.
//
// It owns one packet socket and the rhythm of 20 ms in which packets leave it, to everybody who is played something. What
// they hear is a [Source]'s to say; where to send it, and in which format, is for others to find out. What comes in at the
// socket is not read.
//
// Concurrency: the methods of [Player] may be called from any goroutine; Run is the only goroutine that sends.
package media
