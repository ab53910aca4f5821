package gateway

// SendDTMF implements tracker.Telephony. No group is set up to send digits yet, so nobody asks.
func (c *calls) SendDTMF(string, string) {}
