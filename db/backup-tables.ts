/** The tables as a backup sees them: which there are, in which order they can be filled, and streams out of and into them. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Writable } from 'node:stream'
import type postgres from 'postgres'

/** The pool, or a transaction of it. */
export type BackupConnection = postgres.Sql | postgres.TransactionSql

/** A table and its columns; generated columns are computed again when it is filled. */
export interface BackupTable {
  name: string
  columns: string[]
}

/** Every table of the product, those that others refer to first. @throws when tables refer to each other in a circle. */
export async function listTables(sql: BackupConnection): Promise<BackupTable[]> {
  const tables = await sql<BackupTable[]>`
    select c.relname as name,
           array_agg(a.attname order by a.attnum) filter (where a.attgenerated = '') as columns
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind = 'r'
     group by c.relname order by c.relname`
  const references = await sql<{ from: string; to: string }[]>`
    select c.relname as "from", r.relname as "to"
      from pg_constraint k join pg_class c on c.oid = k.conrelid join pg_class r on r.oid = k.confrelid
     where k.contype = 'f' and k.connamespace = 'public'::regnamespace and k.conrelid <> k.confrelid`
  const ordered: BackupTable[] = []
  let left = tables.map(({ name, columns }) => ({ name, columns }))
  while (left.length > 0) {
    const names = new Set(left.map(({ name }) => name))
    const free = left.filter(({ name }) => !references.some(({ from, to }) => from === name && names.has(to)))
    if (free.length === 0) throw new Error(`Tables refer to each other in a circle: ${[...names].join(', ')}.`)
    ordered.push(...free)
    left = left.filter((table) => !free.includes(table))
  }
  return ordered
}

/** Blocks of 8 KiB read at once, so about 16 MiB of rows in memory. */
const blocksPerPiece = 2048

/**
 * The rows as Postgres's COPY text, one line per row, in pieces: the driver's stream of a COPY must be taken as fast as
 * it comes (one that is paused at its last chunk never ends), so each piece is small enough to be held.
 */
export async function* readTable(sql: BackupConnection, { name, columns }: BackupTable): AsyncGenerator<Buffer> {
  const [size] = await sql<{ blocks: number }[]>`
    select ceil(pg_relation_size(${name}::text::regclass)::float8 / current_setting('block_size')::int)::int as blocks`
  for (let block = 0; block < (size?.blocks ?? 0); block += blocksPerPiece) {
    const tid = (at: number) => sql.unsafe(`'(${String(at)},0)'::tid`)
    const rows = sql`select ${sql(columns)} from ${sql(name)} where ctid >= ${tid(block)} and ctid < ${tid(block + blocksPerPiece)}`
    const stream = await sql`copy (${rows}) to stdout`.readable()
    const chunks: Buffer[] = []
    await new Promise<void>((resolve, reject) => {
      stream
        .on('data', (chunk: Buffer) => chunks.push(chunk))
        .once('end', resolve)
        .once('error', reject)
    })
    yield* chunks
  }
}

/** Takes COPY text; resolves the table's rows when the stream has finished. */
export function fillTable(sql: BackupConnection, { name, columns }: BackupTable): Promise<Writable> {
  return sql`copy ${sql(name)} (${sql(columns)}) from stdin`.writable()
}

/**
 * Empties every table and lets it be filled as it is: the guard of the consent ledger and the triggers that tell others
 * what has happened sleep until `wakeTriggers`. Keys and references are checked as always.
 */
export async function emptyTables(sql: BackupConnection, tables: readonly BackupTable[]): Promise<void> {
  for (const { name } of tables) await sql`alter table ${sql(name)} disable trigger user`
  await sql`truncate ${sql(tables.map(({ name }) => name))} restart identity`
}

/** Ends what `emptyTables` began. */
export async function wakeTriggers(sql: BackupConnection, tables: readonly BackupTable[]): Promise<void> {
  for (const { name } of tables) await sql`alter table ${sql(name)} enable trigger user`
}

/** Numbers given out from now on begin after those that are there. */
export async function advanceSequences(sql: BackupConnection): Promise<void> {
  const sequences = await sql<{ sequence: string; table: string; column: string }[]>`
    select s.oid::regclass::text as sequence, t.relname as "table", a.attname as "column"
      from pg_class s
      join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
      join pg_class t on t.oid = d.refobjid
      join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
     where s.relkind = 'S' and t.relnamespace = 'public'::regnamespace`
  for (const { sequence, table, column } of sequences) {
    await sql`select setval(${sequence}::text::regclass, greatest((select max(${sql(column)}) from ${sql(table)}), 1)::bigint,
                            exists (select 1 from ${sql(table)}))`
  }
}

/** Turns the hold on in the restoring transaction itself, as `setHold` would: there must be no moment without it. */
export async function holdRestored(
  sql: BackupConnection,
  { reason, actor }: { reason: string; actor: string },
): Promise<void> {
  const value = JSON.stringify({ on: true, reason })
  await sql`insert into settings (key, value) values ('hold', ${value}::text::jsonb)
            on conflict (key) do update set value = excluded.value, updated_at = now()`
  await sql`insert into audit_log (actor, action, subject_kind, subject_id, after)
            values (${actor}, 'company.restored', 'company', 'hold', ${value}::text::jsonb)`
}

/** Names of the migrations this version brings, in order: `0000_initial`, … */
export function knownMigrations(): string[] {
  return readJournal().map(({ tag }) => tag)
}

/** Names of the migrations that a database has had, in order. One this version does not know is named by its instant. */
export async function appliedMigrations(sql: BackupConnection): Promise<string[]> {
  const rows = await sql<{ at: string }[]>`
    select created_at::text as at from drizzle.__drizzle_migrations order by created_at`
  const byInstant = new Map(readJournal().map(({ when, tag }) => [String(when), tag]))
  return rows.map(({ at }) => byInstant.get(at) ?? at)
}

function readJournal(): { when: number; tag: string }[] {
  const path = fileURLToPath(new URL('./migrations/meta/_journal.json', import.meta.url))
  return (JSON.parse(readFileSync(path, 'utf8')) as { entries: { when: number; tag: string }[] }).entries
}
