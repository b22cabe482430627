import { freeKey } from '#activities/journeys/free-key.ts'
import { exportJourney, importJourneyFile } from '#activities/journeys/journey-files.ts'
import { tagJourney as tag } from '#activities/journeys/tags.ts'
import {
  readJourneyTemplates,
  readSavedTemplates,
  removeTemplate,
  saveTemplate,
  type TemplateRow,
} from '#activities/journeys/templates.ts'
import type { Database } from '#db/client.ts'
import { actorNames } from '#db/repositories/journey-states.ts'
import { journeyKeys } from '#db/repositories/journeys.ts'
import { FieldTypeConflict } from '#db/repositories/library-writes.ts'
import { stepLooks } from '#engine/drawing/look.ts'
import { pageColours, renderPicture } from '#engine/drawing/picture.ts'
import type { JourneyFile } from '#engine/graph/journey-file.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import {
  exportJourneyFile,
  importJourney,
  listJourneyBoard,
  listJourneyTemplates,
  removeJourneyTemplate,
  saveJourneyTemplate,
  tagJourney,
  type JourneyTemplate,
} from '../contract/journey-files.ts'
import { createJourneyBoard } from '../journey-board.ts'
import { toInstant } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, reply, type Implementation } from '../routing.ts'
import { requireJourney } from './journeys.ts'
import { inProblems, problemIssues } from './publish-support.ts'

export interface JourneyFileDependencies {
  db: Database
  registry: StepRegistry
  now: () => number
}

export function journeyFileRoutes(deps: JourneyFileDependencies): Implementation[] {
  const { db, registry } = deps
  const board = createJourneyBoard(deps)
  let shipped: JourneyTemplate[] | null = null
  const present = async (rows: readonly TemplateRow[]): Promise<JourneyTemplate[]> => {
    const names = await actorNames(
      db,
      rows.map(({ savedBy }) => savedBy),
    )
    return rows.map(({ id, file, savedBy, savedAt }) => {
      const saved = { by: names.get(savedBy) ?? savedBy, at: toInstant(savedAt) }
      return { ...presentTemplate(file, registry), id, saved }
    })
  }
  return [
    implement(listJourneyBoard, async () => ok({ items: await board.read() })),

    implement(listJourneyTemplates, async () => {
      shipped ??= readJourneyTemplates().map((file) => presentTemplate(file, registry))
      return ok({ items: [...(await present(await readSavedTemplates(db))), ...shipped] })
    }),

    implement(saveJourneyTemplate, async ({ body }, { actor }) => {
      const [template] = await present([await inProblems(() => saveTemplate(db, body, actor))])
      if (template === undefined) throw new Error('The template was not saved.')
      return reply(201, template)
    }),

    implement(removeJourneyTemplate, async ({ params: { id } }, { actor }) => {
      if (await removeTemplate(db, id, actor)) return ok({ id })
      throw new HttpProblem('TEMPLATE_NOT_FOUND', `There is no template "${id}"; somebody has removed it.`)
    }),

    implement(exportJourneyFile, async ({ params, query }) => {
      const file = await inProblems(() => exportJourney(db, params.journey, query.version))
      return ok(file as JourneyTemplate['file'])
    }),

    implement(importJourney, async ({ body }, { actor }) => {
      const { onExisting, replaceResources, keepResources } = body
      const wanted = {
        ...body.file,
        ...(body.key === undefined ? {} : { key: body.key }),
        ...(body.name === undefined ? {} : { name: body.name }),
      }
      const taken = await journeyKeys(db)
      const { key } = wanted as { key?: unknown }
      const exists = typeof key === 'string' && taken.has(key)
      if (exists && onExisting === 'refuse') {
        throw new HttpProblem(
          'JOURNEY_STATE_CONFLICT',
          `There is a journey "${key}" already; take a copy, or replace its draft.`,
        )
      }
      const file = exists && onExisting === 'copy' ? { ...wanted, key: freeKey(key, taken) } : wanted
      const result = await withFields(() => importJourneyFile({ db }, file, { actor, replaceResources, keepResources }))
      if (!result.imported) {
        const issues = problemIssues(result.issues)
        throw new HttpProblem('JOURNEY_INVALID', 'The file cannot be brought in; nothing was changed.', { issues })
      }
      const { journeyId, revision, isNew } = result
      return reply(201, { id: journeyId, key: result.key, revision, isNew })
    }),

    implement(tagJourney, async ({ params, body }, { actor }) => {
      const { id } = await requireJourney(db, params.journey)
      return ok({ tags: await tag(db, { journeyId: id, tags: body.tags, actor }) })
    }),
  ]
}

function presentTemplate(file: JourneyFile, registry: StepRegistry): JourneyTemplate {
  const { key, name, description, graph } = file
  const picture = renderPicture(file, stepLooks(registry), {
    detail: 'thumbnail',
    colours: pageColours,
    title: name,
  })
  return {
    id: key,
    key,
    name,
    description,
    steps: graph.nodes.length,
    picture,
    file: file as unknown as JourneyTemplate['file'],
    saved: null,
  }
}

/** Fields the file declares that another type already has. */
async function withFields<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof FieldTypeConflict) {
      throw new HttpProblem('JOURNEY_INVALID', error.message, { issues: [] })
    }
    throw error
  }
}
