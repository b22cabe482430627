/** Writes a rule: rows and groups, by keys or pointer; as JSON; with its sentence and whom it means. */
import { Button, Group, Kbd, SegmentedControl, Text, Textarea } from '@mantine/core'
import { useEffect, useMemo, useRef, useState, type KeyboardEvent } from 'react'
import { QueryBuilder } from 'react-querybuilder'
import { describeRule } from '#engine/conditions/describe.ts'
import { ruleSchema, type Rule } from '#engine/conditions/schema.ts'
import { validateRule } from '#engine/conditions/validate.ts'
import type { Library } from '#engine/library.ts'
import { t } from '../i18n/t.ts'
import { ConditionRow } from './condition-row.tsx'
import { AddCondition, AddGroup, GroupSwitch, RemoveGroup, ShiftButtons } from './group-controls.tsx'
import { MatchPanel } from './match-panel.tsx'
import { RuleEditingProvider, type RowNote } from './rule-context.tsx'
import classes from './rules.module.css'
import type { Vocabulary } from './subjects.ts'
import { blank, cardNode, fromAst, groupNode, groupWords, toAst, type GroupNode, type Place } from './tree.ts'
import { addCondition, addGroup, moveRow, nestRow, removeNode, unnestRow, type Edited } from './tree-edits.ts'
import { useMatch, type MatchQuestion } from './use-match.ts'

export interface RuleState {
  /** Null while nothing is finished. */
  rule: Rule | null
  /** All of it is finished and fits: it can be saved. */
  isWhole: boolean
}

export interface RuleEditorProps {
  /** Read once; the editor keeps what is being written. */
  initial: Rule | null
  onChange: (state: RuleState) => void
  library: Library
  vocabulary: Vocabulary
  isReadOnly?: boolean
  /** The cases above, and who gets here at all: for the numbers. */
  about?: Omit<MatchQuestion, 'rule'>
  /** Replaces the column on the right. */
  beside?: (panel: { query: ReturnType<typeof useMatch>; isReady: boolean }) => React.ReactNode
}

// The library's own list of fields is never shown.
const fields = [{ name: 'condition', label: '' }]
const combinators = Object.entries(groupWords).map(([name, label]) => ({ name, label }))
const controls = {
  rule: ConditionRow,
  combinatorSelector: GroupSwitch,
  addRuleAction: AddCondition,
  addGroupAction: AddGroup,
  removeGroupAction: RemoveGroup,
  shiftActions: ShiftButtons,
}
const classNames = {
  ruleGroup: classes['group'] ?? '',
  header: classes['groupHeader'] ?? '',
  body: classes['groupBody'] ?? '',
}
const oddSpot = 'button, textarea, [role="radio"], input[type="radio"]'

export function RuleEditor({
  initial,
  onChange,
  library,
  vocabulary,
  isReadOnly = false,
  about,
  beside,
}: RuleEditorProps) {
  const [tree, setTree] = useState<GroupNode>(() => fromAst(initial))
  const [view, setView] = useState<'rows' | 'json'>('rows')
  const [badJson, setBadJson] = useState<string | null>(null)
  const root = useRef<HTMLDivElement>(null)
  const goTo = useRef<string | null>(null)
  const reading = useMemo(() => toAst(tree), [tree])
  const issues = useMemo(() => judge(reading.rule, library), [reading, library])
  const isFitting = reading.rule !== null && issues.length === 0
  const isWhole = isFitting && reading.unfinished.length === 0 && badJson === null
  const match = useMatch(isFitting && reading.rule !== null ? { ...about, rule: reading.rule } : null)

  const latest = useRef(onChange)
  useEffect(() => {
    latest.current = onChange
  })
  useEffect(() => {
    latest.current({ rule: reading.rule, isWhole })
  }, [reading, isWhole])

  // The row that a key led to exists only after it was drawn.
  useEffect(() => {
    if (goTo.current === null) return
    const row = root.current?.querySelector(`[data-rule-id="${goTo.current}"]`)
    goTo.current = null
    row?.querySelector<HTMLElement>('input, textarea, button')?.focus()
  }, [tree])
  useEffect(() => {
    // A new rule begins with the keyboard where it is written.
    if (initial === null) root.current?.querySelector<HTMLElement>('[data-rule-id] input')?.focus()
  }, [])

  const edit = ({ tree: next, focus }: Edited) => {
    goTo.current = focus
    setTree(next)
  }
  const notes = useMemo(
    () => notesOf(reading.places, issues, isFitting ? (match.data?.warnings ?? []) : []),
    [reading, issues, match.data, isFitting],
  )
  const editing = useMemo(
    () => ({
      library,
      vocabulary,
      isReadOnly,
      notes,
      remove: (id: string) => {
        const edited = removeNode(tree, id)
        goTo.current = edited.focus
        setTree(edited.tree)
      },
    }),
    [library, vocabulary, isReadOnly, notes, tree],
  )

  const idAt = (target: EventTarget): string | null =>
    target instanceof Element
      ? (target.closest('[data-rule-id]')?.getAttribute('data-rule-id') ??
        target.closest('[data-rule-group-id]')?.getAttribute('data-rule-group-id') ??
        null)
      : null

  /** Moves go before the inputs see them: a number field would count up on an arrow. */
  const onMoveKey = (event: KeyboardEvent) => {
    const id = idAt(event.target)
    if (!event.altKey || id === null || isReadOnly) return
    const edits: Record<string, () => Edited> = {
      ArrowUp: () => moveRow(tree, id, 'up'),
      ArrowDown: () => moveRow(tree, id, 'down'),
      ArrowRight: () => nestRow(tree, id),
      ArrowLeft: () => unnestRow(tree, id),
    }
    const wanted = edits[event.key]
    if (wanted === undefined) return
    event.preventDefault()
    event.stopPropagation()
    edit(wanted())
  }
  /** Adding goes after them: Enter first chooses from a list that is open. */
  const onKey = (event: KeyboardEvent) => {
    const { target } = event
    const id = idAt(target)
    if (id === null || isReadOnly || event.defaultPrevented || event.nativeEvent.isComposing) return
    if (!(target instanceof HTMLElement) || target.matches(oddSpot)) return
    if (event.key === 'Enter' && !event.ctrlKey && !event.metaKey) {
      if (target.getAttribute('aria-expanded') === 'true' && target.getAttribute('aria-activedescendant')) return
      event.preventDefault()
      edit(event.shiftKey ? addGroup(tree, id) : addCondition(tree, id))
    }
    if (event.key === 'Backspace' && target instanceof HTMLInputElement && target.value === '') {
      if (target.closest('[data-blank="true"]') === null) return
      event.preventDefault()
      edit(removeNode(tree, id))
    }
  }

  const sentence =
    reading.rule === null
      ? t('Nothing is asked yet.')
      : `${capital(describeRule(reading.rule, library)).trimEnd()}${isFitting ? '.' : ' …'}`
  const panel =
    beside === undefined ? (
      <MatchPanel query={match} isReady={isFitting} places={reading.places} library={library} about={about} />
    ) : (
      beside({ query: match, isReady: isFitting })
    )
  return (
    <RuleEditingProvider value={editing}>
      <div className={classes['columns']}>
        <div className={classes['editor']} ref={root} onKeyDownCapture={onMoveKey} onKeyDown={onKey}>
          <Group justify="space-between" align="flex-start" wrap="nowrap">
            <p className={classes['sentence']} aria-live="polite" aria-label={t('The rule in words')}>
              {sentence}
            </p>
            <SegmentedControl
              size="xs"
              className={classes['views'] ?? ''}
              aria-label={t('How the rule is shown')}
              data={[
                { value: 'rows', label: t('Rows') },
                { value: 'json', label: 'JSON' },
              ]}
              value={view}
              onChange={(next) => setView(next as 'rows' | 'json')}
            />
          </Group>
          {view === 'json' ? (
            <JsonView
              rule={reading.rule}
              bad={badJson}
              isReadOnly={isReadOnly}
              onBad={setBadJson}
              onRule={(rule) => {
                setBadJson(null)
                setTree(fromAst(rule))
              }}
            />
          ) : (
            <>
              {badJson === null ? null : (
                <Text size="xs" c="red" role="alert">
                  {t('The JSON that was typed is no rule; these rows are the last one that was.')}{' '}
                  <Button variant="subtle" size="compact-xs" onClick={() => setBadJson(null)}>
                    {t('Forget it')}
                  </Button>
                </Text>
              )}
              <QueryBuilder
                query={tree}
                onQueryChange={(next) => setTree(next as GroupNode)}
                fields={fields}
                combinators={combinators}
                controlElements={controls}
                controlClassnames={classNames}
                enableMountQueryChange={false}
                showShiftActions
                disabled={isReadOnly}
                onAddRule={(rule, parentPath) => {
                  const node = cardNode(blank, rule.id)
                  goTo.current = node.id ?? null
                  return parentPath.length >= 0 ? node : false
                }}
                onAddGroup={(group) => {
                  const node = cardNode(blank)
                  goTo.current = node.id ?? null
                  return groupNode('any', [node], group.id)
                }}
                accessibleDescriptionGenerator={({ path }) =>
                  path.length === 0
                    ? t('The rule')
                    : t('Group {{number}}', { number: path.map((index) => index + 1).join('.') })
                }
              />
              {isReadOnly ? null : (
                <Text size="xs" c="dimmed" component="p" m={0}>
                  <Kbd size="xs">Enter</Kbd> {t('condition')} · <Kbd size="xs">⇧ Enter</Kbd> {t('group')} ·{' '}
                  <Kbd size="xs">Alt ↑↓</Kbd> {t('move')} · <Kbd size="xs">Alt →</Kbd> {t('nest')} ·{' '}
                  <Kbd size="xs">⌫</Kbd> {t('remove an empty one')}
                </Text>
              )}
            </>
          )}
        </div>
        {panel}
      </div>
    </RuleEditingProvider>
  )
}

function JsonView({
  rule,
  bad,
  isReadOnly,
  onBad,
  onRule,
}: {
  rule: Rule | null
  bad: string | null
  isReadOnly: boolean
  onBad: (text: string) => void
  onRule: (rule: Rule) => void
}) {
  const [typed, setTyped] = useState<string | null>(bad)
  const read = (text: string): { rule: Rule } | { why: string } => {
    try {
      const parsed = ruleSchema.safeParse(JSON.parse(text))
      if (parsed.success) return { rule: parsed.data }
      const [issue] = parsed.error.issues
      return { why: `${issue?.path.join('.') ?? ''}: ${issue?.message ?? ''}` }
    } catch (error) {
      return { why: error instanceof Error ? error.message : String(error) }
    }
  }
  const problem = typed === null || bad === null ? null : read(typed)
  return (
    <Textarea
      aria-label={t('The rule as JSON')}
      autosize
      minRows={8}
      maxRows={28}
      ff="monospace"
      readOnly={isReadOnly}
      error={
        problem !== null && 'why' in problem
          ? t('This is no rule yet, the last one that was is kept. {{why}}', { why: problem.why })
          : undefined
      }
      value={typed ?? (rule === null ? '' : JSON.stringify(rule, null, 2))}
      onChange={({ currentTarget: { value } }) => {
        setTyped(value)
        const found = read(value)
        if ('rule' in found) onRule(found.rule)
        else onBad(value)
      }}
    />
  )
}

/** What is wrong with a rule: its shape (an empty name), then what it names. */
function judge(rule: Rule | null, library: Library): { path: (string | number)[]; message: string }[] {
  if (rule === null) return []
  const issues = validateRule(rule, library)
  if (issues.length > 0) return issues
  const shape = ruleSchema.safeParse(rule)
  return shape.success ? [] : shape.error.issues.map(({ path, message }) => ({ path: path as string[], message }))
}

/** Each finding at the row it is about. */
function notesOf(
  places: readonly Place[],
  issues: readonly { path: (string | number)[]; message: string }[],
  warnings: readonly { path: (string | number)[]; message: string }[],
): ReadonlyMap<string, RowNote[]> {
  const notes = new Map<string, RowNote[]>()
  const add = (kind: RowNote['kind'], path: (string | number)[], message: string) => {
    if (kind === 'warning' && path.length === 0) return
    const place = places.find((each) => each.path.every((step, index) => path[index] === step))
    if (place !== undefined) notes.set(place.id, [...(notes.get(place.id) ?? []), { kind, message }])
  }
  for (const { path, message } of issues) add('problem', path, message)
  for (const { path, message } of warnings) add('warning', path, message)
  return notes
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
