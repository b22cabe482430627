import { ActionIcon, Autocomplete, Button, TextInput } from '@mantine/core'
import { IconPlus, IconTrash } from '@tabler/icons-react'
import { useState } from 'react'
import { t } from '../../i18n/t.ts'
import { Field } from '../field.tsx'
import { FieldFrame } from '../field-frame.tsx'
import { Fields } from '../fields.tsx'
import { focusField } from '../focus-field.ts'
import { useForm, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import { blankOf, isRecord, type FieldPlan } from '../plan.ts'
import { useSource } from '../sources.ts'

/** Values by names that the author gives: the properties of an event, a message in each language. */
export function RecordField(props: FieldProps) {
  const { plan, path, value } = props
  const { change, isReadOnly } = useForm()
  const { item, name } = plan
  const [isAdding, setAdding] = useState(false)
  const shown = value ?? plan.default
  const entries = isRecord(shown) ? Object.entries(shown) : []
  if (item === null) return null
  const called = plan.hints.entry ?? t('entry')
  const write = (next: [string, unknown][]): void =>
    change(path, next.length === 0 && !plan.required ? undefined : Object.fromEntries(next), { title: plan.title })
  return (
    <FieldFrame field={props}>
      <div className={classes['cards']}>
        {entries.map(([key, entry]) => {
          const remove = isReadOnly ? null : (
            <ActionIcon
              variant="subtle"
              color="gray"
              size={22}
              aria-label={t('Remove {{name}}', { name: key })}
              onClick={() => write(entries.filter(([other]) => other !== key))}
            >
              <IconTrash size={14} />
            </ActionIcon>
          )
          return item.widget === 'group' ? (
            <div
              key={key}
              role="group"
              aria-label={key}
              className={classes['entry']}
              data-path={[...path, key].join('.')}
            >
              <div className={classes['entryHead']}>
                <span className={classes['entryName']}>{nameInWords(name, key)}</span>
                {remove}
              </div>
              <Fields plans={item.fields} value={entry} path={[...path, key]} />
            </div>
          ) : (
            <div key={key} className={classes['row']}>
              <span className={classes['note']} style={{ width: 110, overflow: 'hidden', textOverflow: 'ellipsis' }}>
                {key}
              </span>
              <div style={{ flex: 1, minWidth: 0 }}>
                <Field plan={{ ...item, title: key }} value={entry} path={[...path, key]} bare />
              </div>
              {remove}
            </div>
          )
        })}
      </div>
      {isAdding ? (
        <NewName
          name={name}
          called={called}
          taken={entries.map(([key]) => key)}
          onCancel={() => setAdding(false)}
          onAdd={(key) => {
            setAdding(false)
            write([...entries, [key, blankOf(item)]])
            void focusField([...path, key])
          }}
        />
      ) : isReadOnly ? null : (
        <div>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconPlus size={12} />}
            onClick={() => setAdding(true)}
          >
            {t('Add {{entry}}', { entry: called })}
          </Button>
        </div>
      )}
    </FieldFrame>
  )
}

/** `de` → "German (de)". */
function nameInWords(name: FieldPlan | null, key: string): string {
  if (name?.picks !== 'language') return key
  try {
    return `${new Intl.DisplayNames(undefined, { type: 'language' }).of(key) ?? key} (${key})`
  } catch {
    return key
  }
}

function NewName({
  name,
  called,
  taken,
  onAdd,
  onCancel,
}: {
  name: FieldPlan | null
  called: string
  taken: readonly string[]
  onAdd: (key: string) => void
  onCancel: () => void
}) {
  const [text, setText] = useState('')
  const picks = name?.picks ?? null
  const source = useSource(picks ?? 'language', {}, null)
  const pattern = name?.schema.pattern
  const problem =
    text === ''
      ? null
      : taken.includes(text)
        ? t('“{{name}}” is there already.', { name: text })
        : pattern !== undefined && !new RegExp(pattern, 'u').test(text)
          ? picks === 'language'
            ? t('Write a language as de, de-AT or pt-BR.')
            : t('“{{name}}” cannot be a name here.', { name: text })
          : null
  const input = {
    size: 'xs' as const,
    autoFocus: true,
    style: { flex: 1 },
    'aria-label': t('Name of the new {{entry}}', { entry: called }),
    placeholder: picks === 'language' ? 'de' : t('Name'),
    value: text,
    error: problem,
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key === 'Enter' && text !== '' && problem === null) {
        event.preventDefault()
        onAdd(text)
      }
      if (event.key === 'Escape') {
        event.stopPropagation()
        onCancel()
      }
    },
  }
  return (
    <div className={classes['row']} style={{ alignItems: 'start' }}>
      {picks === null ? (
        <TextInput {...input} onChange={({ currentTarget }) => setText(currentTarget.value)} />
      ) : (
        <Autocomplete
          {...input}
          data={source.items.map(({ value }) => value).filter((value) => !taken.includes(value))}
          renderOption={({ option }) => source.items.find(({ value }) => value === option.value)?.hint ?? option.value}
          onChange={setText}
        />
      )}
      <Button size="xs" variant="default" disabled={text === '' || problem !== null} onClick={() => onAdd(text)}>
        {t('Add')}
      </Button>
    </div>
  )
}
