// What every bridge needs: a connection, questions with answers, and the set-up of an agent
// (protocol.md §2 to §7). It knows nothing of the gateway but the protocol.
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { connect, headers } from '@nats-io/transport-node'

export const [url, group] = process.argv.slice(2)
export const nc = await connect({ servers: url })

export const asked = new Set() // the names of all queries and requests
const to = (target) => `cti.acme.to.${target}`

// ask sends a query or request as headers + JSON and returns the answer: its headers and
// its body. A setup request is sent on the subject of the child.
export async function ask(name, target, body = {}, child = target) {
  asked.add(name)
  const h = headers()
  h.set('type', name.includes('.query.') ? 'cti.query' : 'cti.request')
  h.set('name', name)
  h.set('target', target)
  h.set('requestId', randomUUID())
  const m = await nc.request(to(child), JSON.stringify(body), { headers: h, timeout: 10_000 })
  const header = Object.fromEntries([...m.headers].map(([key, [value]]) => [key, value]))
  assert.equal(header.type, 'cti.response')
  assert.equal(header.name, name)
  assert.equal(header.requestId, h.get('requestId'), 'an answer repeats the requestId')
  return { header, body: m.json() }
}

// succeed is ask for what has to be answered SUCCESS; it returns the body.
export async function succeed(...question) {
  const { header, body } = await ask(...question)
  assert.equal(header.result, 'SUCCESS', `${header.name}: ${header.errorMessage}`)
  return body
}

// envelope sends one in the other encoding: everything in the payload, no headers.
export async function envelope(name, target, body = {}) {
  const header = { type: 'cti.request', name, target, requestId: randomUUID() }
  return nc.request(to(target), JSON.stringify({ header, body }), { timeout: 10_000 })
}

// logIn sets up a session with one group and its channels, each with its init; it returns
// the channels' targets.
export async function logIn(session, count) {
  await succeed('cti.request.status', 'acme.CONTROL', {}, 'CONTROL')
  await succeed('cti.query.capabilities', 'acme.CONTROL', {}, 'CONTROL')
  await succeed('cti.request.addsession', 'acme.CONTROL', { session, agent: { id: 'bob', name: 'Bob' } }, session)
  await succeed('session.query.init', session)
  const g = `${session}.${group}`
  await succeed('session.request.addchannelgroup', session, { 'channel-group': group }, g)
  await succeed('channelgroup.query.init', g)
  const channels = []
  for (let i = 0; i < count; i++) {
    const channel = String(2000 + i)
    await succeed('channelgroup.request.addchannel', g, { channel, 'end-point': channel, type: 'Telephony' }, `${g}.${channel}`)
    await succeed('channel.query.init', `${g}.${channel}`)
    channels.push(`${g}.${channel}`)
  }
  return channels
}
