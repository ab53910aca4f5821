// Plain request and reply: a script that only wants its answer. And how it finds the gateway.
import assert from 'node:assert/strict'
import { ask, group, logIn, nc, succeed } from './bridge.mjs'

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

const service = (await nc.request('$SRV.INFO.tieline', '', { timeout: 10_000 })).json()
assert.equal(service.type, 'io.nats.micro.v1.info_response')
assert.match(service.version, /^\d+\.\d+\.\d+/)
assert.equal(service.metadata.processor, 'acme')
assert.equal(service.metadata.groups, group)
assert.equal(service.metadata['protocol-version'], '1')
await nc.drain()
