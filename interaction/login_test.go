package interaction

import (
	"slices"
	"testing"

	"tieline/bridge"
)

// A logout, and who asks for the end-point behind it, wait for what the tree decides about the one before: the tree
// is asked one question at a time, and what is given back is not in use.
func TestActivatedAgainWhileTheTreeDecides(t *testing.T) {
	s := newStage(t, ChannelSettings{})
	ask := func(id string) []Effect {
		m := bridge.Message{Type: bridge.TypeRequest, Name: bridge.ChannelActivate, Target: theChannel, RequestID: id}
		s.c.Step(s.now, Request{Message: m, Subject: theChannel})
		return s.c.Step(s.now, Claimed{RequestID: id})
	}
	logins := func(out []Effect) (n int) {
		for _, e := range out {
			if r, ok := e.(Report); ok {
				if _, ok := r.Input.(LogIn); ok {
					n++
				}
			}
		}
		return n
	}
	first := ask("first")
	left := s.c.Step(s.now, LogOff{})
	second := ask("second")
	if logins(first) != 1 || logins(left) != 0 || logins(second) != 0 {
		t.Errorf("the tree is asked once: %d, %d, %d", logins(first), logins(left), logins(second))
	}
	out := s.c.Step(s.now, LoggedIn{})
	if !slices.Contains(out, Effect(Report{LogOut{theChannel, "1001"}})) {
		t.Errorf("the logout gives the end-point back: %v", out)
	}
	if got := s.tell(out); got != "channel.activated, activate SUCCESS, channel.deactivated, Report, Report, Claim; idle" || s.c.login != bridge.LoginInactive {
		t.Errorf("each in its turn: %s, %s", got, s.c.login)
	}
	if n := logins(s.c.Step(s.now, Claimed{RequestID: "second"})); n != 1 {
		t.Errorf("then the tree is asked again: %d", n)
	}
}
