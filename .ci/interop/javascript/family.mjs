// The whole destination family: everything that the gateway says it can do is done once, and every
// event that follows is waited for (protocol.md §4 to §9). The phone 600 calls when this script says so.
import assert from 'node:assert/strict'
import { ask, asked, nc, succeed } from './bridge.mjs'

// Everything that the gateway says, in its order.
const heard = []
const waiting = []
nc.subscribe('cti.acme.from.>', { callback(_, m) {
  const get = (key) => m.headers.get(key)
  heard.push({ type: get('type'), name: get('name'), target: get('target'), result: get('result'), seq: Number(get('seq')), body: m.json() })
  for (const look of [...waiting]) look()
} })

// event waits for the next event of that name, behind all that were waited for before of the same channel: between
// channels there is no order.
const read = new Map()
const lane = (target) => target.split('.').slice(0, 3).join('.')
function event(name, target, patience = 10_000) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`no ${name} of ${target}; heard ${heard.map((m) => `${m.name} ${m.target}`)}`)), patience)
    const look = () => {
      const from = read.get(lane(target)) ?? 0
      const i = heard.findIndex((m, i) => i >= from && m.type === 'cti.event' && m.name === name && m.target === target)
      if (i < 0) return
      read.set(lane(target), i + 1)
      clearTimeout(late)
      waiting.splice(waiting.indexOf(look), 1)
      resolve(heard[i])
    }
    waiting.push(look)
    look()
  })
}

async function fail(code, ...question) {
  const { header, body } = await ask(...question)
  assert.equal(header.result, 'FAILURE', `${header.name} succeeds`)
  assert.equal(body.error.code, code, `${header.name}: ${header.errorMessage}`)
}

// §4 Processor control
const control = 'acme.CONTROL'
await succeed('cti.request.status', control, {}, 'CONTROL')
assert.equal((await event('cti.status', control)).body.status, 'STARTED')
const capabilities = await succeed('cti.query.capabilities', control, {}, 'CONTROL')
await succeed('cti.request.serverstatus', control, { status: 'STARTED' }, 'CONTROL')
await succeed('cti.request.validatecredentials', control, { 'end-point': '1001', password: 'secret1001' }, 'CONTROL')
await fail('FORBIDDEN', 'cti.request.validatecredentials', control, { 'end-point': '1001', password: 'wrong' }, 'CONTROL')

// §5 to §7 A session with a channel group, a telephone and a chat; and another agent at the same telephone.
async function agent(session, id) {
  const g = `${session}.sales`
  const c = `${g}.${id}`
  await succeed('cti.request.addsession', control, { session, agent: { id: session, name: session } }, session)
  assert.deepEqual((await succeed('session.query.init', session)).agent, { id: session, name: session })
  await succeed('session.request.addchannelgroup', session, { 'channel-group': 'sales' }, g)
  assert.deepEqual(await succeed('channelgroup.query.init', g), { channels: [] })
  await succeed('channelgroup.request.addchannel', g, { channel: id, 'end-point': '1001', type: 'Telephony' }, c)
  const state = await succeed('channel.query.init', c)
  assert.deepEqual(state, { 'end-point': '1001', type: 'Telephony', 'channel-state': 'INACTIVE', ready: false, interactions: [] })
  return c
}
const channel = await agent('alice', '1001')
const other = await agent('bob', 'b')
const chat = 'alice.sales.chat'
await succeed('channelgroup.request.addchannel', 'alice.sales', { channel: 'chat', 'end-point': 'chat', type: 'Chat' }, chat)
assert.ok(!('interactions' in await succeed('channel.query.init', chat)), 'an unsupported channel has no interactions')
await fail('UNSUPPORTED', 'channel.request.dial', chat, { destination: '600' })

await succeed('channelgroup.request.activate', 'alice.sales')
await event('channel.activated', channel)
await event('channel.unavailable', other)
await fail('INVALID_STATE', 'channel.request.activate', other)
await succeed('channel.request.deactivate', channel)
await event('channel.deactivated', channel)
await event('channel.available', other)
await succeed('channel.request.activate', channel)
await event('channel.activated', channel)
await succeed('channel.request.ready', channel)
await event('channel.ready', channel)
await succeed('channel.request.notready', channel, { reason: 'lunch' })
assert.equal((await event('channel.notready', channel)).body.reason, 'lunch')
await succeed('channel.request.ready', channel)

// open reads an interaction and its conversation; from then on they raise events.
async function open(interaction) {
  const i = `${channel}.${interaction}`
  await succeed('channel.request.prepareinteraction', channel, { interaction }, i)
  const state = await succeed('interaction.query.init', i)
  const conversation = state.conversations.primary.id
  const v = `${i}.${conversation}`
  await succeed('interaction.request.prepareconversation', i, { conversation }, v)
  return { i, v, state, leg: await succeed('conversation.query.init', v) }
}

// §7.4, §8, §9 A dial
const { interaction } = await succeed('channel.request.dial', channel, { destination: '600', data: { case: '4711' } })
assert.equal((await event('channel.interactionadded', channel)).body.interaction, interaction)
const dialled = await open(interaction)
if (dialled.state['interaction-state'] !== 'STARTED') await event('interaction.started', dialled.i)
await succeed('interaction.request.setdata', dialled.i, { 'interaction-data': { case: null, customer: 'Ann' } })
assert.deepEqual((await event('interaction.datachanged', dialled.i)).body['interaction-data'], { customer: 'Ann' })
assert.deepEqual(await succeed('interaction.query.data', dialled.i), { 'interaction-data': { customer: 'Ann' } })
await fail('INVALID_STATE', 'interaction.request.accept', dialled.i)
await succeed('conversation.request.senddtmf', dialled.v, { digits: '12#' })
await succeed('conversation.request.release', dialled.v)
await event('conversation.ended', dialled.v)
assert.equal((await event('interaction.ended', dialled.i)).body['released-by'], 'agent')
await complete(dialled.i)

async function complete(i) {
  await succeed('interaction.request.complete', i)
  await event('interaction.completed', i)
  await event('interaction.disposed', i)
  await event('channel.interactionremoved', channel)
}

// §7.5 Three calls of the phone: accepted, answered, rejected.
async function offered() {
  console.log('the phone may call')
  const added = (await event('channel.interactionadded', channel)).body
  assert.equal(added.direction, 'INBOUND')
  assert.equal(added['interaction-state'], 'ALERTING')
  assert.equal(added.remote.number, '600')
  const call = await open(added.interaction)
  await event('interaction.alerting', call.i)
  assert.deepEqual(call.state.actions, ['accept', 'reject', 'setdata'])
  assert.deepEqual(call.leg.actions, ['answer', 'release'])
  return call
}
const accepted = await offered()
await succeed('interaction.request.accept', accepted.i)
await event('conversation.connected', accepted.v)
await event('interaction.started', accepted.i)
await succeed('conversation.request.release', accepted.v)
await event('interaction.ended', accepted.i)
await complete(accepted.i)

const answered = await offered()
await succeed('conversation.request.answer', answered.v)
await event('interaction.started', answered.i)
console.log('the phone may hang up')
assert.equal((await event('interaction.ended', answered.i)).body['released-by'], 'remote')
await complete(answered.i)

const rejected = await offered()
await succeed('interaction.request.reject', rejected.i, { reason: 'busy' })
await event('interaction.ended', rejected.i)
await complete(rejected.i)

// Tear down, leaves first
await succeed('channel.request.dispose', chat)
await event('channel.disposed', chat)
await succeed('session.request.logout', 'alice')
await event('channel.notready', channel)
await event('channel.deactivated', channel)
await succeed('channelgroup.request.removechannel', 'alice.sales', { channel: '1001' })
await event('channel.disposed', channel)
await succeed('channelgroup.request.dispose', 'alice.sales')
await event('channelgroup.disposed', 'alice.sales')
await succeed('session.request.dispose', 'alice')
await event('session.disposed', 'alice')
await succeed('session.request.removechannelgroup', 'bob', { 'channel-group': 'sales' })
await event('channelgroup.disposed', 'bob.sales')
await succeed('session.request.dispose', 'bob')
await fail('UNKNOWN_TARGET', 'session.query.init', 'alice')

const missing = capabilities.messages.filter((name) => !asked.has(name))
assert.deepEqual(missing, [], 'everything that the capabilities list was asked for')
for (const c of [channel, other, chat]) {
  const seqs = heard.filter((m) => m.target === c || m.target.startsWith(`${c}.`)).map((m) => m.seq)
  assert.deepEqual(seqs, seqs.map((_, i) => i + 1), `${c} counts without gaps`)
}
console.log(`${capabilities.messages.length} queries and requests, ${new Set(heard.filter((m) => m.type === 'cti.event').map((m) => m.name)).size} kinds of events`)
await nc.drain()
