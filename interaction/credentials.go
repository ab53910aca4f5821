package interaction

import (
	"maps"
	"slices"

	"tieline/bridge"
)

// validateCredentials asks the telephone system's registrar (protocol.md §4). The request is
// answered when the registrar has, or at a shutdown.
func (t *Tree) validateCredentials(p *ask) *bridge.Error {
	if !t.settings.Registrar {
		return unsupported("Checking credentials")
	}
	var body bridge.Credentials
	if err := bridge.DecodeBody(p.Message, &body); err != nil {
		return invalidBody(err)
	}
	if err := bridge.CheckID(body.EndPoint); err != nil {
		return bridge.InvalidMessage.Error("The message is invalid: end-point: " + err.Error() + ".")
	}
	if body.Password == "" {
		return bridge.InvalidMessage.Error(`The message is invalid: body key "password" is missing.`)
	}
	if t.stopping {
		return shuttingDown()
	}
	if limit := t.settings.MaxChecks; limit > 0 && len(t.checks) >= limit {
		return tooMany("credentials are being checked", limit)
	}
	t.checks[p.Message.RequestID] = p
	t.asks.emit(CheckCredentials{p.Message.RequestID, body.EndPoint, body.Password})
	return nil
}

func (t *Tree) credentialsChecked(in CredentialsChecked) {
	p := t.checks[in.RequestID]
	if p == nil {
		return
	}
	delete(t.checks, in.RequestID)
	if in.Error != nil {
		t.asks.fail(p, in.Error)
		return
	}
	t.asks.succeed(p, nil)
}

// stopChecking answers the checks that a shutdown does not wait for.
func (t *Tree) stopChecking() {
	for _, id := range slices.Sorted(maps.Keys(t.checks)) {
		t.credentialsChecked(CredentialsChecked{RequestID: id, Error: shuttingDown()})
	}
}
