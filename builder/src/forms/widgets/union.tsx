import { Radio } from '@mantine/core'
import { useId } from 'react'
import { ClearButton, FieldFrame } from '../field-frame.tsx'
import { Fields } from '../fields.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'

/** One of several forms, as cards; the chosen one's settings stand beneath it. */
export function UnionField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const name = useId()
  const shown = value ?? plan.default
  const mayBeEmpty = !plan.required && plan.default === undefined && plan.hints.empty !== undefined
  const chosen = shown === undefined ? -1 : plan.variants.findIndex(({ matches }) => matches(shown))
  return (
    <FieldFrame field={props} side={mayBeEmpty ? null : <ClearButton field={props} />}>
      <div role="radiogroup" aria-label={plan.title} className={classes['cards']}>
        {mayBeEmpty ? (
          <label className={classes['card']} data-checked={shown === undefined || undefined}>
            <Radio
              size="xs"
              name={name}
              label={plan.hints.empty}
              checked={shown === undefined}
              disabled={isReadOnly}
              onChange={() => change(path, undefined, { title: plan.title })}
            />
          </label>
        ) : null}
        {plan.variants.map((variant, index) => (
          <div key={variant.title} className={classes['card']} data-checked={index === chosen || undefined}>
            <div style={{ flex: 1, minWidth: 0 }}>
              <Radio
                size="xs"
                name={name}
                label={variant.title}
                description={variant.description === '' ? null : variant.description}
                checked={index === chosen}
                disabled={isReadOnly}
                onChange={() => {
                  if (index !== chosen) change(path, variant.make(), { title: plan.title })
                }}
              />
              {index === chosen && variant.plan.fields.length > 0 ? (
                <div style={{ marginTop: 10 }}>
                  <Fields plans={variant.plan.fields} value={shown} path={path} />
                </div>
              ) : null}
            </div>
          </div>
        ))}
      </div>
    </FieldFrame>
  )
}
