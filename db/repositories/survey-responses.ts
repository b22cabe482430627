/** Answers of surveys as they come in by personal links: under way, complete, and read as results. */
import { and, desc, eq, sql, type SQL } from 'drizzle-orm'
import type { Json } from '#engine/facts.ts'
import type { Queryable, Transaction } from '../client.ts'
import { newId } from '../ids.ts'
import { surveyResponses } from '../schema/responses.ts'
import { olderThan, type Keyset } from './keyset.ts'

export type SurveyResponse = typeof surveyResponses.$inferSelect

/** What was answered by a link; null = nothing yet. */
export async function findResponse(db: Queryable, link: string): Promise<SurveyResponse | null> {
  const [row] = await db.select().from(surveyResponses).where(eq(surveyResponses.link, link))
  return row ?? null
}

/** The response of a link, begun if need be and locked: two clicks of one person follow one another. */
export async function lockResponse(
  tx: Transaction,
  begin: Pick<SurveyResponse, 'link' | 'survey' | 'question' | 'leadId' | 'isTest'>,
): Promise<SurveyResponse> {
  await tx
    .insert(surveyResponses)
    .values({ ...begin, id: newId(), status: 'partial' })
    .onConflictDoNothing()
  const [row] = await tx.select().from(surveyResponses).where(eq(surveyResponses.link, begin.link)).for('update')
  if (row === undefined) throw new Error('A response that was just begun is not there.')
  return row
}

/** Keeps what is under way. */
export async function keepDraft(
  tx: Transaction,
  id: string,
  draft: { answers: Record<string, Json>; page: number; language: string | null },
): Promise<void> {
  const { answers, page, language } = draft
  await tx
    .update(surveyResponses)
    .set({ draft: answers, page, language, updatedAt: sql`now()` })
    .where(eq(surveyResponses.id, id))
}

/** The whole was sent: from now on these answers count. */
export async function completeResponse(
  tx: Transaction,
  id: string,
  answers: Record<string, Json>,
  language: string | null,
): Promise<void> {
  await tx
    .update(surveyResponses)
    .set({
      status: 'complete',
      answers,
      draft: null,
      page: 0,
      language,
      sent: sql`${surveyResponses.sent} + 1`,
      completedAt: sql`coalesce(${surveyResponses.completedAt}, now())`,
      updatedAt: sql`now()`,
    })
    .where(eq(surveyResponses.id, id))
}

/** Which responses to read. Those of test leads only when asked for. */
export interface ResponseFilter {
  survey: string
  isTest?: boolean
}

function matching({ survey, isTest = false }: ResponseFilter): SQL | undefined {
  return and(eq(surveyResponses.survey, survey), eq(surveyResponses.isTest, isTest))
}

/** Responses, the latest begun first. */
export async function listResponses(
  db: Queryable,
  filter: ResponseFilter,
  page: { after: Keyset | null; limit: number },
): Promise<SurveyResponse[]> {
  return db
    .select()
    .from(surveyResponses)
    .where(and(matching(filter), olderThan(surveyResponses.startedAt, surveyResponses.id, page.after)))
    .orderBy(desc(surveyResponses.startedAt), desc(surveyResponses.id))
    .limit(page.limit)
}

/** How many have begun and finished, and how often each answer was given: one row per question and value. */
export async function countResponses(
  db: Queryable,
  filter: ResponseFilter,
): Promise<{
  partial: number
  complete: number
  values: { question: string; row: string | null; value: Json; count: number }[]
}> {
  const [totals] = await db
    .select({
      partial: sql<number>`(count(*) filter (where status = 'partial'))::int`,
      complete: sql<number>`(count(*) filter (where status = 'complete'))::int`,
    })
    .from(surveyResponses)
    .where(matching(filter))
  // Members of a list and of a table count one by one. Texts are not grouped here: they are read, not counted.
  const values = await db.execute<{ question: string; row: string | null; value: Json; count: number }>(sql`
    with answer as (
      select a.key as question, a.value from ${surveyResponses} r cross join lateral jsonb_each(r.answers) a
       where r.survey = ${filter.survey} and r.is_test = ${filter.isTest ?? false} and r.status = 'complete'
    ), single as (
      select question, null as row, value from answer where jsonb_typeof(value) in ('string', 'number', 'boolean')
      union all
      select question, null, member from answer cross join lateral jsonb_array_elements(
        case jsonb_typeof(value) when 'array' then value else '[]' end) member
      union all
      select question, cell.key, cell.value from answer cross join lateral jsonb_each(
        case jsonb_typeof(value) when 'object' then value else '{}' end) cell
    )
    select question, row, value, count(*)::int as count from single group by question, row, value
     order by question, row, count desc, value limit 20000`)
  return { partial: totals?.partial ?? 0, complete: totals?.complete ?? 0, values: [...values] }
}
