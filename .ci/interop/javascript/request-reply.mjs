// Plain request and reply: a script that only wants its answer.
import assert from 'node:assert/strict'
import { ask, logIn, nc, succeed } from './bridge.mjs'

const [channel] = await logIn('script', 1)
const { header, body } = await ask('channel.request.dial', channel, { destination: '600' })
assert.equal(header.result, 'SUCCESS')
assert.equal(header.target, channel)
assert.ok(Number(header.seq) > 0, 'a response of a channel is numbered')

const interaction = `${channel}.${body.interaction}`
const state = await succeed('interaction.query.init', interaction)
await succeed('conversation.request.release', `${interaction}.${state.conversations.primary.id}`)

const wrong = await ask('channel.request.dial', channel, { destination: 'six hundred' })
assert.equal(wrong.header.result, 'FAILURE')
assert.equal(wrong.body.error.code, 'INVALID_DESTINATION')
assert.ok(wrong.header.errorMessage, 'a FAILURE has a line for a person')
await nc.drain()
