// Many calls at a steady rate over several channels. A durable consumer of the stream must
// see, of every call, the event before the answer, each exactly once, and nothing missing.
import assert from 'node:assert/strict'
import { setTimeout as pause } from 'node:timers/promises'
import { AckPolicy, DeliverPolicy, jetstream, jetstreamManager } from '@nats-io/jetstream'
import { logIn, nc, succeed } from './bridge.mjs'

const [calls, rate, width] = process.argv.slice(4).map(Number)

// The consumer is there before the first question, and hears everything.
const jsm = await jetstreamManager(nc)
await jsm.consumers.add('CTI_acme', {
  durable_name: 'bridge', ack_policy: AckPolicy.Explicit, deliver_policy: DeliverPolicy.New,
})
const consumer = await jetstream(nc).consumers.get('CTI_acme', 'bridge')
const heard = []
const started = new Map() // interaction → what to call when it is started
let removals = 0
let finish
const finished = new Promise((resolve) => { finish = resolve })
const messages = await consumer.consume({ callback: hear })

function hear(m) {
  const message = {
    type: m.headers.get('type'), name: m.headers.get('name'), target: m.headers.get('target'),
    requestId: m.headers.get('requestId'), result: m.headers.get('result'), seq: Number(m.headers.get('seq')), body: m.json(),
  }
  heard.push(message)
  m.ack()
  if (message.name === 'interaction.started') started.get(message.target)?.()
  if (message.name === 'channel.interactionremoved' && ++removals === calls) finish()
}

// call dials, waits for the answer, hangs up and completes.
async function call(channel) {
  const { interaction } = await succeed('channel.request.dial', channel, { destination: '600' })
  const target = `${channel}.${interaction}`
  const answered = new Promise((resolve) => started.set(target, resolve))
  const state = await succeed('interaction.query.init', target)
  assert.equal(state.direction, 'OUTBOUND')
  if (state['interaction-state'] === 'DIALING') await answered
  started.delete(target)
  await succeed('conversation.request.release', `${target}.${state.conversations.primary.id}`)
  await succeed('interaction.request.complete', target)
}

const channels = await logIn('load', width)
const begin = performance.now()
const running = []
for (let i = 0; i < calls; i++) {
  const early = begin + (i * 1000) / rate - performance.now()
  if (early > 0) await pause(early)
  running.push(call(channels[i % width]))
}
const dialling = (performance.now() - begin) / 1000
const failed = (await Promise.allSettled(running)).filter((r) => r.status === 'rejected')
assert.equal(failed.length, 0, `${failed.length} of ${calls} calls failed, the first: ${failed[0]?.reason}`)
await Promise.race([finished, pause(10_000, undefined, { ref: false })])
messages.stop()

// Of every call: one event, one answer, in this order.
const dialled = heard.filter((m) => m.name === 'channel.request.dial')
assert.equal(dialled.length, calls, 'one answer to each dial')
assert.equal(new Set(dialled.map((m) => m.requestId)).size, calls, 'each answer exactly once')
const added = new Map()
heard.forEach((m, at) => {
  if (m.name !== 'channel.interactionadded') return
  assert.ok(!added.has(m.body['request-id']), 'an interaction is added once')
  added.set(m.body['request-id'], { at, interaction: m.body.interaction })
})
assert.equal(added.size, calls, 'one interaction for each dial')
heard.forEach((m, at) => {
  if (m.name !== 'channel.request.dial') return
  assert.equal(m.result, 'SUCCESS')
  assert.equal(added.get(m.requestId).interaction, m.body.interaction, 'the answer names the interaction that was added')
  assert.ok(added.get(m.requestId).at < at, 'the interaction is added before the dial is answered')
})
for (const name of ['interaction.ended', 'interaction.completed', 'channel.interactionremoved']) {
  assert.equal(heard.filter((m) => m.name === name).length, calls, `one ${name} for each call`)
}

// Every channel counts 1, 2, 3 … in the order of the stream.
for (const channel of channels) {
  const seqs = heard.filter((m) => m.target === channel || m.target.startsWith(`${channel}.`)).map((m) => m.seq)
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1), `${channel} counts without gaps`)
}
console.log(`${calls} calls over ${width} channels, begun within ${dialling.toFixed(1)} s (${(calls / dialling).toFixed(0)} calls/s); ` +
  `${heard.length} messages in order, none missing`)
await nc.drain()
