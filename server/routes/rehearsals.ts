import { compileJourney } from '#activities/journeys/compile-journey.ts'
import { readChosenLeads, sampleLeads, sampleParts } from '#activities/journeys/rehearsal-leads.ts'
import { playTestCases as play } from '#activities/journeys/play-test-cases.ts'
import {
  addTestCase as add,
  changeTestCase as change,
  readTestCases,
  removeTestCase as remove,
  type TestCaseRow,
} from '#activities/journeys/test-cases.ts'
import type { Database } from '#db/client.ts'
import { isQueryCanceled } from '#db/errors.ts'
import { readReplyHold } from '#db/repositories/inbound.ts'
import type { Library } from '#engine/library.ts'
import { anonymise } from '#engine/simulation/anonymise.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import {
  addTestCase,
  changeTestCase,
  listTestCases,
  readRehearsalLeads,
  removeTestCase,
  runTestCases,
  type TestCase,
} from '../contract/rehearsals.ts'
import { presentLeadName, toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'
import { inProblems, refuseInvalid } from './publish-support.ts'
import { requireValid } from './segments.ts'

export interface RehearsalDependencies {
  db: Database
  registry: StepRegistry
  library: () => Promise<Library>
  now: () => number
}

export function rehearsalRoutes({ db, registry, library, now }: RehearsalDependencies): Implementation[] {
  return [
    implement(readRehearsalLeads, async ({ params, body }, { gone }) => {
      const journey = await requireJourney(db, params.journey)
      const known = await library()
      const { needs, leads: leadIds, part = 0, rule = { kind: 'always' } } = body
      requireValid(rule, known, ['body', 'rule'])
      const ground = { needs, signal: gone }
      const sample = { ...ground, rule, part, graph: journey.draftGraph, library: known, now: now() }
      const reading = leadIds === undefined ? sampleLeads(db, sample) : readChosenLeads(db, { ...ground, leadIds })
      const [found, replyHold] = await Promise.all([reading, readReplyHold(db)]).catch((error: unknown) => {
        if (!isQueryCanceled(error) && !gone.aborted) throw error
        throw new HttpProblem('RULE_TOO_SLOW', 'Looking for leads takes too long; choose one by name.', {
          cause: error,
        })
      })
      return ok({
        items: found.map(({ lead, facts }) => ({ id: lead.id, name: presentLeadName(lead).name, facts })),
        isLast: leadIds !== undefined || part >= sampleParts - 1,
        replyHold,
      })
    }),

    implement(listTestCases, async ({ params }) => {
      const journey = await requireJourney(db, params.journey)
      return ok({ items: (await readTestCases(db, journey.id)).map(present) })
    }),

    implement(addTestCase, async ({ params, body: { name, input, expectations } }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const lead = anonymise(input.lead, journey.draftGraph, await library())
      const wanted = { journeyId: journey.id, actor, name, input: { ...input, lead }, expectations }
      return reply(201, present(await inProblems(() => add(db, wanted))))
    }),

    implement(changeTestCase, async ({ params, body }, { actor }) => {
      const journey = await requireJourney(db, params.journey)
      const { name, expectations } = body
      const wanted = {
        ...(name === undefined ? {} : { name }),
        ...(expectations === undefined ? {} : { expectations }),
      }
      const row = await change(db, { journeyId: journey.id, id: params.id, actor, change: wanted })
      return row === null ? refuseUnknown(params.id) : ok(present(row))
    }),

    implement(removeTestCase, async ({ params: { journey: key, id } }, { actor }) => {
      const journey = await requireJourney(db, key)
      return (await remove(db, { journeyId: journey.id, id, actor })) ? ok({ id }) : refuseUnknown(id)
    }),

    implement(runTestCases, async ({ params, body }) => {
      const journey = await requireJourney(db, params.journey)
      const compiled = await compileJourney(db, { graph: body.graph ?? journey.draftGraph, registry })
      const { definition, issues } = compiled
      if (definition === null) return refuseInvalid(journey.name, issues)
      const cases = await readTestCases(db, journey.id)
      const wanted = cases.filter(({ id }) => body.only?.includes(id) !== false)
      const items = await play({ definition, library: compiled.library, journey, registry }, wanted)
      return ok({ items })
    }),
  ]
}

function refuseUnknown(id: string): never {
  throw new HttpProblem('TEST_CASE_NOT_FOUND', `There is no test case "${id}" in this journey; reload the list.`)
}

function present({ id, name, input, expectations, createdBy, createdAt, updatedAt }: TestCaseRow): TestCase {
  return { id, name, input, expectations, createdBy, createdAt: toInstant(createdAt), updatedAt: toInstant(updatedAt) }
}
