import { pipeline } from 'node:stream/promises'
import type { RequestHandler } from 'express'
import { findUsers, saveResource, type SaveResult } from '#activities/library/save-resource.ts'
import { exportResponses, readSurveyResults } from '#activities/surveys/results.ts'
import type { Database } from '#db/client.ts'
import { listResponses, type SurveyResponse } from '#db/repositories/survey-responses.ts'
import type { Library, Survey } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import type { ProblemCode } from '../contract/problem.ts'
import {
  getSurvey,
  getSurveyResults,
  listSurveyResponses,
  listSurveys,
  putSurvey,
  type ResponseItem,
} from '../contract/surveys.ts'
import { contextOf } from '../middleware/request-context.ts'
import { readCursor, toPage } from '../paging.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'

interface Dependencies {
  db: Database
  library: () => Promise<Library>
  registry: StepRegistry
}

export function surveyRoutes(deps: Dependencies): Implementation[] {
  const { db } = deps
  return [
    implement(listSurveys, async () => {
      const library = await deps.library()
      const users = await findUsers(db, library, 'surveys')
      const items = Object.values(library.surveys)
        .sort((one, other) => (one.key < other.key ? -1 : 1))
        .map(({ key, title, questions, closesOn = null, archived = false }) => ({
          key,
          title,
          questions: questions.length,
          closesOn,
          archived,
          usedBy: users.get(key) ?? [],
        }))
      return ok({ items })
    }),

    implement(getSurvey, async ({ params }) => {
      const library = await deps.library()
      const survey = requireSurvey(library, params.key)
      const users = await findUsers(db, library, 'surveys')
      return ok({ survey, usedBy: users.get(params.key) ?? [] })
    }),

    implement(putSurvey, async ({ params, body }, { actor }) => {
      requireSameKey(params.key, body.key, 'SURVEY_INVALID')
      const result = await saveResource(deps, { kind: 'surveys', value: body }, actor)
      return ok({ survey: body, created: requireSaved(result, 'SURVEY_INVALID') })
    }),

    implement(getSurveyResults, async ({ params, query }) => {
      const survey = requireSurvey(await deps.library(), params.key)
      return ok(await readSurveyResults(db, survey, { isTest: query.testLeads === 'true' }))
    }),

    implement(listSurveyResponses, async ({ params, query }) => {
      const survey = requireSurvey(await deps.library(), params.key)
      const rows = await listResponses(
        db,
        { survey: survey.key, isTest: query.testLeads === 'true' },
        { after: readCursor(query.cursor), limit: query.limit + 1 },
      )
      return ok(toPage(rows, query.limit, ({ startedAt, id }) => ({ at: startedAt, id }), presentResponse))
    }),
  ]
}

/** All responses as a file to save. */
export function responsesCsv({ db, library }: Pick<Dependencies, 'db' | 'library'>): RequestHandler<{ key: string }> {
  return async (request, response) => {
    contextOf(response).route = '/api/v1/surveys/{key}/responses.csv'
    const survey = requireSurvey(await library(), request.params.key)
    response.set('Content-Disposition', `attachment; filename="${survey.key}.csv"`).type('text/csv; charset=utf-8')
    await pipeline(exportResponses(db, survey, { isTest: request.query['testLeads'] === 'true' }), response)
  }
}

function requireSurvey(library: Library, key: string): Survey {
  const survey = Object.hasOwn(library.surveys, key) ? library.surveys[key] : undefined
  if (survey === undefined) throw new HttpProblem('SURVEY_NOT_FOUND', `There is no survey "${key}".`)
  return survey
}

/** @throws {HttpProblem} when the address and the body name different things. */
export function requireSameKey(address: string, body: string, code: ProblemCode): void {
  if (address === body) return
  const message = `The address says "${address}" and the body "${body}"; write the same key in both.`
  throw new HttpProblem(code, message, {
    issues: [{ code: 'KEY_DIFFERS', severity: 'error', path: ['body', 'key'], message }],
  })
}

/** True when it is new. @throws {HttpProblem} `invalid` or RESOURCE_IN_USE with every issue. */
export function requireSaved(result: SaveResult, invalid: ProblemCode): boolean {
  if (result.saved) return result.created
  const issues = result.issues.map(({ path, ...issue }) => ({ ...issue, path: ['body', ...path] }))
  throw new HttpProblem(result.why === 'invalid' ? invalid : 'RESOURCE_IN_USE', issues[0]?.message ?? '', { issues })
}

function presentResponse(row: SurveyResponse): ResponseItem {
  const { id, leadId, question, status, language, startedAt, completedAt } = row
  return {
    id,
    leadId,
    question,
    status,
    answers: (status === 'complete' ? row.answers : (row.draft ?? {})) as ResponseItem['answers'],
    language,
    startedAt: toInstant(startedAt),
    completedAt: toInstantOrNull(completedAt),
  }
}
