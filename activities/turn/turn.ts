/**
 * The turn: one local activity, one Postgres transaction. It locks the lead, consumes what came in, walks every
 * enrollment to its next rest and writes it all; it returns how things stand, so running it twice, late or after a
 * restore does no harm. No network call inside (ADR 0002).
 */
import { Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import { toLeadTime, toRealTime } from '#engine/clock.ts'
import type { Definition } from '#engine/definition/types.ts'
import { EngineError } from '#engine/errors.ts'
import type { Instant } from '#engine/facts.ts'
import type { StepType } from '#engine/steps/contract.ts'
import type { Database, Transaction } from '#db/client.ts'
import { newId } from '#db/ids.ts'
import { isOnHold } from '#db/repositories/company-switches.ts'
import { loadFacts } from '#db/repositories/facts.ts'
import { createLibraryCache } from '#db/repositories/library.ts'
import { lockAndRead, type TurnSnapshot } from '#db/repositories/turn-ground.ts'
import {
  inputsAtOnce,
  pinJourneyHeads,
  readEnrollmentHistory,
  readJourneyHeads,
  readLead,
  readOwnRows,
  takeInputs,
  type InputRow,
} from '#db/repositories/turn-load.ts'
import { leadPokes } from '#db/schema/inputs.ts'
import { passingTrouble, type LeadActivities, type OpenEffect, type TurnInput, type TurnResult } from '../contract.ts'
import { createDefinitionCache, emptyDefinition, type DefinitionCache } from './definitions.ts'
import { dueInRealTime } from './due.ts'
import { failureCode, isPassing } from './failures.ts'
import { settleGone } from './gone.ts'
import { parkLive } from '#engine/turn/live-enrollment.ts'
import { liveFromRow } from './live-from-row.ts'
import {
  EnrollmentFailure,
  isConsumable,
  isTurnFull,
  isWalking,
  neededFacts,
  runAgenda,
  type TurnSession,
} from '#engine/turn/session.ts'
import { failEffects, openEffectsOf, writeTurn } from './writes.ts'

/** From this attempt on a failing enrollment is parked, so that the lead's others go on. */
const parkFromAttempt = 3
/** A turn's own changes may bring new inputs (a stage change starts a journey): worked off in the same transaction. */
const mostRounds = 10

export interface TurnDependencies {
  db: Database
  stepType: (type: string) => StepType | undefined
  /** Prefix of Temporal task queues, for test runs that share a server. @default '' */
  queuePrefix?: string
  /** Called inside the transaction after the writes, before the commit: where fault tests kill the process. */
  beforeCommit?(leadId: string): Promise<void>
  /** Called after the commit, before the workflow learns of it. */
  afterCommit?(leadId: string): Promise<void>
}

/** The `turn` activity over its dependencies. */
export function createTurn(dependencies: TurnDependencies): LeadActivities['turn'] {
  const definitions = createDefinitionCache()
  const libraries = createLibraryCache()
  return async (input) => {
    const attempt = Context.current().info.attempt
    try {
      const result = await dependencies.db.transaction(async (tx) => {
        const inside = await runTurn(
          tx,
          { dependencies, definitions, libraries, careful: input.hasFailed || attempt >= parkFromAttempt },
          input,
        )
        await dependencies.beforeCommit?.(input.leadId)
        return inside
      })
      await dependencies.afterCommit?.(input.leadId)
      return result
    } catch (error) {
      throw ApplicationFailure.create({
        type: failureType(error),
        message: isPassing(error)
          ? 'The database did not answer in time; the turn is tried again.'
          : 'The turn failed; it is tried again.',
        details: [{ leadId: input.leadId, attempt }],
      })
    }
  }
}

function failureType(error: unknown): string {
  if (isPassing(error)) return passingTrouble
  return error instanceof EnrollmentFailure ? error.code : failureCode(error)
}

interface TurnMachinery {
  dependencies: TurnDependencies
  definitions: DefinitionCache
  libraries: ReturnType<typeof createLibraryCache>
  careful: boolean
}

const nothingToDo: TurnResult = { wakeAt: null, openEffects: [], done: true, moved: false }

/** One turn inside a transaction. Exported for the hold preview and for tests that need no Temporal. */
export async function runTurn(tx: Transaction, machinery: TurnMachinery, input: TurnInput): Promise<TurnResult> {
  const snapshot = await lockAndRead(tx, input.leadId)
  if (snapshot === null) return nothingToDo
  const { lead } = snapshot
  if (await settleGone(tx, lead)) return nothingToDo
  const failedSome = await failEffects(tx, input.failedEffects)
  if (failedSome) {
    snapshot.own = await readOwnRows(
      tx,
      snapshot.enrollments.map((row) => row.id),
    )
    snapshot.openEffects = await openEffectsOf(tx, input.leadId)
  }
  const realNow = Math.max(snapshot.databaseNow, input.firedFor ?? 0)
  const now = toLeadTime(lead.clock, realNow)

  let inputs = snapshot.inputs
  const session = await prepare(tx, machinery, snapshot, inputs, now)
  if (failedSome) {
    // They were read as open, under the lock that failing them needs, too.
    await reloadFacts(tx, session, input.leadId)
    inputs = [...inputs, lookAgain(input.leadId, now)]
  }
  let moved = false
  let leftOver = true
  let open: OpenEffect[] = snapshot.openEffects
  for (let round = 0; round < mostRounds; round += 1) {
    const ready = inputs.filter((row) => isConsumable(row, now, session.journeys))
    const { consumed, isFinished } = runAgenda(session, ready)
    const written = await writeTurn(tx, {
      session,
      lead,
      consumed,
      realNow,
      queuePrefix: machinery.dependencies.queuePrefix ?? '',
    })
    moved ||= written.moved || consumed.length > 0
    // Mostly the writes leave both as they were read; what others send meanwhile comes with a poke of its own.
    if (written.isChanged || inputs.length >= inputsAtOnce)
      [inputs, open] = await Promise.all([takeInputs(tx, input.leadId), openEffectsOf(tx, input.leadId)])
    else inputs = inputs.filter((row) => row.id > 0 && !consumed.includes(row))
    leftOver = !isFinished || inputs.some((row) => isConsumable(row, now, session.journeys))
    if (!leftOver || isTurnFull(session)) break
    // What the turn has written so far is in the database, so facts for a journey that only now comes up are read anew.
    const hasNew = await loadEntries(tx, machinery, session, inputs)
    // Nobody else writes while the lead is locked: a look-again is about what this turn's own writes changed in its rows.
    const isOutdated = session.stale !== null || inputs.some((row) => row.kind !== 'enroll' && row.kind !== 'control')
    if (hasNew || isOutdated) await reloadFacts(tx, session, input.leadId)
    if (session.stale !== null) inputs = [...inputs, lookAgain(input.leadId, session.stale)]
    session.stale = null
  }
  if (leftOver) await tx.insert(leadPokes).values({ leadId: input.leadId }).onConflictDoNothing()

  const wakes = session.live
    .filter((live) => isWalking(live) && live.wakeAt !== null)
    .map((live) => dueInRealTime(lead, live.definition.settings, live.wakeAt ?? now))
  for (const row of inputs) if (row.at.getTime() > now) wakes.push(toRealTime(lead.clock, row.at.getTime()))
  if (leftOver) wakes.push(realNow)
  const wakeAt = wakes.length === 0 ? null : Math.min(...wakes)
  return {
    wakeAt,
    openEffects: await withoutHeld(tx, lead, open),
    done: wakeAt === null && open.length === 0 && !session.live.some(isWalking),
    moved,
  }
}

/**
 * While everything is on hold, effects of real leads are not started (they stay open, and use up no attempts); the
 * reconciler looks at them again after the hold.
 */
async function withoutHeld(tx: Transaction, lead: { isTest: boolean }, open: OpenEffect[]): Promise<OpenEffect[]> {
  return open.length > 0 && !lead.isTest && (await isOnHold(tx)) ? [] : open
}

/** Everything the session knows of the lead, as the turn has written it so far. */
async function reloadFacts(tx: Transaction, session: TurnSession, leadId: string): Promise<void> {
  const [lead, own] = await Promise.all([
    readLead(tx, leadId),
    readOwnRows(
      tx,
      session.live.map((live) => live.id),
    ),
  ])
  if (lead === null) return
  session.facts = await loadFacts(tx, lead, neededFacts(definitionsInUse(session), session.library))
  for (const live of session.live) live.own = own.get(live.id) ?? live.own
}

async function prepare(
  tx: Transaction,
  machinery: TurnMachinery,
  snapshot: TurnSnapshot,
  inputs: InputRow[],
  now: Instant,
): Promise<TurnSession> {
  const { lead } = snapshot
  const { dependencies, definitions } = machinery
  const library = await machinery.libraries.get(tx, snapshot.libraryRevision)
  const ground: TurnGround = { journeys: new Map(), definitions: new Map(), live: [], history: [] }
  for (const head of snapshot.heads) ground.journeys.set(head.id, head)
  for (const row of snapshot.enrollments) {
    const journey = ground.journeys.get(row.journeyId)
    const own = snapshot.own.get(row.id)
    if (journey === undefined || own === undefined) continue
    try {
      ground.live.push(liveFromRow(row, journey, await definitions.get(tx, row.journeyId, row.version), own))
    } catch (error) {
      if (!(error instanceof EngineError)) throw error
      if (!machinery.careful) throw new EnrollmentFailure(row.id, error.code, error)
      const unreadable = liveFromRow(row, journey, emptyDefinition(), own)
      if (row.status !== 'parked') parkLive(unreadable, error.code, error.message)
      ground.live.push(unreadable)
    }
  }
  await loadEntries(tx, machinery, ground, inputs)
  return {
    ...ground,
    facts: await loadFacts(tx, lead, neededFacts(definitionsInUse(ground), library), snapshot.known),
    library,
    now,
    stepType: (type) => dependencies.stepType(type),
    newId,
    careful: machinery.careful,
    outcomes: new Map(),
    reopened: new Set(),
    advances: 0,
    setOff: 0,
    stale: null,
  }
}

type TurnGround = Pick<TurnSession, 'journeys' | 'definitions' | 'live' | 'history'>

function definitionsInUse(ground: TurnGround): Definition[] {
  return [...ground.live.map((live) => live.definition), ...ground.definitions.values()]
}

/** Loads what entries and migrations among the inputs need. True when a journey came up that was not known before. */
async function loadEntries(
  tx: Transaction,
  machinery: TurnMachinery,
  ground: TurnGround,
  inputs: InputRow[],
): Promise<boolean> {
  const entering = journeyIdsOf(inputs)
  const heads = await readJourneyHeads(
    tx,
    entering.filter((id) => !ground.journeys.has(id)),
    [],
  )
  for (const head of heads) ground.journeys.set(head.id, head)
  const paused = entering.filter((id) => ground.journeys.get(id)?.status === 'paused')
  for (const head of await pinJourneyHeads(tx, paused)) Object.assign(ground.journeys.get(head.id) ?? {}, head)
  const fresh: string[] = []
  for (const id of entering) {
    const journey = ground.journeys.get(id)
    if (journey === undefined || journey.liveVersion === null || ground.definitions.has(id)) continue
    try {
      ground.definitions.set(id, await machinery.definitions.get(tx, id, journey.liveVersion))
      fresh.push(id)
    } catch (error) {
      // Nobody can enter what cannot be read; the session refuses these entries, the lead's other journeys go on.
      if (!(error instanceof EngineError && machinery.careful)) throw error
    }
  }
  const leadId = inputs[0]?.leadId
  if (fresh.length > 0 && leadId !== undefined) {
    const known = new Set(ground.history.map((past) => `${past.journeyId}:${past.entryKey}`))
    for (const row of await readEnrollmentHistory(tx, leadId, fresh)) {
      if (known.has(`${row.journeyId}:${row.entryKey}`)) continue
      ground.history.push({ ...row, enteredAt: row.enteredAt.getTime() })
    }
  }
  for (const row of inputs) {
    const { version, enrollmentId } = row.payload
    if (row.kind !== 'control' || typeof version !== 'number') continue
    const live = ground.live.find((candidate) => candidate.id === enrollmentId)
    const definition = live && (await definitionOrNull(tx, machinery, live.journey.id, version))
    if (live && definition) ground.definitions.set(`${live.journey.id}:${version}`, definition)
  }
  return fresh.length > 0
}

async function definitionOrNull(tx: Transaction, machinery: TurnMachinery, journeyId: string, version: number) {
  try {
    return await machinery.definitions.get(tx, journeyId, version)
  } catch (error) {
    if (error instanceof EngineError) return null
    throw error
  }
}

function journeyIdsOf(inputs: readonly InputRow[]): string[] {
  const ids = inputs.flatMap((row) => {
    const id = row.kind === 'enroll' ? row.payload['journeyId'] : undefined
    return typeof id === 'string' ? [id] : []
  })
  return [...new Set(ids)]
}

/** A look-again that no row stands for. */
function lookAgain(leadId: string, now: Instant): InputRow {
  const at = new Date(now)
  return { id: -1, leadId, kind: 'effect', payload: {}, at, createdAt: at, consumedAt: null, outcome: null }
}
