/** A form made from a schema: its settings, and on top what is wrong with them. */
import { UnstyledButton } from '@mantine/core'
import type { Issue } from '#engine/issues.ts'
import { t } from '../i18n/t.ts'
import { Fields } from './fields.tsx'
import { focusField } from './focus-field.ts'
import { FormProvider, sayIssue, type FormState } from './form-context.tsx'
import classes from './forms.module.css'
import type { FieldPlan } from './plan.ts'

export function Form({ plan, state }: { plan: FieldPlan; state: FormState }) {
  return (
    <FormProvider value={state}>
      <div className={classes['form']} data-form={state.step ?? 'journey'}>
        <IssueSummary issues={state.issues} plan={plan} />
        <Fields plans={plan.fields} value={state.root} path={[]} />
      </div>
    </FormProvider>
  )
}

/** All problems of the step in one place; each leads to its control. */
function IssueSummary({ issues, plan }: { issues: readonly Issue[]; plan: FieldPlan }) {
  if (issues.length === 0) return null
  const isError = issues.some(({ severity }) => severity === 'error')
  return (
    <div className={classes['summary']} data-tone={isError ? 'error' : 'warning'} role="status">
      {issues.slice(0, 6).map((issue) => (
        <UnstyledButton
          key={`${issue.code} ${issue.path.join('.')} ${issue.message}`}
          className={classes['summaryLine']}
          onClick={() => void focusField(issue.path)}
        >
          {sayIssue(issue, titleAt(plan, issue.path))}
        </UnstyledButton>
      ))}
      {issues.length > 6 ? (
        <span className={classes['note']}>{t('and {{count}} more', { count: issues.length - 6 })}</span>
      ) : null}
    </div>
  )
}

/** The name of the setting a path leads to, as far as it can be followed. */
function titleAt(plan: FieldPlan, path: readonly (string | number)[]): string {
  let here: FieldPlan = plan
  let title = ''
  for (const part of path) {
    const next: FieldPlan | null | undefined =
      typeof part === 'number' || here.widget === 'record'
        ? here.item
        : (here.fields.find(({ key }) => key === part) ??
          here.variants.flatMap(({ plan: one }) => one.fields).find(({ key }) => key === part))
    if (next === null || next === undefined) break
    here = next
    if (next.title !== '') title = next.title
  }
  return title === '' ? String(path[0] ?? '') : title
}
