/**
 * Everything we hold about one person, as JSON (GDPR Art. 15(3), 20(1): "structured, commonly used and machine-readable").
 * Written piece by piece, so that a lead with a long history needs no more memory than one with a short one.
 */
import type { Database } from '#db/client.ts'
import { findPerson } from '#db/repositories/erasure.ts'
import { leadTables, readLeadRows } from '#db/repositories/lead-data.ts'
import { auditLog } from '#db/schema/tasks.ts'

/** Raised when the layout changes; readers can tell. */
const exportFormat = 1

/**
 * The document in pieces: `{ format, exportedAt, leadId, people, about, tables: { <table>: [rows] } }`. All tables tell of
 * one instant. That it was made is audited. Null when there is no such lead.
 */
export async function exportLead(
  db: Database,
  { leadId, actor, at }: { leadId: string; actor: string; at: Date },
): Promise<AsyncGenerator<string> | null> {
  const person = await db.transaction((tx) => findPerson(tx, leadId))
  if (person === null) return null
  await db.insert(auditLog).values({ actor, action: 'lead.export', subjectKind: 'lead', subjectId: person.leadId })
  return write(db, person, at)
}

async function* write(db: Database, person: { leadId: string; all: string[] }, at: Date): AsyncGenerator<string> {
  const head = {
    format: exportFormat,
    exportedAt: at.toISOString(),
    leadId: person.leadId,
    people: person.all,
    about:
      'Everything held about this person, table by table. "people" are the records that are this person: this lead, leads ' +
      'that were merged into it, and test leads made of it. Instants are ISO 8601.',
  }
  yield `${JSON.stringify(head).slice(0, -1)},"tables":{`
  const pieces = inTransaction(db, person.all)
  for await (const piece of pieces) yield piece
  yield '}}\n'
}

/** A generator cannot hand out rows from inside `db.transaction`: what the transaction makes is passed on as it is taken. */
async function* inTransaction(db: Database, ids: string[]): AsyncGenerator<string> {
  const pipe = createPipe<string>()
  const done = db
    .transaction(
      async (tx) => {
        for (const [index, table] of leadTables.entries()) {
          await pipe.put(`${index === 0 ? '' : ','}\n${JSON.stringify(table.table)}:[`)
          let isFirst = true
          for await (const rows of readLeadRows(tx, table, ids)) {
            await pipe.put(`${isFirst ? '' : ','}\n${rows.map((row) => JSON.stringify(row)).join(',\n')}`)
            isFirst = false
          }
          await pipe.put(']')
        }
      },
      { isolationLevel: 'repeatable read', accessMode: 'read only' },
    )
    .then(
      () => pipe.end(),
      (error: unknown) => pipe.fail(error),
    )
  try {
    yield* pipe.take()
  } finally {
    // A reader that went away ends the transaction, too.
    pipe.fail(new Error('The reader of the export has gone.'))
    await done
  }
}

interface Pipe<Item> {
  /** Waits until the item has been taken. @throws when the pipe has failed. */
  put(item: Item): Promise<void>
  end(): void
  fail(error: unknown): void
  take(): AsyncGenerator<Item>
}

/** One item at a time from a writer to a reader. */
function createPipe<Item>(): Pipe<Item> {
  let waiting: { item: Item; taken: PromiseWithResolvers<void> } | null = null
  let ended: { error: unknown } | null = null
  let arrived = Promise.withResolvers<void>()
  const close = (error: unknown): void => {
    ended ??= { error }
    if (ended.error !== null) waiting?.taken.reject(ended.error)
    arrived.resolve()
  }
  return {
    put(item) {
      if (ended !== null) return Promise.reject(asError(ended.error))
      const taken = Promise.withResolvers<void>()
      waiting = { item, taken }
      arrived.resolve()
      return taken.promise
    },
    end: () => {
      close(null)
    },
    fail: (error) => {
      close(error)
    },
    async *take() {
      for (;;) {
        await arrived.promise
        arrived = Promise.withResolvers<void>()
        if (waiting !== null) {
          const { item, taken } = waiting
          waiting = null
          yield item
          taken.resolve()
        } else if (ended !== null) {
          if (ended.error !== null) throw asError(ended.error)
          return
        }
      }
    },
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error('The export ended early.')
}
