package invite

// state is where an attempt stands. What came of the 2xx is kept beside it, in the dialogs.
//
//	idle ──Start──▶ calling ──1xx──▶ proceeding ──2xx──▶ answered ──BYE──▶ clearing ──64·T1──▶ done
//	                 │   ▲               │  │
//	                 │   └──challenge────┤  └──3xx–6xx──▶ done
//	          Hangup,│            Hangup,│
//	deadline,time-out▼ deadline,transport▼
//	               parked ──1xx──▶ cancelling ──3xx–6xx, 64·T1──▶ done
//	                 └──────2xx──────────┴──────2xx──▶ clearing
//
// calling takes 2xx, challenges and failures like proceeding, parked like cancelling: no order of responses is relied on.
// Only a broken transport is the end of calling and parked: nobody has shown that the INVITE arrived.
type state uint8

const (
	idle       state = iota // not started
	calling                 // the latest INVITE has had no response
	proceeding              // it has had a provisional response
	parked                  // Failed is told, the INVITE no longer repeated; CANCEL waits for a provisional response
	cancelling              // Failed is told, CANCEL sent; the final response is awaited
	answered                // Answered is told: the call
	clearing                // the outcome is told; BYEs, copies of a 2xx and forks are looked after
	done                    // nothing is sent any more
)

func (s state) String() string {
	return [...]string{"idle", "calling", "proceeding", "parked", "cancelling", "answered", "clearing", "done"}[s]
}

// open reports that the INVITE is pending and wanted.
func (s state) open() bool { return s == calling || s == proceeding }

// Pending reports that the INVITE awaits its final response: somebody's telephone may be ringing.
func (c *Client) Pending() bool {
	return c.state.open() || c.state == parked || c.state == cancelling
}
