import { randomUUID } from 'node:crypto'
import { connect, headers } from '@nats-io/transport-node'

const nc = await connect({ servers: process.argv[2] ?? 'nats://127.0.0.1:4222' })
const asked = new Map() // requestId → what to do with the answer

// Events and responses, in the order in which the gateway produced them.
nc.subscribe('cti.acme.from.>', { callback(_, m) {
  const get = (key) => m.headers.get(key)
  console.log(get('type'), get('name'), get('target'), get('result'), m.string())
  asked.get(get('requestId'))?.(get('result') === 'SUCCESS', m)
} })

// A request that creates something goes out on the subject of the child.
const ask = (name, target, body = {}, child = target) => new Promise((resolve, reject) => {
  const h = headers(), id = randomUUID()
  h.set('type', name.includes('.query.') ? 'cti.query' : 'cti.request')
  h.set('name', name)
  h.set('target', target)
  h.set('requestId', id)
  asked.set(id, (success, m) => success ? resolve(m.json()) : reject(new Error(m.headers.get('errorMessage'))))
  // The reply has no place in the order; it only tells whether anybody is there.
  nc.request(`cti.acme.to.${child}`, JSON.stringify(body), { headers: h, timeout: 60_000 }).catch(reject)
})

await ask('cti.request.addsession', 'acme.CONTROL', { session: 's1', agent: { id: 'alice', name: 'Alice' } }, 's1')
await ask('session.query.init', 's1')
await ask('session.request.addchannelgroup', 's1', { 'channel-group': 'sales' }, 's1.sales')
await ask('channelgroup.query.init', 's1.sales')
await ask('channelgroup.request.addchannel', 's1.sales', { channel: '1001', 'end-point': '1001', type: 'Telephony' }, 's1.sales.1001')
await ask('channel.query.init', 's1.sales.1001')
const { interaction } = await ask('channel.request.dial', 's1.sales.1001', { destination: '600' })
await ask('interaction.query.init', `s1.sales.1001.${interaction}`) // from here on it raises events
await ask('session.request.dispose', 's1') // hangs up, too
await nc.drain()
