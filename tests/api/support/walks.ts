/** Made-up walks through a journey as rows, and the numbers of Live worked out from them one by one. */
import { newId } from '#db/ids.ts'
import { enrollments, stepLog } from '#db/schema/journeys.ts'
import { addLeads } from '../../support/seed-world.ts'
import type { TestApp } from './test-app.ts'

const hour = 3_600_000
export const day = 24 * hour

/** A row of the step log with what the oracle needs of its enrollment. */
export interface Visit {
  enrollmentId: string
  stepId: string
  port: string | null
  enteredAt: number
  leftAt: number
  version: number
  visit: number
}
export interface Walk {
  id: string
  leadId: string
  isTest: boolean
  status: 'active' | 'parked' | 'completed' | 'exited'
  stepId: string
  visit: number
  since: number
  enteredAt: number
  finishedAt: number | null
  goalMet: boolean
  version: number
}

/** Small and the same on every run. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return state / 2_147_483_648
  }
}

/** 400 walks over made-up steps with loops, moves, failures and both kinds of ends, over ninety days. */
export async function seedWalks(app: TestApp, journeyId: string, now: number): Promise<Walked> {
  const random = randomFrom(42)
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T
  const leadIds = await addLeads(
    app.database.db,
    Array.from({ length: 400 }, (_, index) => `Lead${String(index)} Test`),
  )
  const walks: Walk[] = []
  const visits: Visit[] = []
  for (const leadId of leadIds) {
    const walk: Walk = {
      id: newId(),
      leadId,
      isTest: random() < 0.2,
      status: pick(['active', 'active', 'parked', 'completed', 'completed', 'exited']),
      stepId: 'entry',
      visit: 1,
      since: 0,
      enteredAt: now - Math.floor(random() * 90 * day),
      finishedAt: null,
      goalMet: false,
      version: random() < 0.3 ? 2 : 1,
    }
    const seen = new Map<string, number>()
    let at = walk.enteredAt
    for (let count = Math.floor(random() * 6); count >= 0; count -= 1) {
      const stepId = seen.size === 0 ? 'entry' : pick(['survey', 'answer', 'call', 'postcard'])
      const visit = (seen.get(stepId) ?? 0) + 1
      seen.set(stepId, visit)
      const leftAt = Math.min(now - 1, at + Math.floor(random() * 6 * day))
      const isLast = count === 0
      const isOver = walk.status === 'completed' || walk.status === 'exited'
      walk.stepId = stepId
      walk.visit = visit
      walk.since = at
      if (isLast && !isOver) break
      const port =
        isLast && random() < 0.8 ? null : pick(['next', 'next', 'timeout', 'error', 'skipped', isLast ? 'next' : null])
      visits.push({ enrollmentId: walk.id, stepId, port, enteredAt: at, leftAt, version: walk.version, visit })
      at = leftAt
      if (isLast) {
        walk.finishedAt = leftAt
        walk.goalMet = walk.status === 'completed' && random() < 0.6
      }
    }
    walks.push(walk)
  }
  await app.database.db.insert(enrollments).values(
    walks.map((walk) => ({
      ...walk,
      journeyId,
      since: new Date(walk.since),
      enteredAt: new Date(walk.enteredAt),
      finishedAt: walk.finishedAt === null ? null : new Date(walk.finishedAt),
      state: {
        status: walk.status,
        stepId: walk.stepId,
        visit: walk.visit,
        since: walk.since,
        rest: null,
        visits: {},
        anchorAt: 0,
        lastMessage: null,
        reason: null,
        error: null,
      },
      error: walk.status === 'parked' ? { code: 'EFFECT_FAILED', message: 'The CRM answered 401.', attempts: 1 } : null,
      triggerId: 'manual',
      entryKey: walk.id,
    })),
  )
  await app.database.db.insert(stepLog).values(
    visits.map((visit) => ({
      ...visit,
      leadId: walks.find(({ id }) => id === visit.enrollmentId)?.leadId ?? '',
      journeyId,
      stepType: 'wait',
      enteredAt: new Date(visit.enteredAt),
      leftAt: new Date(visit.leftAt),
      reason: visit.port === 'skipped' ? 'No consent.' : 'Because.',
      recordedAt: new Date(visit.leftAt),
    })),
  )
  return { walks, visits, byId: new Map(walks.map((walk) => [walk.id, walk])) }
}

export interface Walked {
  walks: Walk[]
  visits: Visit[]
  byId: ReadonlyMap<string, Walk>
}

export interface Scope {
  from: number
  to: number
  version: number | null
  leads: 'real' | 'test'
  /** Only these enrollments. */
  only?: ReadonlySet<string>
}

/** The same numbers, one row after the other. */
export function oracle({ walks, visits, byId }: Walked, { from, to, version, leads, only }: Scope) {
  const walkOf = ({ enrollmentId }: Visit): Walk => {
    const walk = byId.get(enrollmentId)
    if (walk === undefined) throw new Error(`There is no walk "${enrollmentId}".`)
    return walk
  }
  const isOurs = (walk: Walk) => walk.isTest === (leads === 'test') && (only === undefined || only.has(walk.id))
  const within = (at: number) => at >= from && at < to
  const ours = visits.filter(
    (visit) => isOurs(walkOf(visit)) && (version === null || visit.version === version) && visit.leftAt >= from,
  )
  const standing = walks.filter(
    (walk) => isOurs(walk) && walk.finishedAt === null && (version === null || walk.version === version),
  )
  const stepIds = [...new Set([...ours, ...standing].map(({ stepId }) => stepId))].sort()
  const steps = stepIds.map((stepId) => {
    const left = ours.filter((visit) => visit.stepId === stepId && within(visit.leftAt))
    const here = standing.filter((walk) => walk.stepId === stepId)
    const isLast = (visit: Visit) => {
      const walk = walkOf(visit)
      return walk.finishedAt !== null && walk.stepId === visit.stepId && walk.visit === visit.visit
    }
    const ended = left.filter(isLast).map(walkOf)
    const who = new Set(left.map(walkOf))
    const times = left.map((visit) => visit.leftAt - visit.enteredAt).sort((a, b) => a - b)
    return {
      stepId,
      entered:
        ours.filter((visit) => visit.stepId === stepId && within(visit.enteredAt)).length +
        here.filter(({ since }) => within(since)).length,
      left: left.length,
      enrollments: who.size,
      reachedGoal: [...who].filter(({ goalMet }) => goalMet).length,
      ended: {
        goal: ended.filter(({ goalMet }) => goalMet).length,
        path: ended.filter(({ goalMet, status }) => !goalMet && status === 'completed').length,
        early: ended.filter(({ goalMet, status }) => !goalMet && status !== 'completed').length,
      },
      taken: left.filter((visit) => visit.port === null && !isLast(visit)).length,
      medianMs: quantile(times, 0.5),
      p90Ms: quantile(times, 0.9),
      here: here.length,
      paused: 0,
      parked: here.filter(({ status }) => status === 'parked').length,
    }
  })
  const ports = new Map<string, number>()
  for (const { stepId, port, leftAt } of ours) {
    if (port !== null && within(leftAt)) ports.set(`${stepId}:${port}`, (ports.get(`${stepId}:${port}`) ?? 0) + 1)
  }
  return { steps, ports }
}

function quantile(sorted: readonly number[], share: number): number | null {
  if (sorted.length === 0) return null
  const place = share * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? 0
  return Math.round(low + (high - low) * (place - Math.floor(place)))
}
