// The other encoding: a request in an envelope is answered in an envelope, while the stream
// always carries headers and body.
import assert from 'node:assert/strict'
import { jetstreamManager } from '@nats-io/jetstream'
import { envelope, logIn, nc, succeed } from './bridge.mjs'

const [channel] = await logIn('envelope', 1)
const m = await envelope('channel.request.dial', channel, { destination: '600' })
assert.equal(m.headers?.get('type') ?? '', '', 'the answer has no headers of the protocol')
const { header, body } = m.json()
assert.equal(header.result, 'SUCCESS')
assert.equal(header.name, 'channel.request.dial')

const jsm = await jetstreamManager(nc)
const stored = await jsm.streams.getMessage('CTI_acme', { last_by_subj: `cti.acme.from.${channel}` })
assert.equal(stored.header.get('requestId'), header.requestId)
assert.deepEqual(stored.json(), body, 'the stream has the same body, beside headers')

const interaction = `${channel}.${body.interaction}`
const state = await succeed('interaction.query.init', interaction)
await succeed('conversation.request.release', `${interaction}.${state.conversations.primary.id}`)
await nc.drain()
