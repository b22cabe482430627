/** A control with its name, its help and what is wrong with it. */
import { ActionIcon, Input, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useId, type ReactNode } from 'react'
import { t } from '../i18n/t.ts'
import { sayIssue, useForm, useIssues, type FieldProps } from './form-context.tsx'
import classes from './forms.module.css'
import type { FieldPlan } from './plan.ts'

/** What a labelled input takes: `<TextInput {...labels} />`. */
interface Labels {
  label: ReactNode
  description: ReactNode
  error: ReactNode
  'aria-label'?: string
}

/** Name, help and problems of a setting, for inputs that show them by themselves. */
export function useLabels({ plan, path, bare }: FieldProps, within = false): Labels {
  const issues = useIssues(path, within)
  const error = issues.length === 0 ? null : issues.map((issue) => sayIssue(issue, plan.title, true)).join(' ')
  if (bare === true || plan.title === '') return { label: null, description: null, error, 'aria-label': plan.title }
  return { label: <Label plan={plan} />, description: plan.description === '' ? null : plan.description, error }
}

function Label({ plan }: { plan: FieldPlan }) {
  return (
    <>
      {plan.title}
      {plan.required || plan.hints.needed === true || plan.minItems > 0 ? null : plan.default === undefined &&
        plan.hints.empty === undefined ? (
        <span className={classes['optional']}> {t('optional')}</span>
      ) : null}
    </>
  )
}

/** The same for controls made of several parts: a group with a name. */
export function FieldFrame({
  field,
  children,
  side,
  within,
}: {
  field: FieldProps
  children: ReactNode
  /** At the right end of the name. */
  side?: ReactNode
  /** Problems within are told here, since the parts do not tell them. */
  within?: boolean
}) {
  const labels = useLabels(field, within ?? false)
  const id = useId()
  const { plan, bare } = field
  return (
    <div
      role="group"
      aria-labelledby={bare === true ? undefined : `${id}-name`}
      aria-label={bare === true ? plan.title : undefined}
      className={classes['frame']}
    >
      {bare === true || (labels.label === null && side === undefined) ? null : (
        <div className={classes['head']}>
          <span className={classes['name']} id={`${id}-name`}>
            {labels.label}
          </span>
          {side}
        </div>
      )}
      {labels.description === null ? null : <Input.Description size="xs">{labels.description}</Input.Description>}
      {children}
      {labels.error === null ? null : <Input.Error size="xs">{labels.error}</Input.Error>}
    </div>
  )
}

/** Takes an optional value away. */
export function ClearButton({ field, title }: { field: FieldProps; title?: string }) {
  const { change, isReadOnly } = useForm()
  const { plan, path, value } = field
  if (isReadOnly || value === undefined || plan.required || plan.default !== undefined) return null
  const words = title ?? t('Remove {{name}}', { name: plan.title })
  return (
    <Tooltip label={words}>
      <ActionIcon
        variant="subtle"
        color="gray"
        size={20}
        aria-label={words}
        onClick={() => change(path, undefined, { title: plan.title })}
      >
        <IconX size={14} />
      </ActionIcon>
    </Tooltip>
  )
}
