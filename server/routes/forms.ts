import { knownDomains } from '#activities/forms/domain-lists.ts'
import { decideSubmission } from '#activities/forms/held-submissions.ts'
import type { HeldInput } from '#activities/forms/submit-form.ts'
import { findUsers, saveResource } from '#activities/library/save-resource.ts'
import { linkTo, type LinkOptions } from '#activities/links/personal-link.ts'
import { linkPurposes } from '#activities/links/token.ts'
import type { Poker } from '#activities/poker.ts'
import type { Database } from '#db/client.ts'
import { readScreening, saveScreening } from '#db/repositories/screening-setting.ts'
import { listSubmissions, type FormSubmission } from '#db/repositories/form-submissions.ts'
import type { Library } from '#engine/library.ts'
import type { StepRegistry } from '#engine/steps/catalogue.ts'
import {
  decideFormSubmission,
  getForm,
  getScreening,
  listForms,
  listFormSubmissions,
  putForm,
  putScreening,
  type SubmissionItem,
} from '../contract/forms.ts'
import { readCursor, toPage } from '../paging.ts'
import { toInstant, toInstantOrNull } from '../present.ts'
import { HttpProblem } from '../problem.ts'
import { implement, ok, type Implementation } from '../routing.ts'
import { requireSameKey, requireSaved } from './surveys.ts'

interface Dependencies {
  db: Database
  poker: Poker
  library: () => Promise<Library>
  registry: StepRegistry
  links: LinkOptions
}

export function formRoutes(deps: Dependencies): Implementation[] {
  const { db, links } = deps
  const base = links.baseUrl.replace(/\/+$/, '')
  const urlOf = (key: string): string => `${base}/${linkPurposes.form}/${key}`
  return [
    implement(listForms, async () => {
      const library = await deps.library()
      const users = await findUsers(db, library, 'forms')
      const items = Object.values(library.forms)
        .sort((one, other) => (one.key < other.key ? -1 : 1))
        .map(({ key, title, fields, archived = false }) => ({
          key,
          title,
          fields: fields.length,
          archived,
          usedBy: users.get(key) ?? [],
          url: urlOf(key),
        }))
      return ok({ items })
    }),

    implement(getForm, async ({ params: { key } }) => {
      const library = await deps.library()
      const form = Object.hasOwn(library.forms, key) ? library.forms[key] : undefined
      if (form === undefined) throw new HttpProblem('FORM_NOT_FOUND', `There is no form "${key}".`)
      const users = await findUsers(db, library, 'forms')
      const snippet = `<script async src="${base}/trellis.js" data-form="${key}"></script>`
      return ok({ form, usedBy: users.get(key) ?? [], url: urlOf(key), snippet })
    }),

    implement(putForm, async ({ params, body }, { actor }) => {
      requireSameKey(params.key, body.key, 'FORM_INVALID')
      const result = await saveResource(deps, { kind: 'forms', value: body }, actor)
      return ok({ form: body, created: requireSaved(result, 'FORM_INVALID') })
    }),

    implement(listFormSubmissions, async ({ query }) => {
      const { limit, cursor, status, form } = query
      const rows = await listSubmissions(db, { status, form }, { after: readCursor(cursor), limit: limit + 1 })
      return ok(toPage(rows, limit, ({ createdAt, id }) => ({ at: createdAt, id }), presentSubmission))
    }),

    implement(decideFormSubmission, async ({ params, body }, { actor }) => {
      const confirmUrl = (leadId: string, submissionId: string): string =>
        linkTo(links, 'confirm', { about: 'lead', id: leadId, subject: submissionId })
      const request = { id: params.id, decision: body.decision, actor }
      const result = await decideSubmission({ ...deps, domains: knownDomains, confirmUrl }, request)
      if (!result.decided) throw new HttpProblem(result.code, result.message)
      return ok({ leadId: result.leadId })
    }),

    implement(getScreening, async () => ok(await readScreening(db))),
    implement(putScreening, async ({ body }, { actor }) => {
      await db.transaction((tx) => saveScreening(tx, body, actor))
      return ok(body)
    }),
  ]
}

function presentSubmission(row: FormSubmission): SubmissionItem {
  const { answers = {} } = row.input as unknown as Partial<HeldInput>
  const { id, form, status, reason, leadId, decidedBy } = row
  return {
    id,
    form,
    status,
    reason,
    leadId,
    answers: answers as SubmissionItem['answers'],
    createdAt: toInstant(row.createdAt),
    decidedAt: toInstantOrNull(row.decidedAt),
    decidedBy,
  }
}
