package resolve

import (
	"time"

	"github.com/miekg/dns"

	"tieline/sip/locate"
)

// SetClock has the resolver ask somebody else for the time.
func (r *Resolver) SetClock(now func() time.Time) { r.now = now }

// Entries is how many answers are kept, and MaxEntries how many that may be.
func (r *Resolver) Entries() int { return len(r.cache.entries) }

const MaxEntries = maxEntries

// Read is what an answer says, and what the name is an alias of.
func Read(reply *dns.Msg, q locate.Question) (locate.Answer, string, error) {
	f, err := read(reply, q)
	return f.answer, f.alias, err
}

const Longest = longest
