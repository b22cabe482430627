/** One setting: its plan says which control writes it. */
import { memo } from 'react'
import { useWidgets, type FieldProps } from './form-context.tsx'
import classes from './forms.module.css'
import { pathName } from './values.ts'

export const Field = memo(function Field(props: FieldProps) {
  const { plan, path } = props
  const widgets = useWidgets()
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
