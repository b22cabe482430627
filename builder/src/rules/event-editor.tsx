/** How often something happened: which event, how many times, with which properties, within how long. */
import { ActionIcon, Button, Select, Tooltip } from '@mantine/core'
import { IconPlus, IconX } from '@tabler/icons-react'
import { propertyOperators } from '#engine/conditions/properties.ts'
import type { PropertyFilter, RuleValue } from '#engine/conditions/schema.ts'
import type { Condition } from '#engine/conditions/walk.ts'
import { t } from '../i18n/t.ts'
import { CountEditor, OperatorSelect } from './count-editor.tsx'
import { useRuleEditing } from './rule-context.tsx'
import classes from './rules.module.css'
import { DurationEditor, ValueEditor, WordEditor } from './value-editors.tsx'

type Count = Extract<Condition, { kind: 'count' }>

export function EventEditor({ condition, onChange }: { condition: Count; onChange: (condition: Count) => void }) {
  const { vocabulary, isReadOnly } = useRuleEditing()
  const { where, within, ...rest } = condition
  const write = (next: Partial<Count>) => {
    const whole = { ...rest, where, within, ...next }
    // What is not asked for is left out, not written as undefined.
    const given = Object.entries(whole).filter(([, part]) => part !== undefined)
    onChange(Object.fromEntries(given) as unknown as Count)
  }
  const event = vocabulary.events.find((known) => known.event === condition.event)
  const filters = where ?? []
  const writeFilter = (index: number, filter: PropertyFilter) =>
    write({ where: filters.map((before, at) => (at === index ? filter : before)) })
  return (
    <>
      <CountEditor op={condition.op} n={condition.n} onChange={write} />
      {event === undefined ? (
        <WordEditor
          label={t('Event name')}
          placeholder={t('Event name')}
          isReadOnly={isReadOnly}
          suggestions={[]}
          value={condition.event}
          onChange={(name) => write({ event: name })}
        />
      ) : null}
      <div className={classes['rest']}>
        <WindowEditor value={within} onChange={(next) => write({ within: next })} />
        {isReadOnly ? null : (
          <Button
            variant="subtle"
            size="compact-xs"
            color="gray"
            leftSection={<IconPlus size={12} />}
            onClick={() => write({ where: [...filters, { property: '', op: 'is' }] })}
          >
            {t('Only with …')}
          </Button>
        )}
      </div>
      {filters.map((filter, index) => (
        // Filters have no id; they are not moved.
        <div className={classes['rest']} key={index}>
          <FilterEditor
            filter={filter}
            properties={event?.properties ?? []}
            onChange={(next) => writeFilter(index, next)}
          />
          {isReadOnly ? null : (
            <Tooltip label={t('Without this filter')}>
              <ActionIcon
                variant="subtle"
                color="gray"
                size="sm"
                aria-label={t('Without this filter')}
                onClick={() => write({ where: filters.length === 1 ? undefined : filters.toSpliced(index, 1) })}
              >
                <IconX size={14} />
              </ActionIcon>
            </Tooltip>
          )}
        </div>
      ))}
    </>
  )
}

const ops = Object.keys(propertyOperators) as PropertyFilter['op'][]

function FilterEditor({
  filter,
  properties,
  onChange,
}: {
  filter: PropertyFilter
  properties: readonly string[]
  onChange: (filter: PropertyFilter) => void
}) {
  const { isReadOnly } = useRuleEditing()
  const { property, op, value } = filter
  const isNumeric = ['lt', 'lte', 'gt', 'gte'].includes(op) || typeof value === 'number'
  const write = (nextOp: PropertyFilter['op'], next: RuleValue | undefined) =>
    onChange(next === undefined ? { property, op: nextOp } : { property, op: nextOp, value: next })
  return (
    <>
      <WordEditor
        label={t('Property')}
        placeholder={t('Property')}
        isReadOnly={isReadOnly}
        suggestions={properties}
        value={property}
        onChange={(name) => onChange({ ...filter, property: name })}
      />
      <OperatorSelect
        data={ops.map((each) => ({ value: each, label: propertyOperators[each].label }))}
        value={op}
        onChange={(next) => {
          const wanted = next as PropertyFilter['op']
          write(wanted, propertyOperators[wanted].value === propertyOperators[op].value ? value : undefined)
        }}
      />
      {typeof value === 'boolean' ? (
        <ValueEditor
          wants="one"
          type="boolean"
          choices={null}
          label={t('Value')}
          isReadOnly={isReadOnly}
          value={value}
          onChange={(next) => write(op, next)}
        />
      ) : (
        <ValueEditor
          wants={propertyOperators[op].value}
          type={isNumeric ? 'number' : 'text'}
          choices={null}
          label={t('Value')}
          isReadOnly={isReadOnly}
          value={value}
          onChange={(next) => write(op, next)}
        />
      )}
    </>
  )
}

/** "at any time", or "in the last 7 days". */
export function WindowEditor({
  value,
  onChange,
}: {
  value: string | undefined
  onChange: (value: string | undefined) => void
}) {
  const { isReadOnly } = useRuleEditing()
  return (
    <>
      <Select
        size="xs"
        openOnFocus={false}
        aria-label={t('When')}
        allowDeselect={false}
        readOnly={isReadOnly}
        w={120}
        data={[
          { value: 'ever', label: t('at any time') },
          { value: 'last', label: t('in the last') },
        ]}
        value={value === undefined ? 'ever' : 'last'}
        onChange={(next) => onChange(next === 'last' ? (value ?? 'P30D') : undefined)}
      />
      {value === undefined ? null : (
        <DurationEditor value={value} onChange={onChange} label={t('Within')} isReadOnly={isReadOnly} />
      )}
    </>
  )
}
