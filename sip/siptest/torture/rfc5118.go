package torture

// rfc5118 is what is answered to the messages. They come over IPv6.
func rfc5118() []Message {
	return []Message{
		{Name: "reference", Section: "4.1", Status: 405},
		{Name: "no-brackets", Section: "4.2", Status: 400, Stream: Closed},
		{Name: "port-ambiguous", Section: "4.3", Status: 405},
		{Name: "port-unambiguous", Section: "4.4", Status: 405},
		{Name: "received-brackets", Section: "4.5", Status: 481},
		{Name: "received-bare", Section: "4.5", Status: 200},
		{Name: "sdp", Section: "4.6", Status: 603, Taken: true},
		{Name: "mixed-via", Section: "4.7", Status: 481},
		{Name: "mixed-sdp", Section: "4.8", Status: 603, Taken: true},
		{Name: "mapped", Section: "4.9", Status: 603, Taken: true},
		{Name: "three-colons", Section: "4.10", Status: 200}, // RFC 3261 allows them by mistake
		{Name: "two-colons", Section: "4.10", Status: 200},
	}
}
