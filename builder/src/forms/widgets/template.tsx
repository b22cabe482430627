/** Texts that leads read: with the variables that may stand in them, from a menu or by typing `{{`. */
import { ActionIcon, Combobox, Menu, ScrollArea, Textarea, TextInput, Tooltip, useCombobox } from '@mantine/core'
import { IconBraces } from '@tabler/icons-react'
import { useEffect, useMemo, useRef, useState } from 'react'
import { emptyLibrary } from '#engine/library.ts'
import { t } from '../../i18n/t.ts'
import { useLabels } from '../field-frame.tsx'
import { useForm, useIssues, type FieldProps } from '../form-context.tsx'
import classes from '../forms.module.css'
import { useLibrary } from '../sources.ts'
import { insertionOf, matchVariables, openVariable, templateVariables, type Variable } from '../template-variables.ts'
import { useText } from './text.tsx'

type TextElement = HTMLInputElement | HTMLTextAreaElement

/** One line: a subject, a headline. */
export function LineField(props: FieldProps) {
  return <Template {...props} isLong={false} />
}

/** A whole message. */
export function MessageField(props: FieldProps) {
  return <Template {...props} isLong />
}

function useVariables(): readonly Variable[] {
  const { root, step } = useForm()
  const library = useLibrary().data?.library
  const asset = 'asset' in root || 'pool' in root || 'assetProperty' in root
  const survey = 'survey' in root
  // A step that sends the question of a survey speaks of the question; one that links a survey does not.
  const question = survey && ('question' in root || 'ifAnswered' in root)
  return useMemo(
    () =>
      templateVariables(library ?? emptyLibrary(), {
        asset: asset || step === null,
        survey,
        question: question || survey,
      }),
    [library, asset, survey, question, step],
  )
}

function Template(props: FieldProps & { isLong: boolean }) {
  const { plan, isLong } = props
  const { typed, isReadOnly } = useText(props)
  const labels = useLabels(props)
  const issues = useIssues(props.path, false)
  const variables = useVariables()
  const element = useRef<TextElement | null>(null)
  const [open, setOpen] = useState<{ from: number; word: string } | null>(null)
  const combobox = useCombobox({
    opened: open !== null,
    onDropdownClose: () => combobox.resetSelectedOption(),
  })
  const matches = open === null ? [] : matchVariables(variables, open.word)
  const found = matches.map(({ name }) => name).join(' ')
  const { selectFirstOption } = combobox
  // Once the options are there: Enter takes the first.
  useEffect(() => {
    if (found !== '') selectFirstOption()
  }, [found, selectFirstOption])

  const look = (): void => {
    const { current } = element
    if (current === null || isReadOnly) return
    setOpen(openVariable(current.value, current.selectionStart ?? 0))
  }
  /** Writes a variable over `from`…caret, and puts the caret where one writes on. */
  const insert = (variable: Variable, from: number | null): void => {
    const { current } = element
    const text = typed.value
    const caret = current?.selectionStart ?? text.length
    const start = from ?? caret
    // What was already closed is not closed twice.
    const rest = text.slice(caret).replace(from === null ? /^(?!)/ : /^[\w.]*\s*(\|[^}]*)?\}\}/, '')
    const { text: written, select } = insertionOf(variable)
    const next = text.slice(0, start) + written + rest
    setOpen(null)
    typed.onText(next)
    requestAnimationFrame(() => {
      if (current === null) return
      current.focus()
      const [a, b] = select ?? [written.length, written.length]
      current.setSelectionRange(start + a, start + b)
    })
  }
  const input = {
    ...labels,
    error: labels.error,
    size: 'xs' as const,
    spellCheck: true,
    readOnly: isReadOnly,
    maxLength: plan.maxLength ?? undefined,
    'aria-invalid': issues.length > 0,
    value: typed.value,
    onFocus: typed.onFocus,
    onBlur: () => {
      setOpen(null)
      typed.onBlur()
    },
    onChange: (event: React.ChangeEvent<TextElement>) => {
      element.current = event.currentTarget
      typed.onText(event.currentTarget.value)
      look()
    },
    onKeyDown: (event: React.KeyboardEvent) => {
      if (event.key === 'Escape' && open !== null) {
        event.stopPropagation()
        setOpen(null)
      }
    },
    onSelect: (event: React.SyntheticEvent<TextElement>) => {
      element.current = event.currentTarget
    },
  }
  return (
    <div style={{ position: 'relative' }}>
      <Combobox
        store={combobox}
        position="bottom-start"
        withinPortal
        onOptionSubmit={(name) => {
          const variable = variables.find((one) => one.name === name)
          if (variable !== undefined) insert(variable, open?.from ?? null)
        }}
      >
        <Combobox.DropdownTarget>
          <div>
            <Combobox.EventsTarget withAriaAttributes={open !== null} withKeyboardNavigation={matches.length > 0}>
              {isLong ? (
                <Textarea
                  {...input}
                  ref={element as React.Ref<HTMLTextAreaElement>}
                  autosize
                  minRows={5}
                  maxRows={22}
                />
              ) : (
                <TextInput {...input} ref={element as React.Ref<HTMLInputElement>} />
              )}
            </Combobox.EventsTarget>
          </div>
        </Combobox.DropdownTarget>
        <Combobox.Dropdown hidden={open === null || matches.length === 0}>
          <Combobox.Options aria-label={t('Variables')}>
            <ScrollArea.Autosize mah={220} type="scroll">
              {matches.map((variable) => (
                <Combobox.Option key={variable.name} value={variable.name}>
                  <VariableLine variable={variable} />
                </Combobox.Option>
              ))}
            </ScrollArea.Autosize>
          </Combobox.Options>
        </Combobox.Dropdown>
      </Combobox>
      {isReadOnly ? null : (
        <InsertMenu variables={variables} title={plan.title} onInsert={(variable) => insert(variable, null)} />
      )}
    </div>
  )
}

function VariableLine({ variable }: { variable: Variable }) {
  return (
    <span style={{ display: 'flex', gap: 8, justifyContent: 'space-between', fontSize: 12 }}>
      <span>{variable.label}</span>
      <span className={classes['mono']} style={{ color: 'var(--muted)', fontSize: 11 }}>
        {variable.name}
      </span>
    </span>
  )
}

/** Everything that may be inserted, by what it is about. */
function InsertMenu({
  variables,
  title,
  onInsert,
}: {
  variables: readonly Variable[]
  title: string
  onInsert: (variable: Variable) => void
}) {
  const groups = Map.groupBy(variables, ({ group }) => group)
  return (
    <Menu position="bottom-end" width={280} withinPortal returnFocus={false}>
      <Menu.Target>
        <Tooltip label={t('Insert something about the lead')}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={20}
            aria-label={t('{{name}}: insert a variable', { name: title })}
            style={{ position: 'absolute', top: 0, insetInlineEnd: 0 }}
          >
            <IconBraces size={14} />
          </ActionIcon>
        </Tooltip>
      </Menu.Target>
      <Menu.Dropdown mah={340} style={{ overflowY: 'auto' }}>
        {[...groups].map(([group, members]) => (
          <div key={group}>
            <Menu.Label>{t(group)}</Menu.Label>
            {members.map((variable) => (
              <Menu.Item key={variable.name} onClick={() => onInsert(variable)}>
                <VariableLine variable={variable} />
              </Menu.Item>
            ))}
          </div>
        ))}
      </Menu.Dropdown>
    </Menu>
  )
}
