/** A form made from a schema: its settings, and on top what is wrong with them. */
import { UnstyledButton } from '@mantine/core'
import type { Issue } from '#engine/issues.ts'
import { t } from '../i18n/t.ts'
import { Fields } from './fields.tsx'
import { focusField } from './focus-field.ts'
import { FormProvider, sayIssue, WidgetsProvider, type FormState } from './form-context.tsx'
import classes from './forms.module.css'
import { throughDefaults, titleAt } from './plan-path.ts'
import type { FieldPlan } from './plan.ts'
import { widgets } from './widgets/index.ts'

export function Form({ plan, state }: { plan: FieldPlan; state: FormState }) {
  const whole: FormState = {
    ...state,
    change: (path, value, about) => {
      const stored = throughDefaults(plan, state.root, path, value)
      state.change(stored.path, stored.value, about)
    },
  }
  return (
    <FormProvider value={whole}>
      <WidgetsProvider value={widgets}>
        <div className={classes['form']} data-form={state.step ?? 'journey'}>
          <IssueSummary issues={state.issues} plan={plan} />
          <Fields plans={plan.fields} value={state.root} path={[]} />
        </div>
      </WidgetsProvider>
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
