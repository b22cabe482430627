/** One setting: its plan says which control writes it. */
import { memo } from 'react'
import type { FieldProps } from './form-context.tsx'
import classes from './forms.module.css'
import { pathName } from './values.ts'
import { widgets } from './widgets/index.ts'

export const Field = memo(function Field(props: FieldProps) {
  const { plan, path } = props
  if (plan.widget === 'hidden') return null
  const Widget = widgets[plan.widget]
  return (
    <div
      data-path={pathName(path)}
      data-widget={plan.widget}
      className={classes['field']}
      data-half={plan.hints.half === true || undefined}
    >
      <Widget {...props} />
    </div>
  )
})
