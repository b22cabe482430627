import { matchRule as match } from '#activities/rules/match-rule.ts'
import type { Database } from '#db/client.ts'
import { isQueryCanceled } from '#db/errors.ts'
import { countEventTypes, countTags } from '#db/repositories/rule-vocabulary.ts'
import { segments } from '#db/schema/library.ts'
import { describeRule } from '#engine/conditions/describe.ts'
import { fieldCatalogue, type Field } from '#engine/fields.ts'
import type { Library } from '#engine/library.ts'
import { builtInEvents } from '#engine/vocabulary.ts'
import { getRuleVocabulary, matchRule } from '../contract/rules.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { presentLeadSummary } from './leads.ts'
import { mayReadLeads, requireValid, requireZone } from './segments.ts'

/** Names are counted over all leads: not for each person who opens the editor. */
const namesFreshMs = 30_000

/** Core fields that say something about the company, and about what the lead did; all others are about the person. */
const companyFields: ReadonlySet<string> = new Set(['company', 'title'])
const behaviourFields: ReadonlySet<string> = new Set(['score', 'attention', 'created_at', 'last_activity_at', 'source'])

export function ruleRoutes(deps: {
  db: Database
  library: () => Promise<Library>
  now: () => number
}): Implementation[] {
  const { db } = deps
  let names: { at: number; found: ReturnType<typeof readNames> } | null = null
  const knownNames = () => {
    if (names === null || performance.now() - names.at > namesFreshMs) {
      const found = readNames(db)
      names = { at: performance.now(), found }
      found.catch(() => (names = null))
    }
    return names.found
  }
  return [
    implement(matchRule, async ({ body }, { gone, principal }) => {
      const library = await deps.library()
      const zone = body.zone ?? library.policy.zone
      requireZone(zone)
      requireValid(body.rule, library, ['body', 'rule'])
      if (body.among !== undefined) requireValid(body.among, library, ['body', 'among'])
      body.above.forEach((rule, index) => requireValid(rule, library, ['body', 'above', index]))
      const { rule, among, above, warnings, byStage, testRun: testRunId } = body
      const sample = mayReadLeads(principal) ? body.sample : { matching: 0, others: 0 }
      const request = { rule, among, above, sample, warnings, byStage, zone, testRunId }
      const found = await match({ db, library, now: deps.now(), signal: gone }, request).catch((error: unknown) => {
        if (!isQueryCanceled(error) && !gone.aborted) throw error
        throw new HttpProblem('RULE_TOO_SLOW', 'Counting this rule takes too long; ask for less.', { cause: error })
      })
      return ok({
        ...found,
        sentence: describeRule(rule, library),
        sample: found.sample.map(({ lead, ...judged }) => ({ ...judged, lead: presentLeadSummary(lead) })),
      })
    }),

    implement(getRuleVocabulary, async () => {
      const [library, { tags, events }, named] = await Promise.all([
        deps.library(),
        knownNames(),
        db.select({ key: segments.key, name: segments.name }).from(segments).orderBy(segments.name, segments.key),
      ])
      const recorded = new Set(events.map(({ event }) => event))
      const unheard = Object.values(builtInEvents).filter((event) => !recorded.has(event))
      return ok({
        fields: fieldCatalogue(library).map(presentField),
        tags,
        events: [...events, ...unheard.map((event) => ({ event, leads: 0, properties: [] }))],
        segments: named,
        assets: Object.values(library.assets)
          .map(({ key, title, kind }) => ({ key, title, kind }))
          .sort((one, other) => one.title.localeCompare(other.title)),
        surveys: Object.values(library.surveys)
          .map(({ key, title, questions }) => ({ key, title, questions: questions.map(presentQuestion) }))
          .sort((one, other) => one.title.localeCompare(other.title)),
      })
    }),
  ]
}

async function readNames(db: Database) {
  const [tags, events] = await Promise.all([countTags(db), countEventTypes(db)])
  return { tags, events }
}

function presentField({ key, label, type, options, core }: Field) {
  const group = companyFields.has(key) ? 'company' : behaviourFields.has(key) ? 'behaviour' : 'lead'
  return {
    key,
    label,
    type,
    group: group as 'lead' | 'company' | 'behaviour',
    isCustom: core === undefined,
    options: options === undefined ? null : [...options],
  }
}

function presentQuestion({ id, text, type, options, other }: Library['surveys'][string]['questions'][number]) {
  if (type === 'yes_no') {
    const choices = [
      { value: 'yes', label: 'Yes' },
      { value: 'no', label: 'No' },
    ]
    return { id, text, type, choices }
  }
  if (options === undefined || options.length === 0) return { id, text, type, choices: null }
  const choices = options.map(({ value, label }) => ({ value, label }))
  return {
    id,
    text,
    type,
    choices: other === undefined ? choices : [...choices, { value: 'other', label: other.label }],
  }
}
