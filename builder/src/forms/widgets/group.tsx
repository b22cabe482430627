import { Button } from '@mantine/core'
import { t } from '../../i18n/t.ts'
import { ClearButton, FieldFrame } from '../field-frame.tsx'
import { Fields } from '../fields.tsx'
import { useForm, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import { blankOf } from '../plan.ts'

/** Settings that belong together. One that may be absent is asked for only when it is wanted. */
export function GroupField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const shown = value ?? plan.default
  const isAbsent = shown === undefined && !plan.required
  return (
    <FieldFrame field={props} side={<ClearButton field={props} />}>
      {isAbsent ? (
        <div className={classes['row']}>
          <span className={classes['note']}>{plan.hints.empty ?? t('Not set')}</span>
          <Button
            variant="default"
            size="compact-xs"
            disabled={isReadOnly}
            onClick={() => change(path, blankOf({ ...plan, default: undefined }), { title: plan.title })}
          >
            {t('Set it')}
          </Button>
        </div>
      ) : (
        <Fields plans={plan.fields} value={shown} path={path} />
      )}
    </FieldFrame>
  )
}
