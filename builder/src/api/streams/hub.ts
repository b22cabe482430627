/**
 * Server-sent events for all tabs of a browser. Over HTTP/1.1 it has six connections to a server for all of them, and a
 * stream keeps one: so a few are held at once, one for each address, and when more are wanted they take turns.
 * Every stream tells the whole of what it is about when it opens, so that nothing is lost between two turns.
 */

/** What of `EventSource` is used. */
export interface Source {
  readonly readyState: number
  addEventListener(name: string, listener: (event: MessageEvent<string>) => void): void
  close(): void
}

/** A stream that somebody listens to, under an id of the listener's own. */
export interface Wish {
  id: number
  address: string
  /** Names of events. */
  events: readonly string[]
}

export type Heard = { id: number; name: string; data: string } | { id: number; connected: boolean }

interface Listener extends Wish {
  send: (heard: Heard) => void
}

interface Channel {
  address: string
  listeners: Set<Listener>
  source: Source | null
  /** When it was opened, or last let go of; ms. */
  since: number
  /** A refused stream is not asked for again before; ms. */
  notBefore: number
}

export interface Hub {
  /** A member with its own wishes; called again with other ones, and with none when it is gone. */
  join(send: (heard: Heard) => void): (wishes: readonly Wish[]) => void
  /** Lets others have their turn and tries again what was refused: to be called every second or two. */
  tend(): void
}

const closed = 2
/** Leaves half of a browser's connections for everything else. */
const mostOpen = 3
const turnMs = 4000
const refusedMs = 15_000

export function createHub(open: (address: string) => Source, now: () => number = Date.now): Hub {
  const channels = new Map<string, Channel>()

  const tell = ({ listeners }: Channel, connected: boolean) => {
    for (const { id, send } of listeners) send({ id, connected })
  }
  const letGo = (channel: Channel) => {
    channel.source?.close()
    channel.source = null
    channel.since = now()
  }
  const start = (channel: Channel) => {
    letGo(channel)
    const source = open(channel.address)
    channel.source = source
    const isPresent = () => channel.source === source
    source.addEventListener('open', () => isPresent() && tell(channel, true))
    source.addEventListener('error', () => {
      if (!isPresent()) return
      tell(channel, false)
      // It opens again by itself after a cut, not after a refusal.
      if (source.readyState !== closed) return
      letGo(channel)
      channel.notBefore = now() + refusedMs
    })
    for (const name of new Set([...channel.listeners].flatMap(({ events }) => events)))
      source.addEventListener(name, ({ data }) => {
        if (!isPresent()) return
        for (const { id, events, send } of channel.listeners) if (events.includes(name)) send({ id, name, data })
      })
  }
  const openOnes = () => [...channels.values()].filter(({ source }) => source !== null)
  const oldest = (list: readonly Channel[]) => list.toSorted((one, other) => one.since - other.since)[0]

  /** At once, in place of whoever has had its turn for longest. */
  const insist = (channel: Channel) => {
    const others = openOnes().filter((other) => other !== channel)
    const last = others.length < mostOpen ? undefined : oldest(others)
    if (last !== undefined) letGo(last)
    start(channel)
  }
  const tend = () => {
    for (;;) {
      const waiting = [...channels.values()].filter(({ source, notBefore }) => source === null && notBefore <= now())
      const next = oldest(waiting)
      if (next === undefined) return
      const present = openOnes()
      if (present.length >= mostOpen) {
        const done = oldest(present)
        if (done === undefined || now() - done.since < turnMs) return
        letGo(done)
      }
      start(next)
    }
  }
  const add = (listener: Listener) => {
    const { address } = listener
    const channel = channels.get(address) ?? { address, listeners: new Set(), source: null, since: 0, notBefore: 0 }
    channels.set(address, channel)
    channel.listeners.add(listener)
    // Opened anew for somebody who joins, too: the whole is told at the beginning only.
    insist(channel)
  }
  const remove = (listener: Listener) => {
    const channel = channels.get(listener.address)
    if (channel?.listeners.delete(listener) !== true || channel.listeners.size > 0) return
    letGo(channel)
    channels.delete(listener.address)
    tend()
  }
  return {
    tend,
    join: (send) => {
      const own = new Map<number, Listener>()
      return (wishes) => {
        const wanted = new Set(wishes.map(({ id }) => id))
        for (const [id, listener] of own) {
          if (wanted.has(id)) continue
          own.delete(id)
          remove(listener)
        }
        for (const wish of wishes) {
          if (own.has(wish.id)) continue
          const listener = { ...wish, send }
          own.set(wish.id, listener)
          add(listener)
        }
      }
    },
  }
}
