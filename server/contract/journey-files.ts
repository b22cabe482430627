/** Journeys as files and pictures, the gallery of templates, and what the list of journeys shows beside totals. */
import { z } from 'zod'
import { journeyStatuses } from '#engine/vocabulary.ts'
import { idSchema, instantSchema, jsonSchema } from './primitives.ts'
import { defineRoute } from './route.ts'

const journeyParams = z.strictObject({
  journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
})
const keySchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,99}$/, 'Keys are lower-case letters, digits, "-" and "_".')
const fileSchema = z.record(z.string(), jsonSchema).describe('A journey file, see docs/graph-format.md.')

const boardEntrySchema = z.object({
  id: idSchema,
  key: z.string(),
  name: z.string(),
  description: z.string(),
  status: z.enum(journeyStatuses),
  liveVersion: z.int().nullable(),
  /** The draft differs from the live version. */
  hasDraftChanges: z.boolean(),
  tags: z.array(z.string()),
  /** The draft as an SVG in the page's colours. */
  picture: z.string(),
  steps: z.int(),
  /** Leads in it now, and those of them that wait for a person after an error. Test leads count while there are no others. */
  here: z.int(),
  parked: z.int(),
  /** Test leads in it now, beside real ones. */
  tests: z.int(),
  /** The step leads come in by; null while the draft has none. */
  entryStep: z.string().nullable(),
  /** Entries in each of the last 30 times 24 hours, oldest first. Test leads count while there are no others. */
  entered: z.array(z.int()).length(30),
  /** Of those who entered in the last 30 days, and in the 30 before, how many met the goal. Null: nobody entered. */
  goalRate: z.number().min(0).max(1).nullable(),
  goalRateBefore: z.number().min(0).max(1).nullable(),
  hasGoal: z.boolean(),
  /** What publishing the draft would say. */
  problems: z.object({ errors: z.int(), warnings: z.int() }),
  editedAt: instantSchema,
  /** In words; null when nobody has edited it since it came in. */
  editedBy: z.string().nullable(),
})
export type BoardEntry = z.infer<typeof boardEntrySchema>

export const listJourneyBoard = defineRoute({
  name: 'listJourneyBoard',
  method: 'GET',
  path: '/api/v1/journey-board',
  tag: 'Journeys',
  summary: 'Every journey with its picture, trend and problems',
  description: 'What the list of journeys shows. Trends are up to a minute old.',
  responses: { 200: z.object({ items: z.array(boardEntrySchema) }) },
})

export const exportJourneyFile = defineRoute({
  name: 'exportJourneyFile',
  method: 'GET',
  path: '/api/v1/journeys/{journey}/file',
  tag: 'Journeys',
  summary: 'A journey as a file that stands alone',
  description: 'With every asset, survey, segment and field it names. Importing it gives the same journey again.',
  params: journeyParams,
  query: z.strictObject({
    version: z.coerce
      .number({ error: 'Write a version number.' })
      .int()
      .min(1)
      .max(2_147_483_647)
      .optional()
      .describe('Absent: the draft.'),
  }),
  responses: { 200: fileSchema },
  problems: ['JOURNEY_NOT_FOUND'],
})

export const importJourney = defineRoute({
  name: 'importJourney',
  method: 'POST',
  path: '/api/v1/journeys/import',
  tag: 'Journeys',
  summary: 'Bring a journey file in as a draft',
  description:
    'Nothing goes live. A file of another format, or one that would change what live journeys use, is refused with every reason ' +
    '(JOURNEY_INVALID), and nothing is changed.',
  body: z.strictObject({
    file: fileSchema,
    key: keySchema.optional().describe('Absent: the key in the file.'),
    name: z.string().trim().min(1).max(200).optional().describe('Absent: the name in the file.'),
    onExisting: z
      .enum(['refuse', 'copy', 'replace'])
      .default('refuse')
      .describe('What to do when there is a journey of that key: say so, take a free key, or replace its draft.'),
    replaceResources: z
      .boolean()
      .default(false)
      .describe('Also replace assets, surveys and segments that live journeys use now.'),
    keepResources: z
      .boolean()
      .default(false)
      .describe('Leave whatever is there under a key of the file as it is; only what is missing comes in.'),
  }),
  responses: { 201: z.object({ id: idSchema, key: z.string(), revision: z.int(), isNew: z.boolean() }) },
  problems: ['JOURNEY_INVALID', 'JOURNEY_STATE_CONFLICT'],
})

const templateSchema = z.object({
  /** A template that comes with Trellis has its key, one that people keep an id of its own. */
  id: z.string(),
  key: z.string(),
  name: z.string(),
  description: z.string(),
  steps: z.int(),
  /** As an SVG in the page's colours. */
  picture: z.string(),
  file: fileSchema,
  /** Who keeps it, in words, and since when; null: it comes with Trellis. */
  saved: z.object({ by: z.string(), at: instantSchema }).nullable(),
})
export type JourneyTemplate = z.infer<typeof templateSchema>

export const listJourneyTemplates = defineRoute({
  name: 'listJourneyTemplates',
  method: 'GET',
  path: '/api/v1/journey-templates',
  tag: 'Journeys',
  summary: 'Journeys to begin with',
  description: 'Those that people keep by name, then those that come with Trellis. Import one with `keepResources`.',
  responses: { 200: z.object({ items: z.array(templateSchema) }) },
})

export const saveJourneyTemplate = defineRoute({
  name: 'saveJourneyTemplate',
  method: 'POST',
  path: '/api/v1/journey-templates',
  tag: 'Journeys',
  summary: 'Keep a copy of a journey as a template',
  description:
    'The draft as it is now, with the assets, surveys and segments it names; no leads and no numbers. What becomes of the ' +
    'journey later does not change it. At most 200.',
  body: z.strictObject({
    journey: z.string().min(1).max(100).describe('The key or the id of a journey.'),
    name: z.string().trim().min(1, 'Give the template a name.').max(200),
    description: z.string().trim().max(5000).default(''),
    replaces: z.boolean().default(false).describe('Take the place of the one that is called so.'),
  }),
  responses: { 201: templateSchema },
  problems: ['JOURNEY_NOT_FOUND', 'TEMPLATE_REFUSED'],
})

export const removeJourneyTemplate = defineRoute({
  name: 'removeJourneyTemplate',
  method: 'DELETE',
  path: '/api/v1/journey-templates/{id}',
  tag: 'Journeys',
  summary: 'Remove a template that people keep',
  description: 'Journeys that were begun with it stay as they are. Those that come with Trellis stay.',
  params: z.strictObject({ id: idSchema }),
  responses: { 200: z.object({ id: idSchema }) },
  problems: ['TEMPLATE_NOT_FOUND'],
})

export const tagJourney = defineRoute({
  name: 'tagJourney',
  method: 'PUT',
  path: '/api/v1/journeys/{journey}/tags',
  tag: 'Journeys',
  summary: 'Sort a journey under tags',
  description: 'For people only: nothing about what it does changes.',
  params: journeyParams,
  body: z.strictObject({ tags: z.array(z.string().trim().min(1).max(50)).max(20) }),
  responses: { 200: z.object({ tags: z.array(z.string()) }) },
  problems: ['JOURNEY_NOT_FOUND'],
})
