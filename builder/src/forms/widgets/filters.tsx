import { ActionIcon, Autocomplete, Button, Select, TagsInput, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import type { PropertyFilter } from '#engine/conditions/schema.ts'
import { t } from '../../i18n/t.ts'
import { FieldFrame } from '../field-frame.tsx'
import { focusField } from '../focus-field.ts'
import { useForm, useTyped, type FieldProps } from '../form-context.tsx'
import { offered } from '../offered.ts'
import classes from '../forms.module.css'
import { useNearestText } from '../siblings.ts'
import { useSource } from '../sources.ts'
import type { Path } from '../values.ts'

type Op = PropertyFilter['op']

const ops: readonly Op[] = [
  'is',
  'is_not',
  'in',
  'contains',
  'starts_with',
  'lt',
  'lte',
  'gt',
  'gte',
  'known',
  'unknown',
]
const words: Readonly<Record<Op, () => string>> = {
  is: () => t('is'),
  is_not: () => t('is not'),
  in: () => t('is one of'),
  contains: () => t('contains'),
  starts_with: () => t('starts with'),
  lt: () => t('is less than'),
  lte: () => t('is at most'),
  gt: () => t('is more than'),
  gte: () => t('is at least'),
  known: () => t('is known'),
  unknown: () => t('is not known'),
}

/** Conditions on what an event says, all of which must hold. */
export function FiltersField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const event = useNearestText(path, plan.hints.of ?? 'event')
  const properties = useSource('property', {}, event)
  const filters = (Array.isArray(value) ? value : []) as PropertyFilter[]
  const write = (next: readonly PropertyFilter[]): void =>
    change(path, next.length === 0 && !plan.required ? undefined : next, { title: plan.title })
  return (
    <FieldFrame field={props} within>
      <div className={classes['cards']}>
        {filters.map((filter, index) => (
          <Filter
            key={index}
            filter={filter}
            path={[...path, index]}
            title={plan.title}
            known={properties.items.map((item) => item.value)}
            onChange={(next) => write(filters.with(index, next))}
            onRemove={() => write(filters.toSpliced(index, 1))}
          />
        ))}
      </div>
      {isReadOnly ? null : (
        <div>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconPlus size={12} />}
            onClick={() => {
              write([...filters, { property: '', op: 'is', value: '' }])
              void focusField([...path, filters.length])
            }}
          >
            {t('Add condition')}
          </Button>
        </div>
      )}
    </FieldFrame>
  )
}

function Filter({
  filter,
  path,
  title,
  known,
  onChange,
  onRemove,
}: {
  filter: PropertyFilter
  path: Path
  title: string
  known: readonly string[]
  onChange: (filter: PropertyFilter) => void
  onRemove: () => void
}) {
  const { isReadOnly, change } = useForm()
  const { property, op, value } = filter
  const name = useTyped(property, (text, typing) => change([...path, 'property'], text, { title, typing }))
  const hasNumber = op === 'lt' || op === 'lte' || op === 'gt' || op === 'gte'
  const typed = useTyped(value === undefined ? '' : String(value), (text, typing) =>
    change([...path, 'value'], readValue(text, hasNumber || typeof value === 'number'), { title, typing }),
  )
  return (
    <div
      className={classes['entry']}
      data-path={path.join('.')}
      role="group"
      aria-label={t('Condition {{number}}', { number: Number(path.at(-1)) + 1 })}
    >
      <div className={classes['row']} style={{ marginBottom: 6 }}>
        <Autocomplete
          size="xs"
          flex={1}
          miw={0}
          aria-label={t('Property')}
          placeholder={t('Property')}
          data={[...known]}
          filter={({ options, search }) => offered(options, search, [])}
          readOnly={isReadOnly}
          value={name.value}
          onFocus={name.onFocus}
          onBlur={name.onBlur}
          onChange={name.onText}
        />
        {isReadOnly ? null : (
          <ActionIcon variant="subtle" color="gray" size={22} aria-label={t('Remove condition')} onClick={onRemove}>
            <IconTrash size={14} />
          </ActionIcon>
        )}
      </div>
      <div className={classes['row']}>
        <Select
          size="xs"
          w={120}
          aria-label={t('How to compare')}
          data={ops.map((one) => ({ value: one, label: words[one]() }))}
          readOnly={isReadOnly}
          allowDeselect={false}
          value={op}
          onChange={(next) => onChange(withOp(filter, ops.find((one) => one === next) ?? op))}
        />
        {op === 'known' || op === 'unknown' ? null : op === 'in' ? (
          <TagsInput
            size="xs"
            flex={1}
            aria-label={t('Values')}
            readOnly={isReadOnly}
            value={Array.isArray(value) ? value.map(String) : []}
            onChange={(next) => onChange({ ...filter, value: next })}
          />
        ) : (
          <TextInput
            size="xs"
            flex={1}
            miw={0}
            aria-label={t('Value')}
            placeholder={t('Value')}
            readOnly={isReadOnly}
            value={typed.value}
            onFocus={typed.onFocus}
            onBlur={typed.onBlur}
            onChange={({ currentTarget }) => typed.onText(currentTarget.value)}
          />
        )}
      </div>
    </div>
  )
}

/** The value follows the comparison: none, several, a number, or as it was. */
function withOp(filter: PropertyFilter, op: Op): PropertyFilter {
  const { property, value } = filter
  if (op === 'known' || op === 'unknown') return { property, op }
  if (op === 'in')
    return {
      property,
      op,
      value: Array.isArray(value) ? value : value === undefined || value === '' ? [] : [String(value)],
    }
  const single = Array.isArray(value) ? (value[0] ?? '') : (value ?? '')
  return { property, op, value: op.startsWith('l') || op.startsWith('g') ? Number(single) || 0 : single }
}

/** `true`, `12` → what they mean; anything else stays a text. */
function readValue(text: string, isNumber: boolean): string | number | boolean {
  if (isNumber && text.trim() !== '' && Number.isFinite(Number(text))) return Number(text)
  return text === 'true' ? true : text === 'false' ? false : text
}
