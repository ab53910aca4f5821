// Package trunk decides what a failed attempt means and which trunk is tried next.
//
// It owns the table from SIP status to cause, the reading of a Reason header's Q.850 cause, and the health of a
// process's trunks: who is up, who is held down until when, who has room for a call, and when whom an OPTIONS is due. It
// never sends anything and knows nothing of addresses.
//
// The package has no goroutine, clock, lock or I/O; time is an argument. The functions are safe from anywhere. A
// [Health] has one owner: callers that share one among calls lock it themselves.
package trunk
