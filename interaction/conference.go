package interaction

import (
	"slices"

	"tieline/bridge"
)

// Conferences (protocol.md §8, §9): the agent and more than one remote party talk. The primary conversation becomes the
// conference; its members are the remote parties.
//
//	state            | input             | effects, in order                                            | next
//	both established | consultconference | bring the calls together                                     | moving
//	established, no consult call | conference | call the third, bring all together                      | moving
//	moving           | moved             | conversation.ended and interaction.conversationremoved (of the consult call), conversation.memberschanged, conversation.retrieved (if it was HELD), SUCCESS | conference
//	moving           | failed            | FAILURE with the error                                       | as before
//	moving           | a call ends       | conversation.ended, FAILURE CANCELLED, and as in conversation.go | –
//	conference       | a member leaves   | conversation.memberschanged                                  | conference
//	conference       | over, release     | as any call; a release leaves the others to themselves       | ENDED
//	conference       | any other verb of a call | FAILURE INVALID_STATE                                 | conference
//	other            | either            | FAILURE INVALID_STATE                                        | the same

// member is a remote party of a conference and the call that brought it in.
type member struct {
	call  string
	party bridge.Party
}

// parties are the remote parties of a conversation.
func (v *conversation) parties() []bridge.Party {
	if v.members == nil {
		return []bridge.Party{v.remote}
	}
	parties := []bridge.Party{}
	for _, m := range v.members {
		parties = append(parties, m.party)
	}
	return parties
}

func (c *Channel) consultConference(p *ask, i *interaction) *bridge.Error {
	if e := c.mayConsultConference(i); e != nil {
		return e
	}
	third := member{i.consult.call, i.consult.remote}
	c.move(p, i, "A conference is being set up", meeting, ConferenceCall{Call: i.primary.call, With: third.call}, c.met(third))
	return nil
}

func (c *Channel) conference(p *ask, v *conversation) *bridge.Error {
	if e := c.mayConference(v); e != nil {
		return e
	}
	to, e := c.callee(p)
	if e != nil {
		return e
	}
	third := member{to.ID, bridge.Party{Number: to.Destination.Number}}
	c.move(p, v.in, "A conference is being set up", meeting, ConferenceCall{Call: v.call, To: &to}, c.met(third))
	return nil
}

// met answers who wanted the conference.
func (c *Channel) met(third member) func(*ask, *interaction) {
	return func(p *ask, i *interaction) {
		if consult := i.consult; consult != nil {
			c.endConversation(consult, bridge.End{ReleasedBy: bridge.ByAgent})
			i.consult = nil
			c.removed(consult)
		}
		c.meet(i.primary, third)
		c.asks.succeed(p, nil)
	}
}

// meet: all have met, and the agent talks. There are no others where the consulted party has hung up meanwhile.
func (c *Channel) meet(v *conversation, others ...member) {
	v.members = append([]member{{v.call, v.remote}}, others...)
	if len(others) > 0 {
		c.membersChanged(v)
	}
	if v.current == bridge.ConvHeld {
		v.heldBy = nil
		c.letGo(v)
	}
}

func (c *Channel) memberLeft(in MemberLeft) {
	v := c.byCall(in.Call)
	if v == nil {
		return
	}
	n := slices.IndexFunc(v.members, func(m member) bool { return m.call == in.Member })
	if n < 0 {
		return
	}
	v.members = slices.Delete(v.members, n, n+1)
	c.membersChanged(v)
}

func (c *Channel) membersChanged(v *conversation) {
	v.event(&c.asks, bridge.ConversationMembersChanged, bridge.Members{Members: v.parties()})
}
