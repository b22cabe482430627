/** What is wrong with a form as its author wrote it, each problem at its place, all of them at once. */
import type { Issue } from '../issues.ts'
import type { Library } from '../library.ts'
import { lookUp } from '../steps/lookup.ts'
import { checkQuestions } from '../surveys/check.ts'
import type { Form } from './schema.ts'
import { isAllowedTarget, type Website } from './website.ts'

/** Names that the event `form_submitted` uses itself. */
const reserved: ReadonlySet<string> = new Set([
  'form',
  'asset',
  'page',
  'topics',
  'confirm_url',
  'consents_not_taken',
  'screening',
  'anonymous_id',
])

/** Everything wrong with the form; errors keep it from being saved. */
export function checkForm(
  form: Form,
  library: Library,
  context: { website: Website; companyWebsite?: string | undefined },
): Issue[] {
  const issues: Issue[] = checkQuestions(form.fields, library, ['fields'])
  const wrong = (path: (string | number)[], message: string): void => {
    issues.push({ code: 'FORM_INVALID', severity: 'error', path, message })
  }
  if (!form.fields.some((field) => field.field === 'email' && field.type === 'email' && field.required)) {
    wrong(
      ['fields'],
      'The form insists on no email address, so that nobody could be thanked; add a required question of type email for the field "email".',
    )
  }
  form.fields.forEach(({ id, ask, field, text }, index) => {
    if (reserved.has(id))
      wrong(['fields', index, 'id'], `"${id}" has a meaning of its own in events; give the question another id.`)
    if (ask === 'next' && field === undefined) {
      wrong(
        ['fields', index, 'field'],
        `"${text}" is asked once only, but no lead field remembers the answer; choose one.`,
      )
    }
    if (field === 'email' && ask === 'next') {
      wrong(['fields', index, 'ask'], 'The email address is what a lead is known by; ask it always.')
    }
  })
  const ids = form.consents.map(({ id }) => id)
  ids.forEach((id, index) => {
    if (ids.indexOf(id) !== index)
      wrong(['consents', index, 'id'], `The id "${id}" is used twice; give each consent its own.`)
  })
  if (form.asset !== undefined && lookUp(library.assets, form.asset) === undefined) {
    const message = `There is no asset "${form.asset}"; create it or choose another.`
    issues.push({ code: 'REFERENCE_MISSING', severity: 'error', path: ['asset'], message })
  }
  if (form.redirectUrl !== undefined && !isAllowedTarget(context.website, form.redirectUrl, context.companyWebsite)) {
    wrong(['redirectUrl'], `"${form.redirectUrl}" is not on one of your websites; add its origin to them first.`)
  }
  return issues
}
