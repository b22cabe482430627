/**
 * The Temporal activity behind every step that leaves the database. It gets an id and nothing else, loads the rest from
 * Postgres and stores the result there together with the lead's input; what reaches Temporal are codes and ids.
 */
import { CancelledFailure, Context } from '@temporalio/activity'
import { ApplicationFailure } from '@temporalio/common'
import type { Json } from '#engine/facts.ts'
import type { Database } from '#db/client.ts'
import { isOnHold } from '#db/repositories/company-switches.ts'
import { finishEffect, readEffect, type EffectRow } from '#db/repositories/effects.ts'
import { loadFacts } from '#db/repositories/facts.ts'
import { findLead } from '#db/repositories/lead-reads.ts'
import { cleanText } from '#engine/text.ts'
import { ActivityFailure } from '../activity-failure.ts'
import type { EffectActivities } from '../contract.ts'
import type { ActivityContext, ActivityLead, ActivityLog } from '../custom-activity.ts'
import type { Performer } from './performer.ts'
import { toStoredResult } from './stored-result.ts'

export interface EffectDependencies {
  db: Database
  /** By type; asked for each effect, since what there is may change while the process runs (development). */
  performers: readonly Performer[] | ((type: string) => Performer | undefined)
  log: EffectLog
}

/** The part of a pino logger that is used. */
export interface EffectLog {
  info(data: object, message: string): void
  warn(data: object, message: string): void
}

/** While everything is on hold, tries again this often. */
const holdPauseMs = 60_000
/** Also known to activities/turn/writes.ts. */
const holdCode = 'ON_HOLD'
const longestMessage = 2000

/**
 * `runEffect`: at least once per attempt, result stored at most once. An effect that is not open (done, cancelled with
 * its lead's exit, erased) is left alone. Retryable failures are thrown for Temporal to retry; the last one, and those
 * that retrying cannot cure, are stored as `failed` first.
 */
export function createEffectActivities({ db, performers, log }: EffectDependencies): EffectActivities {
  const find = toFinder(performers)
  return {
    async runEffect({ effectId }) {
      const effect = await readEffect(db, effectId)
      if (effect === null || effect.status !== 'open') return
      try {
        const performer = find(effect.type)
        if (performer === undefined) {
          throw new ActivityFailure(
            'EFFECT_TYPE_UNKNOWN',
            `This worker has no activity "${effect.type}"; deploy the one that has it.`,
          )
        }
        const { port, output } = await perform(db, log, effect, performer)
        const stored = await finishEffect(db, effect, { status: 'done', port, output })
        if (!stored) log.info({ effectId, type: effect.type }, 'A result came too late and was dropped.')
      } catch (error) {
        await fail(db, log, effect, error)
      }
    },
  }
}

function toFinder(performers: EffectDependencies['performers']): (type: string) => Performer | undefined {
  if (typeof performers === 'function') return performers
  const byType = new Map(performers.map((performer) => [performer.type, performer]))
  return (type) => byType.get(type)
}

async function perform(db: Database, log: EffectLog, effect: EffectRow, performer: Performer) {
  if (effect.isTest && performer.testPort !== null) {
    return { port: performer.testPort, output: { output: { simulated: true } } }
  }
  if (!effect.isTest && (await isOnHold(db))) {
    throw new ActivityFailure(holdCode, 'Everything is on hold; it goes out when the hold is lifted.', {
      retryAfterMs: holdPauseMs,
    })
  }
  const lead = await loadLead(db, effect.leadId, performer.fields)
  const beat = startHeartbeat(effect.heartbeatMs)
  const deadline = createDeadline(effect.timeoutMs)
  try {
    const context = createContext(effect, lead, log, deadline.signal)
    const result = await Promise.race([performer.perform(context, effect.input), deadline.passed])
    return toStoredResult(result, performer.ports)
  } finally {
    beat.stop()
    deadline.clear()
  }
}

/**
 * Lets go of a `perform` that ignores its signal, at the attempt's own timeout, on a cancellation or when the worker
 * stops: else it would hold its slot for ever, and the worker open.
 */
function createDeadline(timeoutMs: number): { signal: AbortSignal; passed: Promise<never>; clear(): void } {
  const { cancellationSignal } = Context.current()
  const time = new AbortController()
  const timer = setTimeout(() => time.abort(), timeoutMs)
  const signal = AbortSignal.any([cancellationSignal, time.signal])
  const passed = new Promise<never>((_, reject) => {
    const stop = (): void => {
      reject(new ActivityFailure('EFFECT_TIMED_OUT', `It took longer than ${timeoutMs} ms.`))
    }
    if (signal.aborted) stop()
    signal.addEventListener('abort', stop, { once: true })
  })
  // A deadline nobody waits for any more is no error.
  passed.catch(() => {})
  return { signal, passed, clear: () => clearTimeout(timer) }
}

async function loadLead(db: Database, leadId: string, wanted: readonly string[] | null): Promise<ActivityLead> {
  const row = await findLead(db, leadId)
  if (row === null || row.erasedAt !== null) {
    throw new ActivityFailure('LEAD_ERASED', 'The lead was erased.', { retry: false })
  }
  const { fields, tags } = await loadFacts(db, row, { events: [], surveys: [], deliveries: false, received: false })
  const kept = wanted === null ? fields : Object.fromEntries(wanted.map((key) => [key, fields[key] ?? null]))
  return { id: row.id, fields: kept, tags: Object.keys(tags).sort() }
}

function createContext(effect: EffectRow, lead: ActivityLead, log: EffectLog, signal: AbortSignal): ActivityContext {
  const { info } = Context.current()
  const about = { effectId: effect.id, type: effect.type, leadId: effect.leadId, attempt: info.attempt }
  const activityLog: ActivityLog = {
    info: (message, data) => log.info({ ...about, ...data }, message),
    warn: (message, data) => log.warn({ ...about, ...data }, message),
  }
  const details: unknown = info.heartbeatDetails
  return {
    idempotencyKey: `${effect.enrollmentId}:${effect.stepId}:${effect.visit}`,
    attempt: info.attempt,
    leadId: effect.leadId,
    lead,
    entry: readEntry(effect.input),
    heartbeat: (progress) => Context.current().heartbeat(progress),
    lastProgress: typeof details === 'number' ? details : null,
    signal,
    log: activityLog,
  }
}

function readEntry(input: Json): Record<string, Json> {
  const entry = typeof input === 'object' && input !== null && !Array.isArray(input) ? input['entry'] : undefined
  return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry : {}
}

/** Beats three times per timeout, so that a worker that died or froze is noticed, and a cancellation arrives. */
function startHeartbeat(heartbeatMs: number | null): { stop(): void } {
  if (heartbeatMs === null) return { stop: () => {} }
  const context = Context.current()
  const details: unknown = context.info.heartbeatDetails
  const timer = setInterval(() => context.heartbeat(details), Math.max(100, heartbeatMs / 3))
  return { stop: () => clearInterval(timer) }
}

/** @throws always: a cancellation, or a failure that carries code and id only. */
async function fail(db: Database, log: EffectLog, effect: EffectRow, error: unknown): Promise<never> {
  const { info, cancellationSignal } = Context.current()
  if (cancellationSignal.aborted) throw new CancelledFailure('EFFECT_CANCELLED')
  const failure = error instanceof ActivityFailure ? error : null
  const code = failure?.code ?? 'ACTIVITY_FAILED'
  // A hold uses up no attempts of its own: the effect stays open, and the workflow starts it anew when Temporal gives up.
  const isFinal = code !== holdCode && (failure?.retry === false || info.attempt >= effect.maxAttempts)
  log.warn({ effectId: effect.id, type: effect.type, code, attempt: info.attempt, isFinal }, 'An effect failed.')
  if (isFinal) {
    const message = cleanText(error instanceof Error ? error.message : String(error)).slice(0, longestMessage)
    await finishEffect(db, effect, { status: 'failed', error: { code, message: message.toWellFormed() } })
  }
  throw ApplicationFailure.create({
    message: code,
    type: code,
    nonRetryable: isFinal,
    details: [effect.id],
    ...(failure?.retryAfterMs == null || isFinal ? {} : { nextRetryDelay: failure.retryAfterMs }),
  })
}
