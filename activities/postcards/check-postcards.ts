/** Whether a journey's postcards fit their cards, measured with the longest values that leads plausibly have. */
import type { CompanyProfile } from '#engine/company.ts'
import type { FieldValue } from '#engine/facts.ts'
import { fieldCatalogue } from '#engine/fields.ts'
import type { Graph } from '#engine/graph/schema.ts'
import type { Issue } from '#engine/issues.ts'
import type { Library } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import { createLiquid, createTemplateEngine, RenderError } from '../mailroom/template.ts'
import { scopeOf } from '../messages/scope.ts'
import { layOutCard, type CardProblem } from './card.ts'
import { picturesIn } from './fit-text.ts'

/**
 * 99 of 100 names and companies are shorter (lengths in characters). Wide letters, so that what fits these fits them, too.
 */
const longest: Readonly<Record<string, string>> = {
  first_name: 'Maximiliana-Amanda',
  last_name: 'Wolfschlegel-Montgomery',
  company: 'Commonwealth Machine Manufacturing Group',
  title: 'Deputy Manager of Commercial Communication',
  city: 'Newmarket-on-Fergus Downs',
  region: 'Mecklenburg-Vorpommern',
  country: 'United Arab Emirates',
  email: 'maximiliana.wolfschlegel@commonwealth.example',
}
const anyText = 'Communications management'

const headlineOf = createTemplateEngine(false)
const liquid = createLiquid(false)

interface CardText {
  path: (string | number)[]
  headline: string
  body: string
}

interface PostcardConfig {
  headline: string
  body: string
  survey?: string
  asset?: string
  variants?: Record<string, { headline: string; body: string }>
}

/** POSTCARD_TEXT_TOO_LONG and POSTCARD_TEXT_UNPRINTABLE at each text, with by how much. Texts Liquid cannot fill are others' to tell. */
export function checkPostcards(
  graph: Graph,
  { library, registry, company }: { library: Library; registry: Pick<StepRegistry, 'get'>; company: CompanyProfile },
): Issue[] {
  return graph.nodes.flatMap((node) => {
    if (node.type !== 'send_postcard' || node.disabled === true) return []
    const parsed = registry.get(node.type)?.config.safeParse(node.config)
    if (parsed?.success !== true) return []
    const config = parsed.data as PostcardConfig
    const variants = Object.entries(config.variants ?? {})
    const texts: CardText[] = [
      { path: [], headline: config.headline, body: config.body },
      ...variants.map(([language, text]) => ({ path: ['variants', language], ...text })),
    ]
    return texts.flatMap((text) =>
      checkText(text, config, { library, company }).map((issue) => ({ ...issue, nodeId: node.id })),
    )
  })
}

function checkText(
  text: CardText,
  config: PostcardConfig,
  { library, company }: { library: Library; company: CompanyProfile },
): Issue[] {
  const issues: Issue[] = (['headline', 'body'] as const).flatMap((part): Issue[] => {
    const found = picturesIn(text[part])
    return found.length === 0
      ? []
      : [{ ...unprintable, path: [...text.path, part], message: `Cards cannot show ${found.join(' ')}; take it out.` }]
  })
  const filled = fill(text, config, { library, company })
  if (filled === null) return issues
  const { problems } = layOutCard({ ...filled, link: longLink, to: somebody }, company)
  return [...issues, ...problems.flatMap((problem) => toIssue(problem, text.path))]
}

const longLink = 'https://leads.example.org/l/0000000000'
const somebody = { name: 'A B', company: '', line1: '1', city: 'C', region: '', postalCode: '', country: 'Ireland' }
const unprintable = { code: 'POSTCARD_TEXT_UNPRINTABLE', severity: 'error' } as const

function toIssue(problem: CardProblem, at: (string | number)[]): Issue[] {
  // The address is the lead's, and not this text's matter.
  if (problem.part === 'address' || problem.part === 'link' || (problem.kind === 'too_long' && !('room' in problem)))
    return []
  const part = problem.part === 'message' ? 'body' : 'headline'
  const path = [...at, part]
  if (problem.kind === 'unprintable') {
    return [
      {
        ...unprintable,
        path,
        message: `Cards have no shape for "${problem.character}"; they can print Latin, Greek and Cyrillic.`,
      },
    ]
  }
  const over = problem.length - problem.room
  const what = problem.part === 'message' ? 'text' : 'headline'
  return [
    {
      code: 'POSTCARD_TEXT_TOO_LONG',
      severity: 'error',
      path,
      message: `The ${what} does not fit its card: filled with long names it has ${String(problem.length)} characters, and about ${String(problem.room)} fit. Shorten it by about ${String(over)}.`,
    },
  ]
}

/** The texts with long values; null when they cannot be filled. */
function fill(
  { headline, body }: CardText,
  config: PostcardConfig,
  { library, company }: { library: Library; company: CompanyProfile },
): { headline: string; message: string } | null {
  try {
    const content = {
      body,
      ...(config.survey === undefined ? {} : { surveyKey: config.survey }),
      ...(config.asset === undefined ? {} : { assetKey: config.asset }),
    }
    const urls = { unsubscribe: longLink, preferences: longLink, survey: longLink, question: longLink, asset: longLink }
    const journey = { key: 'journey', name: anyText }
    const lead = { id: '', fields: longFields(library) }
    const entry = Object.fromEntries(entryNames(`${headline}\n${body}`).map((name) => [name, anyText]))
    const scope = scopeOf({ content, lead, entry, journey, library, company }, urls)
    return { headline: headlineOf(headline, scope), message: headlineOf(body, scope) }
  } catch (error) {
    if (error instanceof RenderError) return null
    throw error
  }
}

function longFields(library: Library): Record<string, FieldValue> {
  return Object.fromEntries(
    fieldCatalogue(library).map(({ key, type, options }): [string, FieldValue] => {
      if (type === 'number') return [key, 1_000_000]
      if (type === 'boolean') return [key, false]
      if (type === 'date') return [key, '2026-09-30']
      if (type === 'datetime') return [key, Date.UTC(2026, 8, 30)]
      const wordiest = (options ?? []).toSorted((a, b) => b.length - a.length)[0]
      return [key, wordiest ?? longest[key] ?? anyText]
    }),
  )
}

/** What the texts ask of the entry event, which could hold anything. */
function entryNames(text: string): string[] {
  return liquid
    .globalVariableSegmentsSync(liquid.parse(text), { partials: false })
    .flatMap(([root, member]) => (root === 'entry' && typeof member === 'string' ? [member] : []))
}
