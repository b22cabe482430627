import { findField } from '../../fields.ts'
import type { Issue } from '../../issues.ts'
import { lookUp } from '../../steps/lookup.ts'
import type { Analysis } from '../analysis.ts'
import { triggersOf } from '../triggers.ts'

/** Triggers have ids of their own, forms that are there and open, and dates that are dates. (Their rules and zones are checked with all others.) */
export function checkEntryTriggers(analysis: Analysis): Issue[] {
  return analysis.entries.flatMap((step): Issue[] => {
    const issues: Issue[] = []
    const report = (code: Issue['code'], path: (string | number)[], message: string): void => {
      issues.push({ code, severity: 'error', nodeId: step.node.id, path: ['triggers', ...path], message })
    }
    const seen = new Set<string>()
    triggersOf(step).forEach((trigger, index) => {
      const { id } = trigger
      if (seen.has(id)) {
        report('STEP_CONFIG_INVALID', [index, 'id'], `The trigger id "${id}" is used twice; give each its own.`)
      }
      seen.add(id)
      if (trigger.kind === 'form') {
        const form = lookUp(analysis.context.library.forms, trigger.form)
        if (form === undefined || form.archived === true) {
          const what = form === undefined ? 'There is no form' : 'Nobody can fill in any more the form'
          report('REFERENCE_MISSING', [index, 'form'], `${what} "${trigger.form}"; create it or choose another.`)
        }
      }
      if (trigger.kind !== 'date_field') return
      const field = findField(trigger.field, analysis.context.library)
      if (field === null) {
        const message = `There is no field "${trigger.field}"; choose another or add it to the lead fields.`
        report('FIELD_UNKNOWN', [index, 'field'], message)
      } else if (field.type !== 'date' && field.type !== 'datetime') {
        const message = `The field "${field.label}" (${field.type}) is not a date; choose one that is.`
        report('OPERATOR_NOT_FOR_TYPE', [index, 'field'], message)
      }
    })
    return issues
  })
}
