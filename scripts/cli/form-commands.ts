import type { Command } from 'commander'
import { decideSubmission } from '#activities/forms/held-submissions.ts'
import { knownDomains } from '#activities/forms/domain-lists.ts'
import { findUsers } from '#activities/library/save-resource.ts'
import { linkTo } from '#activities/links/personal-link.ts'
import { readSurveyResults, type SurveyResults } from '#activities/surveys/results.ts'
import { listSubmissions } from '#db/repositories/form-submissions.ts'
import { readLibrary } from '#db/repositories/library.ts'
import { loadConfig } from '#server/config.ts'
import { obtainSecret } from '#server/secret.ts'
import { addCommand, CommandError, table, type GlobalOptions } from './command.ts'
import { withInstance } from './instance.ts'

/** The most held submissions shown at once. */
const mostShown = 200

/** `trellis forms list | held | release | discard`, `trellis surveys list | results`. */
export function addFormCommands(program: Command): void {
  const forms = program.command('forms').description('Forms of the website, and what was held as spam')
  addList(forms, 'forms')
  addCommand<GlobalOptions & { form?: string }>(
    forms,
    'held',
    'Submissions held as spam, the latest first',
    (command) => command.option('--form <key>', 'of this form only'),
    (_, { form }) =>
      withInstance(async ({ database: { db } }) => {
        const rows = await listSubmissions(db, { status: 'held', form }, { after: null, limit: mostShown })
        const lines = rows.map((row) => [row.id, row.createdAt.toISOString(), row.form, row.email ?? '', row.reason])
        const data = rows.map(({ id, form: key, email, reason, createdAt }) => ({
          id,
          form: key,
          email,
          reason,
          createdAt,
        }))
        return {
          data,
          text: rows.length === 0 ? 'Nothing is held.' : table([['id', 'at', 'form', 'address', 'why'], ...lines]),
        }
      }),
  )
  for (const decision of ['release', 'discard'] as const) {
    const what =
      decision === 'release' ? 'It is no spam: take it in as if it had just come' : 'It is spam: keep it on record'
    addCommand(
      forms,
      `${decision} <submission>`,
      what,
      (command) => command,
      ([id = ''], { actor }) => decide(id, decision, actor),
    )
  }
  const surveys = program.command('surveys').description('Surveys and what was answered')
  addList(surveys, 'surveys')
  addCommand(
    surveys,
    'results <survey>',
    'How often each answer was given',
    (command) => command,
    ([key = '']) =>
      withInstance(async ({ database: { db } }) => {
        const library = await readLibrary(db)
        const survey = Object.hasOwn(library.surveys, key) ? library.surveys[key] : undefined
        if (survey === undefined) throw new CommandError(`There is no survey "${key}".`, { code: 'SURVEY_NOT_FOUND' })
        const results = await readSurveyResults(db, survey, { isTest: false })
        return { data: results, text: describeResults(results) }
      }),
  )
}

function addList(parent: Command, kind: 'forms' | 'surveys'): void {
  addCommand(
    parent,
    'list',
    `All ${kind} and the live journeys that use them`,
    (command) => command,
    () =>
      withInstance(async ({ database: { db } }) => {
        const library = await readLibrary(db)
        const users = await findUsers(db, library, kind)
        const items = Object.values<{ key: string; title: string; archived?: boolean | undefined }>(library[kind]).map(
          ({ key, title, archived = false }) => ({ key, title, archived, usedBy: users.get(key) ?? [] }),
        )
        const lines = items.map(({ key, title, archived, usedBy }) => [
          key,
          archived ? `${title} (archived)` : title,
          usedBy.join(', '),
        ])
        return {
          data: items,
          text: lines.length === 0 ? `There are no ${kind}.` : table([['key', 'title', 'used by'], ...lines]),
        }
      }),
  )
}

async function decide(id: string, decision: 'release' | 'discard', actor: string) {
  if (!/^[0-9a-f-]{36}$/i.test(id)) throw new CommandError(`"${id}" is no id of a submission; see "forms held".`)
  const config = loadConfig()
  const links = { baseUrl: config.publicUrl, secret: await obtainSecret(config) }
  return withInstance(async ({ database: { db }, poker }) => {
    const result = await decideSubmission(
      {
        db,
        poker,
        library: () => readLibrary(db),
        domains: knownDomains,
        confirmUrl: (leadId, subject) => linkTo(links, 'confirm', { about: 'lead', id: leadId, subject }),
      },
      { id, decision, actor },
    )
    if (!result.decided) throw new CommandError(result.message, { code: result.code })
    const text = result.leadId === null ? 'Discarded.' : `Taken in: it is lead ${result.leadId}.`
    return { data: { id, decision, leadId: result.leadId }, text }
  })
}

function describeResults({ partial, complete, questions }: SurveyResults): string {
  const lines = questions.map(({ text, answered, counts, average, netPromoterScore }) => {
    const notes = [
      `${String(answered)} answered`,
      ...(average === null ? [] : [`average ${average.toFixed(1)}`]),
      ...(netPromoterScore === null ? [] : [`net promoter score ${String(netPromoterScore)}`]),
    ]
    const answers = counts.map(
      ({ label, row, count }) => `    ${String(count).padStart(6)}  ${row === null ? '' : `${row}: `}${label}`,
    )
    return [`${text} (${notes.join(', ')})`, ...answers].join('\n')
  })
  return [`${String(complete)} complete, ${String(partial)} begun`, ...lines].join('\n')
}
