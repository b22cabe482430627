import { describe, expect, test } from 'vitest'
import { createHub, type Heard, type Hub, type Source } from '../../../builder/src/api/streams/hub.ts'

interface FakeSource extends Source {
  address: string
  readyState: number
  emit: (name: string, data?: string) => void
}

/** A hub on streams that a test opens, feeds and refuses, with a clock that stands still. */
function world() {
  const sources: FakeSource[] = []
  let time = 0
  const hub = createHub(
    (address) => {
      const listeners = new Map<string, ((event: MessageEvent<string>) => void)[]>()
      const source: FakeSource = {
        address,
        readyState: 0,
        addEventListener: (name, listener) => listeners.set(name, [...(listeners.get(name) ?? []), listener]),
        close: () => {
          source.readyState = 2
        },
        emit: (name, data = '') => {
          for (const listener of listeners.get(name) ?? []) listener({ data } as MessageEvent<string>)
        },
      }
      sources.push(source)
      return source
    },
    () => time,
  )
  return {
    hub,
    open: () => sources.filter(({ readyState }) => readyState !== 2).map(({ address }) => address),
    newest: (address: string) => sources.findLast((source) => source.address === address),
    opened: () => sources.length,
    pass: (ms: number) => {
      time += ms
      hub.tend()
    },
  }
}

function member(hub: Hub) {
  const heard: Heard[] = []
  const want = hub.join((one) => heard.push(one))
  return {
    heard,
    want: (...addresses: string[]) => want(addresses.map((address, id) => ({ id, address, events: ['state'] }))),
  }
}

describe('streams of all tabs', () => {
  test('one connection per address, and everybody hears; it begins anew for who joins', () => {
    const { hub, open, newest, opened } = world()
    const [one, two] = [member(hub), member(hub)]
    one.want('/a')
    two.want('/a')
    expect(open()).toEqual(['/a'])
    expect(opened()).toBe(2)
    newest('/a')?.emit('open')
    newest('/a')?.emit('state', 'whole')
    const all = [
      { id: 0, connected: true },
      { id: 0, name: 'state', data: 'whole' },
    ]
    expect(one.heard).toEqual(all)
    expect(two.heard).toEqual(all)
    one.want()
    expect(open()).toEqual(['/a'])
    two.want()
    expect(open()).toEqual([])
  })

  test('no more than three at once: whoever is new is heard at once, then all take turns', () => {
    const { hub, open, pass } = world()
    const all = ['/a', '/b', '/c', '/d', '/e']
    for (const address of all) {
      pass(1)
      member(hub).want(address)
    }
    expect(open()).toEqual(['/c', '/d', '/e'])
    const heard = new Set(open())
    for (let turn = 0; turn < 4; turn += 1) {
      pass(4000)
      expect(open()).toHaveLength(3)
      for (const address of open()) heard.add(address)
    }
    expect([...heard].toSorted()).toEqual(all)
  })

  test('one that is let go tells nothing any more, and its place is given away', () => {
    const { hub, open, newest, pass } = world()
    const first = member(hub)
    first.want('/a')
    const before = newest('/a')
    for (const address of ['/b', '/c', '/d']) {
      pass(1)
      member(hub).want(address)
    }
    before?.emit('state', 'late')
    expect(first.heard).toEqual([])
    expect(open()).not.toContain('/a')
  })

  test('what is refused is said, and asked for again later', () => {
    const { hub, newest, opened, pass } = world()
    const one = member(hub)
    one.want('/a')
    const source = newest('/a')
    if (source === undefined) throw new Error('It was not opened.')
    source.readyState = 2
    source.emit('error')
    expect(one.heard).toEqual([{ id: 0, connected: false }])
    pass(5000)
    expect(opened()).toBe(1)
    pass(11_000)
    expect(opened()).toBe(2)
  })
})
