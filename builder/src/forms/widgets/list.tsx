import { ActionIcon, Button, Menu, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconPlus, IconTrash } from '@tabler/icons-react'
import type { KeyboardEvent } from 'react'
import { t } from '../../i18n/t.ts'
import { Field } from '../field.tsx'
import { FieldFrame } from '../field-frame.tsx'
import { Fields } from '../fields.tsx'
import { focusField } from '../focus-field.ts'
import { useForm, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import { blankOf, isRecord, type FieldPlan, type Variant } from '../plan.ts'
import { freshName, setAt, type Path } from '../values.ts'

/** Entries in an order: added, moved (also by Alt and the arrows) and taken away. */
export function ListField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const shown = value ?? plan.default
  const entries: readonly unknown[] = Array.isArray(shown) ? shown : []
  const { item, hints } = plan
  if (item === null) return null
  const called = hints.entry ?? t('entry')
  const write = (next: readonly unknown[]): void => change(path, next, { title: plan.title })
  const add = (variant?: Variant): void => {
    const blank = variant === undefined ? blankOf(item) : variant.make()
    write([
      ...entries,
      withOwnId(
        blank,
        variant?.plan ?? item,
        entries,
        isRecord(blank) && typeof blank['kind'] === 'string' ? blank['kind'] : called,
      ),
    ])
    void focusField([...path, entries.length])
  }
  const move = (from: number, to: number): void => {
    if (to < 0 || to >= entries.length) return
    const next = entries.toSpliced(from, 1)
    write(next.toSpliced(to, 0, entries[from]))
    void focusField([...path, to])
  }
  const isFull = plan.maxItems !== null && entries.length >= plan.maxItems
  return (
    <FieldFrame field={props}>
      <div className={classes['cards']}>
        {entries.map((entry, index) => (
          <Entry
            // Entries with an id keep their controls when they move.
            key={isRecord(entry) && typeof entry['id'] === 'string' ? entry['id'] : index}
            plan={plan}
            item={item}
            entry={entry}
            path={[...path, index]}
            isLast={index === entries.length - 1}
            mayGo={entries.length > plan.minItems}
            // The default is not stored: the first change of an entry stores the whole list.
            isDefault={value === undefined}
            onMove={(by) => move(index, index + by)}
            onRemove={() => write(entries.toSpliced(index, 1))}
          />
        ))}
      </div>
      {hints.total === undefined ? null : <Total total={hints.total} entries={entries} />}
      {isReadOnly || isFull ? null : item.widget === 'union' ? (
        <AddOneOf
          variants={item.variants}
          called={called}
          isFirst={entries.length === 0 && plan.minItems > 0}
          onAdd={add}
        />
      ) : (
        <div>
          <Button variant="default" size="compact-xs" leftSection={<IconPlus size={12} />} onClick={() => add()}>
            {t('Add {{entry}}', { entry: called })}
          </Button>
        </div>
      )}
    </FieldFrame>
  )
}

interface EntryProps {
  plan: FieldPlan
  item: FieldPlan
  entry: unknown
  path: Path
  isLast: boolean
  mayGo: boolean
  isDefault: boolean
  onMove: (by: -1 | 1) => void
  onRemove: () => void
}

function Entry({ plan, item, entry, path, isLast, mayGo, onMove, onRemove }: EntryProps) {
  const { isReadOnly } = useForm()
  const index = Number(path.at(-1))
  const variant = item.variants.find(({ matches }) => matches(entry))
  const fields = (variant?.plan ?? item).fields
  const asked = fields.filter(({ widget }) => widget !== 'hidden')
  const isSlim =
    item.widget !== 'group' && item.widget !== 'union'
      ? true
      : item.widget === 'group' &&
        asked.length <= 2 &&
        asked.every(({ hints, widget }) => hints.half === true || widget === 'text')
  const name = nameOf(plan, item, entry, index)
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!event.altKey || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    event.stopPropagation()
    onMove(event.key === 'ArrowUp' ? -1 : 1)
  }
  const buttons = isReadOnly ? null : (
    <>
      <IconButton label={t('Move {{name}} up', { name })} disabled={index === 0} onClick={() => onMove(-1)}>
        <IconArrowUp size={14} />
      </IconButton>
      <IconButton label={t('Move {{name}} down', { name })} disabled={isLast} onClick={() => onMove(1)}>
        <IconArrowDown size={14} />
      </IconButton>
      <IconButton label={t('Remove {{name}}', { name })} disabled={!mayGo} onClick={onRemove}>
        <IconTrash size={14} />
      </IconButton>
    </>
  )
  if (isSlim) {
    return (
      <div
        role="group"
        aria-label={name}
        className={classes['slimEntry']}
        data-path={path.join('.')}
        onKeyDown={onKeyDown}
      >
        <div className={classes['fields']}>
          {item.widget === 'group' ? (
            asked.map((field, at) => (
              <Field
                key={field.key}
                plan={{ ...field, description: '' }}
                value={isRecord(entry) ? entry[field.key] : undefined}
                path={[...path, field.key]}
                bare={asked.length === 1 && at === 0}
              />
            ))
          ) : (
            <Field plan={{ ...item, title: name }} value={entry} path={path} bare />
          )}
        </div>
        <div className={classes['row']} style={{ gap: 0, alignSelf: asked.length > 1 ? 'end' : 'start', height: 30 }}>
          {buttons}
        </div>
      </div>
    )
  }
  return (
    <div role="group" aria-label={name} className={classes['entry']} data-path={path.join('.')} onKeyDown={onKeyDown}>
      <div className={classes['entryHead']}>
        <span className={classes['entryName']}>{name}</span>
        {buttons}
      </div>
      {variant === undefined || variant.description === '' ? null : (
        <div className={classes['note']} style={{ marginBottom: 8 }}>
          {variant.description}
        </div>
      )}
      <Fields plans={fields} value={entry} path={path} />
    </div>
  )
}

function IconButton({
  label,
  disabled,
  onClick,
  children,
}: {
  label: string
  disabled: boolean
  onClick: () => void
  children: React.ReactNode
}) {
  return (
    <Tooltip label={label}>
      <ActionIcon variant="subtle" color="gray" size={22} aria-label={label} disabled={disabled} onClick={onClick}>
        {children}
      </ActionIcon>
    </Tooltip>
  )
}

/** "Add" with the kinds there are, each with what it is; before there is any, the first ones stand in the open. */
function AddOneOf({
  variants,
  called,
  isFirst,
  onAdd,
}: {
  variants: readonly Variant[]
  called: string
  isFirst: boolean
  onAdd: (variant: Variant) => void
}) {
  const suggested = isFirst ? variants.slice(0, 4) : []
  const others = variants.slice(suggested.length)
  return (
    <div className={classes['cards']}>
      {suggested.map((variant) => (
        <button key={variant.title} type="button" className={classes['suggestion']} onClick={() => onAdd(variant)}>
          <VariantWords variant={variant} />
        </button>
      ))}
      <Menu position="bottom-start" width={300} withinPortal>
        <Menu.Target>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconPlus size={12} />}
            style={{ justifySelf: 'start' }}
          >
            {isFirst ? t('Something else') : t('Add {{entry}}', { entry: called })}
          </Button>
        </Menu.Target>
        <Menu.Dropdown mah={380} style={{ overflowY: 'auto' }}>
          {others.map((variant) => (
            <Menu.Item key={variant.title} onClick={() => onAdd(variant)}>
              <VariantWords variant={variant} />
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </div>
  )
}

function VariantWords({ variant }: { variant: Variant }) {
  return (
    <>
      <div style={{ fontWeight: 500, fontSize: 13 }}>{variant.title}</div>
      <div className={classes['note']}>{variant.description}</div>
    </>
  )
}

function Total({
  total,
  entries,
}: {
  total: { setting: string; is: number; unit: string }
  entries: readonly unknown[]
}) {
  const sum = entries.reduce<number>((all, entry) => {
    const part = isRecord(entry) ? entry[total.setting] : 0
    return all + (typeof part === 'number' ? part : 0)
  }, 0)
  const rounded = Math.round(sum * 1000) / 1000
  return (
    <div className={classes['total']} data-wrong={rounded !== total.is || undefined}>
      {rounded === total.is
        ? t('{{sum}} {{unit}} in all', { sum: rounded, unit: total.unit })
        : t('{{sum}} {{unit}} in all; it must be {{is}}', { sum: rounded, unit: total.unit, is: total.is })}
    </div>
  )
}

/** What heads an entry: its own name, else what it is and its number. */
function nameOf(plan: FieldPlan, item: FieldPlan, entry: unknown, index: number): string {
  const variant = item.variants.find(({ matches }) => matches(entry))
  if (variant !== undefined) return variant.title
  const titled = plan.hints.entryTitle === undefined || !isRecord(entry) ? '' : entry[plan.hints.entryTitle]
  if (typeof titled === 'string' && titled !== '') return titled
  const called = plan.hints.entry ?? t('entry')
  return `${called.charAt(0).toUpperCase()}${called.slice(1)} ${String(index + 1)}`
}

/** Hidden ids are made here, from what the entry is called; they never change afterwards. */
function withOwnId(blank: unknown, item: FieldPlan, entries: readonly unknown[], called: string): unknown {
  const id = item.fields.find(({ key, hints }) => key === 'id' && hints.hidden === true)
  if (id === undefined) return blank
  const taken = entries.flatMap((entry) => (isRecord(entry) && typeof entry['id'] === 'string' ? [entry['id']] : []))
  return setAt(blank, ['id'], freshName(called, taken))
}
