package torture

// rfc4475 is what is answered to the messages, by file. Where the RFC leaves the choice, ours is said.
func rfc4475() map[string]Message {
	return map[string]Message{
		// Valid messages.
		"wsinv.dat":      {Section: "3.1.1.1", Status: 481}, // its To has a tag: a dialog that is not here
		"intmeth.dat":    {Section: "3.1.1.2", Status: 405},
		"esc01.dat":      {Section: "3.1.1.3", Status: 603, Taken: true},
		"escnull.dat":    {Section: "3.1.1.4", Status: 405},
		"esc02.dat":      {Section: "3.1.1.5", Status: 405}, // not REGISTER: a method is not unescaped
		"lwsdisp.dat":    {Section: "3.1.1.6", Status: 200},
		"longreq.dat":    {Section: "3.1.1.7", Status: 603, Taken: true},
		"dblreq.dat":     {Section: "3.1.1.8", Status: 405, Stream: Loses}, // what follows in its datagram is no message
		"semiuri.dat":    {Section: "3.1.1.9", Status: 200},
		"transports.dat": {Section: "3.1.1.10", Status: 200},
		"mpart01.dat":    {Section: "3.1.1.11", Status: 405},
		"unreason.dat":   {Section: "3.1.1.12"},
		"noreason.dat":   {Section: "3.1.1.13"},

		// Invalid messages.
		"badinv01.dat":   {Section: "3.1.2.1", Status: 400, Stream: Closed},
		"clerr.dat":      {Section: "3.1.2.2", Status: 400, Stream: Waits},
		"ncl.dat":        {Section: "3.1.2.3", Status: 400, Stream: Closed},
		"scalar02.dat":   {Section: "3.1.2.4", Status: 400, Stream: Closed},
		"scalarlg.dat":   {Section: "3.1.2.5", Stream: Closed},
		"quotbal.dat":    {Section: "3.1.2.6", Status: 400, Stream: Closed},
		"ltgtruri.dat":   {Section: "3.1.2.7", Status: 400, Stream: Closed},
		"lwsruri.dat":    {Section: "3.1.2.8", Status: 400, Stream: Closed},
		"lwsstart.dat":   {Section: "3.1.2.9", Status: 400, Stream: Closed},
		"trws.dat":       {Section: "3.1.2.10", Status: 400, Stream: Closed},
		"escruri.dat":    {Section: "3.1.2.11", Status: 400},
		"baddate.dat":    {Section: "3.1.2.12", Status: 603, Taken: true}, // nobody here reads Date
		"regbadct.dat":   {Section: "3.1.2.13", Status: 405},
		"badaspec.dat":   {Section: "3.1.2.14", Status: 400, Stream: Closed},
		"baddn.dat":      {Section: "3.1.2.15", Status: 400, Stream: Waits}, // the file lacks its empty line
		"badvers.dat":    {Section: "3.1.2.16", Status: 505},
		"mismatch01.dat": {Section: "3.1.2.17", Status: 400},
		"mismatch02.dat": {Section: "3.1.2.18", Status: 400},
		"bigcode.dat":    {Section: "3.1.2.19", Stream: Closed},

		// Transaction layer.
		"badbranch.dat": {Section: "3.2.1", Status: 200}, // an RFC 2543 request: matched without the branch

		// Application layer.
		"insuf.dat":    {Section: "3.3.1", Status: 400},
		"unkscm.dat":   {Section: "3.3.2", Status: 416},
		"novelsc.dat":  {Section: "3.3.3", Status: 416, Stream: Closed},
		"unksm2.dat":   {Section: "3.3.4", Status: 405},
		"bext01.dat":   {Section: "3.3.5", Status: 420},
		"invut.dat":    {Section: "3.3.6", Status: 415},
		"regaut01.dat": {Section: "3.3.7", Status: 405},
		"multi01.dat":  {Section: "3.3.8", Status: 400},
		"mcl01.dat":    {Section: "3.3.9", Status: 400, Stream: Closed},
		"bcast.dat":    {Section: "3.3.10"},
		"zeromf.dat":   {Section: "3.3.11", Status: 200}, // nothing is forwarded
		"cparam01.dat": {Section: "3.3.12", Status: 405},
		"cparam02.dat": {Section: "3.3.13", Status: 405},
		"regescrt.dat": {Section: "3.3.14", Status: 405},
		"sdp01.dat":    {Section: "3.3.15", Status: 406},

		// Backward compatibility.
		"inv2543.dat": {Section: "3.4.1", Status: 400, Stream: Closed}, // no Contact, and no tag in From

		// In the module, not in the RFC: no version, no Via.
		"test.dat": {Section: "3.1.2", Stream: Closed},
	}
}
