import { ingestMessages as take, type IngestOutcome } from '#activities/ingest/ingest-messages.ts'
import {
  isFillable,
  noteUnknownTraits,
  readIngestSettings,
  readUnknownTraits,
  saveIngestSettings,
  type IngestSettings,
} from '#activities/ingest/settings.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import type { Library } from '#engine/library.ts'
import {
  getIngestSettings,
  ingestAlias,
  ingestBatch,
  ingestGroup,
  ingestIdentify,
  ingestImport,
  ingestMessages,
  ingestPage,
  ingestTrack,
  putIngestSettings,
  type IngestKind,
  type Taken,
} from '../contract/ingest.ts'
import type { ProblemIssue } from '../contract/problem.ts'
import { readMessage, type ReadMessage } from '../ingest/read-message.ts'
import type { RequestContext } from '../middleware/request-context.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

interface IngestRouteDeps {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  /** As they are now, or were a few seconds ago. */
  settings: () => Promise<IngestSettings>
  now: () => number
}

interface Given {
  /** Null: of no kind we know. */
  kind: IngestKind | null
  message: unknown
}

/** Segment-compatible ingest, and its settings. */
export function ingestRoutes(deps: IngestRouteDeps): Implementation[] {
  const { db, library } = deps
  /** Traits this process has reported already. */
  const reported = new Set<string>()

  const report = async (names: string[]): Promise<void> => {
    const fresh = names.filter((name) => !reported.has(name))
    if (fresh.length === 0 || reported.size > 1000) return
    for (const name of fresh) reported.add(name)
    await noteUnknownTraits(db, fresh)
  }

  const ingest = async (given: Given[], context: RequestContext, about: { sentAt?: unknown; corrects?: boolean }) => {
    const isPublic = context.principal.isPublic === true || context.isFromAnotherSite
    const options = {
      now: deps.now(),
      isPublic,
      corrects: about.corrects ?? true,
      sentAt: about.sentAt,
      settings: await deps.settings(),
      library: await library(),
    }
    const read = given.map(({ kind, message }): ReadMessage =>
      kind === null
        ? {
            ok: false,
            messageId: null,
            code: 'TYPE_UNKNOWN',
            message: 'type is identify, track, page, group or alias.',
          }
        : readMessage(kind, message, options),
    )
    const good = read.filter((item) => item.ok)
    const request = {
      messages: good.map(({ message }) => message),
      isPublic,
      actor: context.actor,
      batchId: context.requestId,
    }
    const outcomes = good.length === 0 ? [] : await take(deps, request)
    await report(good.flatMap(({ unknownTraits }) => unknownTraits))
    return ok(present(read, outcomes))
  }

  const one =
    (kind: IngestKind) =>
    ({ body }: { body: unknown }, context: RequestContext) =>
      ingest([{ kind, message: body }], context, {})

  return [
    implement(ingestIdentify, one('identify')),
    implement(ingestTrack, one('track')),
    implement(ingestPage, one('page')),
    implement(ingestGroup, one('group')),
    implement(ingestAlias, one('alias')),
    implement(ingestBatch, ({ body }, context) => ingest(body.batch.map(toGiven), context, { sentAt: body.sentAt })),
    implement(ingestImport, ({ body }, context) => ingest(body.batch.map(toGiven), context, { corrects: false })),

    implement(getIngestSettings, async () => ok(await presentSettings(db))),
    implement(putIngestSettings, async ({ body }, { actor }) => {
      const lib = await library()
      const issues = Object.entries(body.traits)
        .filter(([, field]) => !isFillable(field, lib))
        .map(([trait, field]): ProblemIssue => {
          const message = `Trackers cannot fill "${field}": there is no such field, or it is not for them to fill.`
          return { code: 'FIELD_INVALID', severity: 'error', path: ['body', 'traits', trait], message }
        })
      if (issues.length > 0) throw new HttpProblem('SETTINGS_INVALID', issues[0]?.message ?? '', { issues })
      await db.transaction((tx) => saveIngestSettings(tx, body, actor))
      return ok(await presentSettings(db))
    }),
  ]
}

async function presentSettings(db: Database) {
  return { ...(await readIngestSettings(db)), unknownTraits: await readUnknownTraits(db) }
}

/** A screen of an app is a page. */
function toGiven(message: unknown): Given {
  const type = typeof message === 'object' && message !== null && 'type' in message ? message.type : undefined
  const kind = type === 'screen' ? 'page' : type
  return {
    kind: typeof kind === 'string' && Object.hasOwn(ingestMessages, kind) ? (kind as IngestKind) : null,
    message,
  }
}

function present(read: readonly ReadMessage[], outcomes: readonly IngestOutcome[]): Taken {
  const next = outcomes[Symbol.iterator]()
  const rejected = read.flatMap((item, index) => {
    const { messageId } = item
    if (!item.ok) return [{ index, messageId, code: item.code, message: item.message }]
    const outcome = next.next().value
    return outcome?.status === 'refused' ? [{ index, messageId, code: outcome.code, message: outcome.message }] : []
  })
  return { success: true, ...(rejected.length === 0 ? {} : { rejected }) }
}
