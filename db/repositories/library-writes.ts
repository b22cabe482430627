/** Writes what a company has set up. Each write raises the revision, so that every worker reads the library anew. */
import { sql } from 'drizzle-orm'
import type { JourneyResources } from '#engine/graph/journey-file.ts'
import type { Transaction } from '../client.ts'
import { leadFields } from '../schema/leads.ts'
import { assets, forms, pools, segments, surveys } from '../schema/library.ts'
import { raiseLibraryRevision } from './library.ts'
import { tellingOfNewRule } from './resting-leads.ts'

/**
 * Writes entries by key; one with the same key is replaced. A field that exists keeps its type: changing it would change
 * the meaning of stored values.
 *
 * @throws {FieldTypeConflict} when a field exists with another type.
 */
export async function saveResources(tx: Transaction, resources: Partial<JourneyResources>): Promise<{ saved: number }> {
  const { fields = [], segments: segmentList = [], assets: assetList = [] } = resources
  const { pools: poolList = [], surveys: surveyList = [], forms: formList = [] } = resources
  const existing = new Map((await tx.select().from(leadFields)).map((row) => [row.key, row.type]))
  for (const field of fields) {
    const type = existing.get(field.key)
    if (type !== undefined && type !== field.type) throw new FieldTypeConflict(field.key, type, field.type)
  }
  const updatedAt = sql`now()`
  if (fields.length > 0) {
    await tx
      .insert(leadFields)
      .values(fields.map((field) => ({ ...field, options: field.options ?? null })))
      .onConflictDoUpdate({ target: leadFields.key, set: { label: excluded('label'), options: excluded('options') } })
  }
  if (segmentList.length > 0) {
    await tx
      .insert(segments)
      .values(segmentList)
      .onConflictDoUpdate({
        target: segments.key,
        set: { name: excluded('name'), rule: excluded('rule'), telling: tellingOfNewRule, updatedAt },
      })
  }
  if (assetList.length > 0) {
    await tx
      .insert(assets)
      .values(assetList.map((asset) => ({ key: asset.key, asset })))
      .onConflictDoUpdate({ target: assets.key, set: { asset: excluded('asset'), updatedAt } })
  }
  if (poolList.length > 0) {
    await tx
      .insert(pools)
      .values(poolList.map((pool) => ({ key: pool.key, pool })))
      .onConflictDoUpdate({ target: pools.key, set: { pool: excluded('pool'), updatedAt } })
  }
  if (surveyList.length > 0) {
    await tx
      .insert(surveys)
      .values(surveyList.map((survey) => ({ key: survey.key, survey })))
      .onConflictDoUpdate({ target: surveys.key, set: { survey: excluded('survey'), updatedAt } })
  }
  if (formList.length > 0) {
    await tx
      .insert(forms)
      .values(formList.map((form) => ({ key: form.key, form })))
      .onConflictDoUpdate({ target: forms.key, set: { form: excluded('form'), updatedAt } })
  }
  const lists = [fields, segmentList, assetList, poolList, surveyList, formList]
  const saved = lists.reduce((sum, list) => sum + list.length, 0)
  if (saved > 0) await raiseLibraryRevision(tx)
  return { saved }
}

/** Thrown when a field would change its type. */
export class FieldTypeConflict extends Error {
  readonly code = 'FIELD_TYPE_CONFLICT'
  readonly field: string

  constructor(field: string, existing: string, wanted: string) {
    super(`The lead field "${field}" is of type "${existing}", not "${wanted}"; give the new field another key.`)
    this.name = 'FieldTypeConflict'
    this.field = field
  }
}

const excluded = (column: string) => sql.raw(`excluded.${column}`)
