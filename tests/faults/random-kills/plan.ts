/** What happens in one run, all of it drawn from the seed: who does what when, and what is killed when. */
import type { Failpoint } from '../../support/engine-process.ts'
import type { Role } from './installation.ts'
import type { Random } from './random.ts'

/** One act of the outside world. `atMs` counts from the start of the run. Each has a key that its sender never changes. */
export type Act = { atMs: number; lead: number; key: string } & (
  | { kind: 'enrol'; journey: string }
  /** It happened `earlierMs` of the lead's time before `firstMs`, however often and late it is sent. */
  | { kind: 'event'; event: string; firstMs: number; earlierMs: number }
  | { kind: 'tag'; tag: string }
  | { kind: 'unsubscribe' }
)

export interface Kill {
  atMs: number
  role: Role
  downMs: number
  /** Not at this moment but where a worker next comes to this place. */
  place?: Failpoint
}

export interface Plan {
  /** Whether each lead is a test lead (with a virtual clock) or a real one. */
  leads: { isTest: boolean }[]
  acts: Act[]
  kills: Kill[]
}

/** Test leads enter for this long, so that what happens to them is spread over the kills. */
const entryMs = 10_000
/** From a lead's entry to its last act. */
const actsMs = 32_000

/** Draws a plan. The same random numbers give the same plan. */
export function drawPlan(
  random: Random,
  options: { leads: number; kills: number; killMs: number; workers: number; apis: number },
): Plan {
  const leads = Array.from({ length: options.leads }, () => ({ isTest: random.chance(0.8) }))
  const acts = leads.flatMap(({ isTest }, lead) => drawActs(random, lead, isTest))
  return { leads, acts: acts.sort((a, b) => a.atMs - b.atMs), kills: drawKills(random, options) }
}

function drawActs(random: Random, lead: number, isTest: boolean): Act[] {
  const enteredMs = random.between(0, entryMs)
  const acts: Act[] = []
  const later = (): number => enteredMs + random.between(500, actsMs)
  const add = (act: Act): void => {
    acts.push(act)
    // Senders that did not hear the answer send again, at any time.
    if (random.chance(0.3)) acts.push({ ...act, atMs: act.atMs + random.between(0, 8000) })
  }
  const key = (what: string): string => `${what}-${String(lead)}`
  const event = (name: string, chance: number): void => {
    if (!random.chance(chance)) return
    // Up to six hours of a test lead's time ago: events arrive in any order.
    const earlierMs = isTest ? random.between(0, 6 * 3_600_000) : random.between(0, 2000)
    const atMs = later()
    add({ atMs, lead, key: key(name), kind: 'event', event: name, firstMs: atMs, earlierMs })
  }
  const enrol = (journey: string): void => add({ atMs: enteredMs, lead, key: key(journey), kind: 'enrol', journey })
  if (isTest) {
    enrol('welcome')
    if (random.chance(0.5)) enrol('loop')
    if (random.chance(0.6)) add({ atMs: later(), lead, key: key('ready'), kind: 'tag', tag: 'ready' })
  } else enrol('quick')
  event('answered', 0.5)
  event('purchased', 0.1)
  event('asked_to_stop', 0.1)
  for (let index = 0; index < random.between(0, 4); index += 1) event(`noise-${String(index)}`, 1)
  if (random.chance(0.15)) add({ atMs: later(), lead, key: key('unsubscribe'), kind: 'unsubscribe' })
  return acts
}

function drawKills(
  random: Random,
  { kills, killMs, workers, apis }: { kills: number; killMs: number; workers: number; apis: number },
): Kill[] {
  const worker = (): Role => `worker-${random.between(1, workers + 1)}`
  const api = (): Role => `api-${random.between(1, apis + 1)}`
  const victims: (() => Pick<Kill, 'role' | 'place'>)[] = [
    () => ({ role: worker(), place: 'after-commit' }),
    () => ({ role: worker(), place: 'before-commit' }),
    () => ({ role: worker(), place: 'after-send' }),
    () => ({ role: 'postgres' }),
    () => ({ role: 'temporal' }),
    () => ({ role: worker() }),
    () => ({ role: api() }),
  ]
  // Every kind once, in any order, before any comes again.
  const drawn: Pick<Kill, 'role' | 'place'>[] = []
  while (drawn.length < kills) drawn.push(...random.shuffle(victims).map((draw) => draw()))
  const spacing = killMs / kills
  return drawn.slice(0, kills).map((victim, index) => ({
    ...victim,
    atMs: Math.round(5000 + index * spacing + random.next() * spacing),
    downMs: random.between(0, 2500),
  }))
}
