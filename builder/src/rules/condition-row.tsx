/** One row of the rule editor: what it is about, how it compares, with what. */
import { ActionIcon, Badge, Textarea, Tooltip } from '@mantine/core'
import { IconX } from '@tabler/icons-react'
import { useMemo } from 'react'
import type { RuleProps } from 'react-querybuilder'
import { ruleSchema } from '#engine/conditions/schema.ts'
import { t } from '../i18n/t.ts'
import { ConditionEditor, saysNotItself } from './condition-editors.tsx'
import { QuickSelect } from './quick-select.tsx'
import { useRuleEditing } from './rule-context.tsx'
import classes from './rules.module.css'
import { beginCard, subjectGroups, subjectOf } from './subjects.ts'
import type { Card } from './tree.ts'

/** Stands in for the library's own rule component: the tree, its paths and its actions are the library's. */
export function ConditionRow({ id = '', rule, path, actions }: RuleProps) {
  const { library, vocabulary, notes, isReadOnly, remove } = useRuleEditing()
  const card = rule.value as Card
  const subject = subjectOf(card)
  const groups = useMemo(() => subjectGroups(vocabulary, subject), [vocabulary, subject])
  const said = notes.get(id) ?? []
  const write = (next: Card) => actions.onPropChange('value', next, path)
  const hasProblem = said.some(({ kind }) => kind === 'problem')
  return (
    <div
      className={classes['row']}
      data-rule-id={id}
      data-blank={card.kind === 'blank'}
      data-problem={hasProblem}
      role="group"
      aria-label={t('Condition {{number}}', { number: path.map((index) => index + 1).join('.') })}
    >
      {card.kind === 'condition' && card.negated && !saysNotItself(card) ? (
        <Tooltip label={t('Take the “not” away')}>
          <Badge
            component="button"
            type="button"
            variant="outline"
            color="gray"
            mt={4}
            disabled={isReadOnly}
            onClick={() => write({ ...card, negated: false })}
          >
            {t('not')}
          </Badge>
        </Tooltip>
      ) : null}
      <QuickSelect
        label={t('What it is about')}
        placeholder={t('Choose a field, an event, a tag …')}
        className={classes['subject'] ?? ''}
        isReadOnly={isReadOnly}
        data={groups}
        value={subject}
        onChange={(next) => write(beginCard(next, library))}
      />
      {card.kind === 'condition' ? <ConditionEditor card={card} onChange={write} /> : null}
      {card.kind === 'json' ? <JsonCard card={card} onChange={write} /> : null}
      {isReadOnly ? null : (
        <Tooltip label={t('Remove (Backspace in an empty one)')}>
          <ActionIcon
            className={classes['actions'] ?? ''}
            variant="subtle"
            color="gray"
            size="sm"
            mt={2}
            aria-label={t('Remove the condition')}
            onClick={() => remove(id)}
          >
            <IconX size={14} />
          </ActionIcon>
        </Tooltip>
      )}
      {said.map(({ kind, message }) => (
        <p key={message} className={classes[kind]}>
          {message}
        </p>
      ))}
    </div>
  )
}

/** A part that no other control can show. What cannot be read is kept as it is typed. */
function JsonCard({ card, onChange }: { card: Extract<Card, { kind: 'json' }>; onChange: (card: Card) => void }) {
  const { isReadOnly } = useRuleEditing()
  const read = (text: string) => {
    try {
      return ruleSchema.safeParse(JSON.parse(text)).data ?? null
    } catch {
      return null
    }
  }
  return (
    <Textarea
      size="xs"
      autosize
      minRows={2}
      maxRows={12}
      ff="monospace"
      className={classes['rest'] ?? ''}
      styles={{ wrapper: { width: '100%' } }}
      aria-label={t('The condition as JSON')}
      error={card.text === undefined ? undefined : t('This is no rule yet; the last one that was is kept.')}
      readOnly={isReadOnly}
      value={card.text ?? JSON.stringify(card.rule, null, 1)}
      onChange={({ currentTarget: { value } }) => {
        const rule = read(value)
        onChange(rule === null ? { ...card, text: value } : { kind: 'json', rule })
      }}
    />
  )
}
