/** What Live shows, all of it in the address: a view can be shared, bookmarked and gone back to. */
import { goTo, useAddress } from '../../ui/route.tsx'
import type { PeopleKind } from '#server/contract/journey-people.ts'
import { overlays, type Overlay } from './overlays.ts'

const liveTabs = ['canvas', 'flow', 'goals'] as const
export type LiveTab = (typeof liveTabs)[number]

/** Days back. */
export const ranges = { '1d': 1, '7d': 7, '30d': 30, '90d': 90, '365d': 365 } as const
export type Range = keyof typeof ranges
const hour = 3_600_000

export interface LiveView {
  tab: LiveTab
  overlay: Overlay
  range: Range
  /** Null = all versions; drawn is then the live one. */
  version: number | null
  /** Null: those that are counted elsewhere, too. */
  leads: 'real' | 'test' | null
  /** Beside what is shown: the same time before it, or another version in the same time. */
  compare: 'before' | number | null
  step: string | null
  what: PeopleKind
  port: string | null
  /** Without a step: whom of the whole journey the list is of; null = the journey's numbers. */
  everywhere: 'here' | 'paused' | 'parked' | null
  /** Only the leads behind that number are counted on the canvas, wherever they went. */
  isOnly: boolean
  /** A lead whose path is lit. */
  lead: string | null
  enrollment: string | null
  /** A test run that is followed. */
  run: string | null
}

const everywhere = ['here', 'paused', 'parked'] as const
const kinds: readonly string[] = ['here', 'paused', 'parked', 'entered', 'left', 'failed', 'ended']

function readView({ searchParams }: URL): LiveView {
  const get = (name: string) => searchParams.get(name)
  const oneOf = <Value extends string>(name: string, values: readonly Value[], otherwise: Value): Value =>
    values.find((value) => value === get(name)) ?? otherwise
  const version = Number(get('v'))
  return {
    tab: oneOf('tab', liveTabs, 'canvas'),
    overlay: oneOf('overlay', overlays, 'counts'),
    range: oneOf('range', Object.keys(ranges) as Range[], '30d'),
    version: Number.isInteger(version) && version > 0 ? version : null,
    leads: get('leads') === 'test' ? 'test' : get('leads') === 'real' ? 'real' : null,
    compare: readCompare(get('compare')),
    step: get('step'),
    what: oneOf('what', kinds as PeopleKind[], 'here'),
    port: get('port'),
    everywhere: get('step') === null ? (everywhere.find((kind) => kind === get('what')) ?? null) : null,
    isOnly: get('only') === '1' && get('step') !== null,
    lead: get('lead'),
    enrollment: get('enrollment'),
    run: get('run'),
  }
}

/** `before`, or `v2`. */
function readCompare(text: string | null): LiveView['compare'] {
  if (text === 'before') return 'before'
  const version = /^v([1-9]\d{0,8})$/.exec(text ?? '')?.[1]
  return version === undefined ? null : Number(version)
}

export function useLiveView(): LiveView {
  return readView(useAddress())
}

/** The address of another view of the same journey. Null takes a part away. */
export function liveAddress(address: URL, change: Readonly<Record<string, string | null>>): string {
  const next = new URL(address)
  for (const [name, value] of Object.entries(change)) {
    if (value === null) next.searchParams.delete(name)
    else next.searchParams.set(name, value)
  }
  return `${next.pathname}${next.search}`
}

export function changeView(change: Readonly<Record<string, string | null>>): void {
  goTo(liveAddress(new URL(location.href), change))
}

/** The beginning of a range: on the hour, so that a second look asks for the same. */
export function rangeStart(range: Range, now: number): string {
  return new Date(Math.floor(now / hour) * hour - ranges[range] * 24 * hour).toISOString()
}

/** Ms until `rangeStart` is another one. */
export function untilNextHour(now: number): number {
  return hour - (now % hour)
}
