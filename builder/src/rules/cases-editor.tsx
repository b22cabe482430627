/** The cases of a branch, in order: the first that is true decides; everyone else goes the last way. */
import { ActionIcon, Button, Group, Text, TextInput, Tooltip } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconGripVertical, IconPlus, IconTrash } from '@tabler/icons-react'
import { lazy, Suspense, useRef, useState, type KeyboardEvent } from 'react'
import { ruleSchema, type Rule } from '#engine/conditions/schema.ts'
import { t } from '../i18n/t.ts'
import { RuleSentence } from './rule-field.tsx'
import classes from './rules.module.css'

const RuleSheet = lazy(() => import('./rule-sheet.tsx'))

/** One way out. Its id is part of a port's name, on which connections hang: it never changes. */
export interface BranchCase {
  id: string
  name: string
  when: Rule
}

export interface CasesEditorProps {
  cases: readonly BranchCase[]
  /** `label` says what was changed, for undo; edits with the same `typing` are one. */
  onChange: (cases: BranchCase[], label: string, typing?: string) => void
  isReadOnly?: boolean
  /** Who comes as far as this step, where that is known. */
  among?: Rule | null
}

export function CasesEditor({ cases, onChange, isReadOnly = false, among = null }: CasesEditorProps) {
  const [open, setOpen] = useState<string | null>(null)
  const [dragged, setDragged] = useState<string | null>(null)
  const [over, setOver] = useState<string | null>(null)
  const list = useRef<HTMLDivElement>(null)
  // What is typed from entering a name to leaving it is one edit.
  const visit = useRef(0)
  const opened = cases.findIndex(({ id }) => id === open)
  const isNew = open === 'new'

  const move = (from: number, to: number) => {
    const moving = cases[from]
    if (moving === undefined || to < 0 || to >= cases.length || from === to) return
    onChange(cases.toSpliced(from, 1).toSpliced(to, 0, moving), t('order of the cases'))
    requestAnimationFrame(() =>
      list.current?.querySelector<HTMLElement>(`[data-case="${CSS.escape(moving.id)}"] input`)?.focus(),
    )
  }
  const onKey = (event: KeyboardEvent, index: number) => {
    if (!event.altKey || isReadOnly || (event.key !== 'ArrowUp' && event.key !== 'ArrowDown')) return
    event.preventDefault()
    event.stopPropagation()
    move(index, index + (event.key === 'ArrowUp' ? -1 : 1))
  }
  const save = (rule: Rule) => {
    if (isNew) {
      onChange([...cases, { id: freshId(cases), name: '', when: rule }], t('new case'))
      return
    }
    onChange(
      cases.map((each, index) => (index === opened ? { ...each, when: rule } : each)),
      t('rule of a case'),
    )
  }
  return (
    <div className={classes['cases']} ref={list}>
      <Text size="xs" c="dimmed">
        {t('Asked from the top; the first that is true decides.')}
      </Text>
      {cases.map((each, index) => (
        <div
          key={each.id}
          className={classes['case']}
          data-case={each.id}
          data-over={over === each.id && dragged !== each.id}
          data-dragged={dragged === each.id}
          role="group"
          aria-label={t('Case {{number}}', { number: index + 1 })}
          onKeyDownCapture={(event) => onKey(event, index)}
          onDragOver={(event) => {
            if (dragged === null) return
            event.preventDefault()
            setOver(each.id)
          }}
          onDrop={(event) => {
            event.preventDefault()
            move(
              cases.findIndex(({ id }) => id === dragged),
              index,
            )
            setDragged(null)
            setOver(null)
          }}
        >
          <span
            className={classes['grip']}
            draggable={!isReadOnly}
            aria-hidden="true"
            onDragStart={(event) => {
              event.dataTransfer.effectAllowed = 'move'
              event.dataTransfer.setData('text/plain', each.id)
              setDragged(each.id)
            }}
            onDragEnd={() => {
              setDragged(null)
              setOver(null)
            }}
          >
            <IconGripVertical size={16} />
          </span>
          <TextInput
            size="xs"
            aria-label={t('Name of case {{number}}', { number: index + 1 })}
            placeholder={t('Name, shown at the way out')}
            maxLength={120}
            readOnly={isReadOnly}
            value={each.name}
            onFocus={() => (visit.current += 1)}
            onChange={({ currentTarget: { value } }) =>
              onChange(
                cases.map((other, at) => (at === index ? { ...other, name: value } : other)),
                t('name of a case'),
                `case-name ${each.id} ${String(visit.current)}`,
              )
            }
          />
          {isReadOnly ? (
            <span />
          ) : (
            <Group gap={0} wrap="nowrap">
              <Tooltip label={t('Up (Alt+↑)')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={index === 0}
                  aria-label={t('Move case {{number}} up', { number: index + 1 })}
                  onClick={() => move(index, index - 1)}
                >
                  <IconArrowUp size={14} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label={t('Down (Alt+↓)')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={index === cases.length - 1}
                  aria-label={t('Move case {{number}} down', { number: index + 1 })}
                  onClick={() => move(index, index + 1)}
                >
                  <IconArrowDown size={14} />
                </ActionIcon>
              </Tooltip>
              <Tooltip label={cases.length === 1 ? t('A branch needs a case') : t('Remove')}>
                <ActionIcon
                  variant="subtle"
                  color="gray"
                  size="sm"
                  disabled={cases.length === 1}
                  aria-label={t('Remove case {{number}}', { number: index + 1 })}
                  onClick={() => onChange(cases.toSpliced(index, 1), t('case'))}
                >
                  <IconTrash size={14} />
                </ActionIcon>
              </Tooltip>
            </Group>
          )}
          <div className={classes['caseRule']}>
            <RuleSentence rule={ruleSchema.safeParse(each.when).data ?? null} />
          </div>
          <Button
            variant="default"
            size="compact-xs"
            aria-label={t('Edit the rule of case {{number}}', { number: index + 1 })}
            onClick={() => setOpen(each.id)}
          >
            {isReadOnly ? t('Look') : t('Edit')}
          </Button>
        </div>
      ))}
      <div className={classes['else']}>
        <b>{t('Everyone else')}</b>
        <Text size="xs" c="dimmed">
          {t('Leads for whom no case is true.')}
        </Text>
      </div>
      {isReadOnly || cases.length >= 50 ? null : (
        <div>
          <Button variant="default" leftSection={<IconPlus size={14} />} onClick={() => setOpen('new')}>
            {t('Add a case')}
          </Button>
        </div>
      )}
      {opened >= 0 || isNew ? (
        <Suspense fallback={null}>
          <RuleSheet
            key={open}
            title={isNew ? t('A new case') : cases[opened]?.name || t('Case {{number}}', { number: opened + 1 })}
            value={isNew ? null : (ruleSchema.safeParse(cases[opened]?.when).data ?? null)}
            onSave={save}
            onClose={() => setOpen(null)}
            isReadOnly={isReadOnly}
            about={{
              above: cases
                .slice(0, isNew ? cases.length : opened)
                .flatMap(({ when }) => ruleSchema.safeParse(when).data ?? []),
              ...(among === null ? {} : { among }),
            }}
          />
        </Suspense>
      ) : null}
    </div>
  )
}

/** `case-1`, `case-2`, …: one that no case has. A case that was removed may give its name to a new one, its connections too. */
function freshId(cases: readonly BranchCase[]): string {
  const taken = new Set(cases.map(({ id }) => id))
  for (let number = cases.length + 1; ; number += 1) {
    const id = `case-${String(number)}`
    if (!taken.has(id)) return id
  }
}
