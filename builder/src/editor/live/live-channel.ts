/** Counts from second to second, into stores by step: what changed is drawn again, and nothing else. */
import { useEffect, useState } from 'react'
import { journeyLivePath, type LiveCounts } from '#server/contract/journey-statistics.ts'
import { useJourneyStream } from '../journey-stream.tsx'
import type { Marks } from '../marks.ts'
import type { PortCount } from './flow.ts'

/** Without a beat for so long, what is shown is old. The server beats every 4 s. */
const silenceMs = 12_000

export interface ChannelState {
  /** Fresh: the counts are looked at now. */
  isFresh: boolean
  /** When they were last looked at; null before the first answer. */
  at: string | null
}

export interface ChannelOptions {
  journey: string
  from: string
  version: number | null
  leads: 'real' | 'test'
  /** Followed, too. */
  lead: string | null
}

/** All ways out that were taken, for who draws the connections. */
export interface PortStore {
  all: () => readonly PortCount[]
  subscribe: (listener: () => void) => () => void
}

interface WritablePorts extends PortStore {
  take(counts: LiveCounts): void
}

function createPorts(): WritablePorts {
  let ports = new Map<string, PortCount>()
  let list: readonly PortCount[] = []
  const listeners = new Set<() => void>()
  return {
    all: () => list,
    subscribe: (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    take: ({ whole, ports: given }) => {
      if (!whole && given.length === 0) return
      ports = new Map([...(whole ? [] : ports), ...given.map((port) => [`${port.from}:${port.port}`, port] as const)])
      list = [...ports.values()]
      for (const listener of listeners) listener()
    },
  }
}

/**
 * Listens to the channel, in place of the journey's plain stream, for as long as the component is shown and writes `marks.counts`. After a cut it begins with the whole
 * again, so nothing is added up twice. `onLead` is called when the followed lead moved.
 */
export function useLiveChannel(
  marks: Marks,
  { journey, from, version, leads, lead }: ChannelOptions,
  onLead: () => void,
): ChannelState & { ports: PortStore } {
  const stream = useJourneyStream()
  const [ports] = useState(createPorts)
  const [state, setState] = useState<ChannelState>({ isFresh: false, at: null })
  useEffect(() => {
    const query = new URLSearchParams({ from, leads })
    if (version !== null) query.set('version', String(version))
    if (lead !== null) query.set('lead', lead)
    const address = `${journeyLivePath(journey)}?${query.toString()}`
    let heardAt = Date.now()
    const fresh = (at: string) => {
      heardAt = Date.now()
      setState({ isFresh: true, at })
    }
    const leave = stream.tune(address, {
      counts: (data) => {
        const counts = JSON.parse(data) as LiveCounts
        takeCounts(marks, counts)
        ports.take(counts)
        fresh(counts.at)
      },
      beat: (data) => fresh((JSON.parse(data) as { at: string }).at),
      lead: onLead,
    })
    const watch = setInterval(() => {
      if (Date.now() - heardAt > silenceMs)
        setState((before) => (before.isFresh ? { ...before, isFresh: false } : before))
    }, 2000)
    return () => {
      clearInterval(watch)
      leave()
    }
  }, [stream, marks, ports, journey, from, version, leads, lead, onLead])
  return { ...state, ports }
}

/** The contract's `failed` holds those parked now; the card tells both in one number. */
function takeCounts({ counts: store }: Pick<Marks, 'counts'>, { whole, steps }: LiveCounts): void {
  const values = steps.map(({ stepId, here, passed, failed, paused, parked }) => {
    return [stepId, { here, passed, failed: failed - parked, paused, parked }] as const
  })
  if (whole) store.replace(new Map(values))
  else store.patch(values)
}
